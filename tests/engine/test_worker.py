"""A worker lives for months: it wakes in time, and outlives what happens to machine and files."""

from __future__ import annotations

import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loopqa.engine.workspace import Workspace
from tests.engine.working import Worker, Workplace, build, stored, until, workplace
from tests.postgres_server import start_server


@pytest.fixture(scope="module")
def one_due(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("due") / "desk")


@pytest.fixture(scope="module")
def six_due(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("six") / "desk", actions=6)


@pytest.fixture
def desk(one_due: Path, tmp_path: Path) -> Iterator[Workplace]:
    with workplace(one_due, tmp_path) as place:
        yield place


@pytest.fixture
def busy_desk(six_due: Path, tmp_path: Path) -> Iterator[Workplace]:
    with workplace(six_due, tmp_path) as place:
        yield place


def started_before(desk: Workplace, seconds: int) -> tuple[Worker, datetime]:
    """A worker with an interval of an hour, and an instant soon after its start."""
    due = datetime.now(UTC) + timedelta(seconds=seconds)
    desk.sql("UPDATE resurvey SET due_at = ?, state = 'scheduled'", stored(due))
    worker = desk.start("--interval", "3600")
    until(lambda: "next due: " in worker.err)
    return worker, due


def test_it_wakes_when_something_falls_due_though_its_interval_is_an_hour(desk):
    worker, due = started_before(desk, 4)
    if "next due: now" in worker.err:  # a machine under load takes longer to start it
        worker.stop(signal.SIGKILL)
        worker, due = started_before(desk, 20)
    until(lambda: desk.sql("SELECT 1 FROM resurvey WHERE state != 'scheduled'"))
    with Workspace.open(desk.root) as ws, ws.reading() as reader:
        begun = [one for one in reader.audit() if one.event == "resurvey.asking"][-1]
    assert timedelta() <= begun.at - due < timedelta(seconds=2)
    assert worker.stop() == 0


def test_sigterm_in_the_middle_of_work_ends_it_after_that_work(busy_desk):
    busy_desk.hold()
    worker = busy_desk.start()
    busy_desk.wait_for_reading()
    worker.send(signal.SIGTERM)
    time.sleep(0.3)
    assert worker.process.is_alive()
    busy_desk.let_go()
    assert worker.end() == 0
    assert busy_desk.judged() == 1
    assert worker.out.count(": improved") == 1
    assert worker.err.splitlines()[-1].endswith("worker ends: stopped")


def test_a_second_ctrl_c_ends_it_at_once(desk):
    desk.hold()
    worker = desk.start()
    desk.wait_for_reading()
    worker.send(signal.SIGINT)
    time.sleep(0.3)
    assert worker.stop(signal.SIGINT) == 130


def test_what_a_killed_worker_had_begun_the_next_one_finishes(desk):
    desk.hold()
    killed = desk.start()
    desk.wait_for_reading()
    assert killed.stop(signal.SIGKILL) == -signal.SIGKILL
    desk.let_go()
    worker = desk.start()
    until(lambda: desk.judged() == 1)
    assert worker.stop() == 0
    events = desk.events()
    assert (events["resurvey.claim_lost"], events["verdict.reached"]) == (1, 3)


def test_two_workers_on_one_state_do_each_thing_once(busy_desk):
    workers = [busy_desk.start("--interval", "1") for _ in range(2)]
    until(lambda: busy_desk.judged() == 6)
    time.sleep(0.5)
    assert [worker.stop() for worker in workers] == [0, 0]
    assert busy_desk.events()["verdict.reached"] == 18
    told = "".join(worker.out for worker in workers).splitlines()
    assert len([line for line in told if ": improved" in line]) == 6


def test_stuck_work_ends_the_worker_with_3_and_the_next_one_takes_it_over(desk):
    desk.hold()
    worker = desk.start("--stuck-after", "1")
    assert worker.end() == 3
    assert "worker ends: a piece of work has not ended for" in worker.err
    desk.let_go()
    after = desk.start()
    until(lambda: desk.judged() == 1)
    assert after.stop() == 0


def test_many_pieces_of_work_are_not_taken_for_one_that_is_stuck(busy_desk):
    worker = busy_desk.start("--stuck-after", "2")
    until(lambda: busy_desk.judged() == 6)
    assert worker.stop() == 0


def test_it_gives_signs_of_life_while_work_takes_long(desk):
    desk.hold()
    worker = desk.start("--interval", "1")
    desk.wait_for_reading()
    (first,) = desk.sql("SELECT beat_at FROM ticker")
    until(lambda: desk.sql("SELECT 1 FROM ticker WHERE beat_at > ?", *first))
    assert desk.sql("SELECT ticked_at, interval FROM ticker") == [(None, 1)]
    desk.let_go()
    until(lambda: desk.sql("SELECT 1 FROM ticker WHERE ticked_at IS NOT NULL"))
    assert worker.stop() == 0
    assert desk.sql("SELECT interval FROM ticker") == [(None,)]


def test_it_outlives_a_state_that_goes_away_and_comes_back(desk):
    later = stored(datetime.now(UTC) + timedelta(days=9))
    desk.sql("UPDATE resurvey SET due_at = ?", later)
    worker = desk.start("--interval", "1")
    until(lambda: desk.sql("SELECT 1 FROM ticker WHERE ticked_at IS NOT NULL"))
    away = desk.root.with_name("away")
    (desk.root / ".loopqa").rename(away)
    until(lambda: "the state database is gone" in worker.err)
    time.sleep(2.2)
    assert not (desk.root / ".loopqa").exists()
    away.rename(desk.root / ".loopqa")
    until(lambda: "ticks go on" in worker.err)
    desk.sql("UPDATE resurvey SET due_at = ?", stored(datetime.now(UTC)))
    until(lambda: desk.judged() == 1)
    assert worker.stop() == 0
    assert worker.err.count("gone") == 1
    assert len(worker.err.splitlines()) == 4


def test_a_state_that_was_replaced_by_a_copy_is_worked_on_from_then(desk):
    later = stored(datetime.now(UTC) + timedelta(days=9))
    desk.sql("UPDATE resurvey SET due_at = ?", later)
    desk.sql("PRAGMA journal_mode=DELETE")
    state = desk.root / ".loopqa" / "state.db"
    copy = Path(shutil.copy(state, desk.root / "copy.db"))
    worker = desk.start("--interval", "1")
    until(lambda: desk.sql("SELECT 1 FROM ticker WHERE ticked_at IS NOT NULL"))
    copy.replace(state)
    for leftover in ("state.db-wal", "state.db-shm"):
        (state.parent / leftover).unlink(missing_ok=True)
    desk.sql("UPDATE resurvey SET due_at = ?", stored(datetime.now(UTC)))
    until(lambda: desk.judged() == 1)
    assert worker.stop() == 0


def test_broken_definitions_are_told_once_and_heeded_again_when_mended(desk):
    settings, flow = desk.root / "loopqa.yaml", desk.root / "workflows" / "hotline.yaml"
    kept, meant = settings.read_text("utf-8"), flow.read_text("utf-8")
    settings.write_text("time_zone: Asia/Nowhere\n", "utf-8")
    flow.write_text("workflow: [", "utf-8")
    settings.write_text(kept, "utf-8")
    worker = desk.start("--interval", "1")
    until(lambda: "R-1 could not be compared" in worker.err)
    settings.write_text("time_zone: Asia/Nowhere\n", "utf-8")
    until(lambda: "loopqa.yaml:1:12: there is no time zone" in worker.err)
    time.sleep(1.2)
    flow.write_text(meant, "utf-8")
    settings.write_text(kept, "utf-8")
    until(lambda: "ticks go on" in worker.err)
    desk.hurry()
    until(lambda: desk.judged() == 1)
    assert worker.stop() == 0
    assert worker.err.count("no time zone") == worker.err.count("R-1 could not be compared") == 1


def test_a_plugin_that_was_mended_is_loaded_anew(desk):
    plugin = desk.root / "plugins" / "gated.py"
    meant = plugin.read_text("utf-8")
    plugin.write_text("import nowhere\n", "utf-8")
    worker = desk.start("--interval", "1")
    until(lambda: "R-1 could not be compared" in worker.err)
    plugin.write_text(meant, "utf-8")
    desk.hurry()
    until(lambda: desk.judged() == 1)
    assert worker.stop() == 0


def test_a_service_manager_hears_that_it_is_ready_lives_and_stops(desk, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "s"))
        manager.settimeout(20)
        worker = desk.start(NOTIFY_SOCKET=str(tmp_path / "s"))
        assert [manager.recv(99) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]
        assert worker.stop() == 0
        heard = b""
        while heard != b"STOPPING=1":
            heard = manager.recv(99)


def test_it_outlives_the_end_and_the_return_of_a_database_server(one_due, tmp_path):
    folder = Path(tempfile.mkdtemp(prefix="loopqa-pg-"))  # where the server's own user may go
    server = start_server(folder / "data")
    try:
        with workplace(one_due, tmp_path) as desk:
            (desk.root / "loopqa.yaml").write_text(f"state: {server.get_uri()}\n", "utf-8")
            shutil.rmtree(desk.root / ".loopqa" / "evidence")  # of the state that is left behind
            worker = desk.start("--interval", "1")
            for sign in (
                "pg_tables WHERE tablename = 'ticker'",
                "ticker WHERE ticked_at > '-infinity'",
            ):
                until(lambda: "(1 row)" in server.psql(f"SELECT 1 FROM {sign}"))  # noqa: B023
            server.stop()
            until(
                lambda: "error: postgresql://postgres@/postgres: the database server" in worker.err
            )
            server.start()
            until(lambda: "ticks go on" in worker.err)
            assert worker.stop() == 0
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
