"""`loopqa worker` as an operator meets it, who ticks in `status`, and the unit in the docs."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loopqa.store.leases import this_machine
from tests.engine.working import Workplace, build, stored, until, workplace

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def one_due(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("due") / "desk")


@pytest.fixture
def desk(one_due: Path, tmp_path: Path) -> Iterator[Workplace]:
    with workplace(one_due, tmp_path) as place:
        yield place


def test_a_worker_is_refused_a_clock_that_stands_still(loopqa, at):
    at("closed", "2026-02-28")
    answer = loopqa("worker")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "error: a worker needs a clock that moves, and LOOPQA_NOW stops it\n"
        "  hint: unset LOOPQA_NOW; to see what another day brings, use `loopqa tick`\n"
    )


def test_outside_a_workspace_there_is_nothing_to_work_on(loopqa, tmp_path):
    answer = loopqa("worker")
    assert answer.code == 2
    assert "is not inside a LoopQA workspace" in answer.err


def test_every_thing_done_is_a_line_with_its_moment_and_idle_ticks_say_nothing(desk):
    worker = desk.start("--interval", "1")
    until(lambda: desk.judged() == 1)
    until(lambda: desk.sql("SELECT 1 FROM ticker WHERE ticked_at IS NOT NULL"))
    assert worker.stop() == 0
    started, ended = worker.err.splitlines()
    assert re.fullmatch(r"\S+T\S+\+08:00 worker on \S+, every 1 s; next due: now", started)
    assert ended.endswith("worker ends: stopped")
    assert [line.partition(" ")[2][:40] for line in worker.out.splitlines()] == [
        "R-1  round 1, asking, due 2026-03-27, wi",
        "V-1  responsiveness: improved ▲  estimat",
    ]


def test_it_speaks_chinese_in_all_its_threads(desk):
    worker = desk.start("--lang", "zh")
    until(lambda: desk.judged() == 1)
    assert worker.stop() == 0
    assert "常驻进程已启动" in worker.err
    assert "已改善" in worker.out or "改善" in worker.out


def test_with_json_each_tick_that_did_something_is_a_document_on_one_line(desk):
    worker = desk.start("--json", "--interval", "1")
    until(lambda: worker.out)
    assert worker.stop() == 0
    (line,) = worker.out.splitlines()
    document = json.loads(line)
    assert document["schema"] == "loopqa.tick/1"
    assert [one["id"] for one in document["begun"]] == ["R-1"]


@pytest.fixture
def waiting(loopqa, at, monkeypatch) -> Path:
    """A workspace with a re-survey that is due in five days, under the true clock."""
    folder = at("closed", "2026-02-28")
    monkeypatch.delenv("LOOPQA_NOW")
    due(folder, timedelta(days=5))
    return folder


def due(folder: Path, when: timedelta) -> None:
    state(folder, "UPDATE resurvey SET due_at = ?", stored(datetime.now(UTC) + when))


def state(folder: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(folder / ".loopqa" / "state.db")
    with database:
        database.execute(statement, values)
    database.close()


def sign(folder: Path, ticker: str, ago: timedelta, interval: int | None = None) -> None:
    moment = stored(datetime.now(UTC) - ago)
    state(
        folder,
        "INSERT INTO ticker VALUES (?, ?, ?, ?, ?, NULL)",
        *(ticker, moment, moment, moment, interval),
    )


def test_status_says_nothing_of_ticks_before_there_is_any_need(loopqa, waiting):
    lines = loopqa("status").lines
    assert not [line for line in lines if "tick" in line]
    assert re.fullmatch(r"next due: \d{4}-\d\d-\d\d \d\d:\d\d \S+", lines[-1])


def test_status_says_which_worker_lives_and_since_when(loopqa, waiting):
    sign(waiting, "worker:night:7", timedelta(seconds=50), interval=60)
    assert any(line.startswith("worker night:7 ticks since ") for line in loopqa("status").lines)
    document = loopqa("status", "--json").json["ticking"]
    (worker,) = document["workers"]
    assert (document["nobody"], worker["id"], worker["alive"]) == (False, "night:7", True)
    assert datetime.fromisoformat(document["next_due"]).tzinfo is not None


def test_status_says_first_that_a_worker_fell_silent(loopqa, waiting):
    sign(waiting, "worker:night:7", timedelta(minutes=5), interval=60)
    assert loopqa("status").lines[0].startswith("! nobody ticks: worker night:7 is silent since ")
    document = loopqa("status", "--json").json["ticking"]
    assert (document["nobody"], document["workers"][0]["alive"]) == (True, False)


def test_status_says_first_that_cron_has_stopped(loopqa, waiting):
    due(waiting, timedelta(hours=-1))
    sign(waiting, "tick:night", timedelta(days=3))
    assert loopqa("status").lines[0].startswith("! nobody ticks: last tick ")
    sign(waiting, "tick:day", timedelta(hours=3))
    assert "nobody ticks" not in loopqa("status").out


def test_status_tells_what_a_living_worker_can_not_do(loopqa, waiting):
    sign(waiting, "worker:night:7", timedelta(seconds=5), interval=60)
    state(waiting, "UPDATE ticker SET problem = 'loopqa.yaml:1:1: broken'")
    assert loopqa("status").lines[0] == "! worker night:7: loopqa.yaml:1:1: broken"


def test_a_tick_by_hand_leaves_a_sign_and_what_it_could_not_do(loopqa, waiting):
    assert loopqa("tick").code == 0
    document = loopqa("status", "--json").json["ticking"]
    assert datetime.now(UTC) - datetime.fromisoformat(document["last_tick"]) < timedelta(minutes=1)
    sign(waiting, f"worker:{this_machine()}:4194305", timedelta(days=1), interval=60)
    assert loopqa("status", "--json").json["ticking"]["workers"] == []
    loopqa("tick")
    rows = sqlite3.connect(waiting / ".loopqa" / "state.db").execute("SELECT id FROM ticker")
    assert rows.fetchall() == [(f"tick:{socket.gethostname()}",)]


def unit() -> str:
    """The unit file of the page."""
    page = (ROOT / "docs" / "how-to" / "schedule-ticks.md").read_text("utf-8")
    (found,) = re.findall(r"^```ini\n(.*?)^```$", page, re.M | re.S)
    return str(found)


def test_the_unit_in_the_docs_is_well_formed():
    parsed = configparser.ConfigParser(strict=True, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit())
    assert parsed.sections() == ["Unit", "Service", "Install"]
    service = parsed["Service"]
    assert service["ExecStart"].endswith("/bin/loopqa worker")
    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit_in_the_docs(tmp_path):
    program = tmp_path / "bin" / "loopqa"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    file = tmp_path / "loopqa.service"
    file.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={program}", unit()), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True
    )
    about_it = [line for line in done.stderr.splitlines() if "loopqa" in line]
    assert (done.returncode, about_it) == (0, [])
