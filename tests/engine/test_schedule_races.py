"""Several processes at the same schedules: every slot is run once, whoever is slow or gone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loopqa.errors import StaleVersion
from loopqa.language import text
from loopqa.model.timetable import SlotState
from tests.engine.scheduled_desk import Desk, Runner, build
from tests.engine.test_killed import PROCESSES
from tests.engine.test_killed_schedule import obey_a_tick
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path) -> Desk:
    """The desk with its state on either database."""
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_server else None
    return build(tmp_path / "desk", url)


def waves(desk: Desk) -> Counter[tuple[str, str]]:
    """How many waves there are of each workflow and window."""
    with desk.at("2026-12-01T00:00") as ws, ws.reading() as reader:
        return Counter((one.workflow, str(one.window)) for one in reader.waves())


def copies(desk: Desk, names: str) -> None:
    """The same workflow under further names."""
    for name in names:
        file: Path = desk.root / "workflows" / f"{name}.yaml"
        file.write_text(desk.file.read_text().replace("workflow: daily", f"workflow: {name}"))


def test_ticks_at_the_same_time_run_every_slot_once(desk):
    copies(desk, "abc")
    desk.tick("2026-11-20T07:00")
    ticks = [
        PROCESSES.Process(target=obey_a_tick, args=(str(desk.root), "2026-11-22T06:01", ""))
        for _ in range(3)
    ]
    for one in ticks:
        one.start()
    for one in ticks:
        one.join(60)
    assert [one.exitcode for one in ticks] == [0, 0, 0]
    assert waves(desk) == {(name, "2026-11-21..2026-11-21"): 1 for name in ("daily", *"abc")}
    assert Counter(state for _, state in desk.told()) == {"skipped": 4, "done": 4, "pending": 4}
    with desk.at("2026-11-22T06:01") as ws, ws.reading() as reader:
        assert Counter(one.event for one in reader.audit())["slot.done"] == 4


@pytest.mark.parametrize("left_at", ["slots-kept", "slot-claimed", "slot-run", "slot-settled"])
def test_whoever_goes_silent_anywhere_is_followed_by_somebody_else(desk, left_at):
    desk.tick("2026-11-20T07:00")
    with desk.at("2026-11-21T06:01") as ws:
        for step in desk.steps(ws):
            if step == left_at:
                break
    desk.tick("2026-11-21T06:02")
    desk.tick("2026-11-21T06:12")
    assert desk.told() == [("2026-11-21 06:00", "done"), ("2026-11-22 06:00", "pending")]
    assert waves(desk) == {("daily", "2026-11-20..2026-11-20"): 1}


def test_a_slow_process_that_lost_its_slot_does_not_settle_it(desk):
    desk.tick("2026-11-20T07:00")
    with desk.at("2026-11-21T06:00") as ws:
        slow = desk.steps(ws)
        while next(slow) != "slot-run":
            pass
        desk.tick("2026-11-21T06:30")
        assert list(slow) == ["slot-lost"]
    (slot, _) = desk.slots()
    assert (slot.state, slot.attempts) == (SlotState.DONE, 2)
    assert desk.events("T-1") == [
        *("slot.created", "slot.claimed", "slot.claim_lost", "slot.claimed", "slot.done")
    ]
    assert waves(desk) == {("daily", "2026-11-20..2026-11-20"): 1}


def test_a_person_who_runs_the_same_window_meanwhile_is_no_failure_that_people_are_told_of(desk):
    desk.tick("2026-11-20T07:00")

    def overtaken(*arguments):
        Runner()(*arguments)
        raise StaleVersion(text("{why}", why="somebody else was faster"))

    desk.tick("2026-11-21T06:00", overtaken)
    assert desk.notices("slot.held_up") == []
    desk.tick("2026-11-21T06:02")
    assert desk.slots()[0].state is SlotState.DONE
    assert waves(desk) == {("daily", "2026-11-20..2026-11-20"): 1}
