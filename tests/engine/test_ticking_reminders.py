"""People are told of deadlines once, however often the clock ticks and wherever it jumps."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from loopqa.engine.improve import ActionDraft, cancel_action, open_action
from loopqa.engine.tick import tick
from loopqa.model.cycle import Rollout, Step
from loopqa.model.workflow import RolloutRule
from tests.engine.ticking_desk import NEW_YEAR, BusyDesk, busy

REMINDERS = ("action.", "rollout.", "rubric.", "resurvey.window_over")


@pytest.fixture(scope="module")
def once(tmp_path_factory, make_desk) -> BusyDesk:
    return busy(make_desk(tmp_path_factory.mktemp("busy") / "desk"))


@pytest.fixture
def desk(once, tmp_path) -> BusyDesk:
    return once.copy(tmp_path / "desk")


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


def told(desk, *days: str) -> dict[str, list[str]]:
    """What ticks on these days tell by their days; each ticks twice."""
    said: dict[str, list[str]] = {}
    for day in days:
        with desk.at(on(day)) as ws:
            done = tick(ws, work=desk.work)
            assert tick(ws, work=desk.work).notices == ()
        said[day] = sorted(f"{one.event} {one.about}" for one in done.notices)
    with desk.at(on(days[-1])) as ws, ws.reading() as reader:
        written = [one for one in reader.notices() if one.event.startswith(REMINDERS)]
    assert {one.workflow for one in written} == {"desk-monthly"}
    return said


def test_each_deadline_is_told_on_its_day(desk):
    days = [f"2026-12-{day}" for day in (26, 27, 28, 30, 31)] + ["2027-01-01", "2027-01-06"]
    assert told(desk, *days) == {
        "2026-12-26": [],
        "2026-12-27": ["action.due_soon A-1"],
        "2026-12-28": [],
        "2026-12-30": [],
        "2026-12-31": ["action.overdue A-1"],
        "2027-01-01": ["rubric.review_due desk"],
        "2027-01-06": ["action.escalated A-1"],
    }


def test_what_was_missed_is_told_late_and_nothing_twice_when_the_clock_is_set_back(desk):
    assert told(desk, "2027-02-20", "2026-12-28", "2027-02-21", "2027-03-30") == {
        "2027-02-20": ["action.escalated A-1", "action.overdue A-1", "rubric.review_due desk"],
        "2026-12-28": [],
        "2027-02-21": [],
        "2027-03-30": [],
    }


def test_the_workflow_says_how_long_before_and_after(desk):
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    days = "improve: {remind: 10 days, escalate: 2 weeks}\n"
    flow.write_text(flow.read_text("utf-8") + days, "utf-8")
    assert told(desk, "2026-12-20", "2027-01-12", "2027-01-13") == {
        "2026-12-20": ["action.due_soon A-1"],
        "2027-01-12": ["action.overdue A-1", "rubric.review_due desk"],
        "2027-01-13": ["action.escalated A-1"],
    }


def test_another_due_day_has_deadlines_of_its_own_and_a_cancelled_action_has_none(desk):
    assert told(desk, "2026-12-31")["2026-12-31"] == ["action.overdue A-1"]
    with desk.at(on("2027-01-02")) as ws:
        with ws.writing() as writer:
            writer.change_action(writer.action(1), event="action.moved", due=date(2027, 1, 5))
        other = open_action(ws, ActionDraft((1,), "A bell", due=date(2027, 1, 5)))
        cancel_action(ws, other.id, "no")
    assert told(desk, "2027-01-03", "2027-01-06") == {
        "2027-01-03": ["action.due_soon A-1", "rubric.review_due desk"],
        "2027-01-06": ["action.overdue A-1"],
    }


def test_the_next_step_of_a_roll_out_is_told_on_its_first_day(desk):
    steps = (Step(("T1",), date(2026, 11, 1)), Step(("T2", "T3"), date(2026, 12, 20)))
    with desk.at(on("2026-12-19")) as ws, ws.writing() as writer:
        action = writer.action(1)
        started = writer.change_action(action, event="action.started", state="started")
        rollout = Rollout(RolloutRule("team", 2), steps)
        writer.change_action(started, event="action.drawn", rollout=rollout)
    said = told(desk, "2026-12-19", "2026-12-20")
    assert said["2026-12-20"] == ["rollout.step_due A-1"]
    with desk.at() as ws, ws.reading() as reader:
        text = next(one.text for one in reader.notices() if one.event == "rollout.step_due")
    assert str(text) == ("the next step of A-1 begins on 2026-12-20, in T2, T3: A sign at the door")


def test_the_window_is_told_to_be_over_while_it_settles(desk):
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    written = flow.read_text("utf-8")
    flow.write_text(written.replace("previous: month", "previous: month, settle: 5 days"), "utf-8")
    said = told(desk, "2027-01-02", "2027-01-31", "2027-02-01", "2027-02-05", "2027-02-06")
    assert [day for day, events in said.items() if "resurvey.window_over R-2" in events] == [
        "2027-02-01"
    ]


def test_a_new_version_of_the_rubric_is_told_of_when_its_own_day_has_passed(desk):
    rubric = desk.root / "rubrics" / "desk.yaml"
    assert told(desk, "2027-01-01")["2027-01-01"] == [
        "action.overdue A-1",
        "rubric.review_due desk",
    ]
    written = rubric.read_text("utf-8").replace('version: "1"', 'version: "2"')
    rubric.write_text(written.replace("2026-12-31", "2027-03-31"), "utf-8")
    said = told(desk, "2027-03-31", "2027-04-01")
    assert (said["2027-03-31"], said["2027-04-01"]) == (
        ["action.escalated A-1"],
        ["rubric.review_due desk"],
    )


def test_a_worker_sees_an_edited_file_at_its_next_tick_and_a_broken_one_stops_nothing(desk):
    rubric = desk.root / "rubrics" / "desk.yaml"
    sound = rubric.read_text("utf-8")
    with desk.at(on("2026-12-20")) as ws:
        assert tick(ws, work=desk.work).notices == ()
        rubric.write_text("rubric: [", "utf-8")
        assert tick(ws, work=desk.work).notices == ()
        rubric.write_text(sound.replace("2026-12-31", "2026-12-10"), "utf-8")
        (notice,) = tick(ws, work=desk.work).notices
    assert notice.key == "rubric.review_due:desk-monthly:desk:1"


def test_an_idle_tick_reads_no_rows_of_the_past_and_writes_nothing(desk):
    with desk.at() as ws:
        tick(ws, work=desk.work)
        with ws.reading() as reader:
            before = reader.audit_head()
        statements: list[str] = []
        engine = ws.store._database.engine
        event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        tick(ws, work=desk.work)
        asked, plans = tuple(statements), []
        with ws.reading() as reader:
            assert reader.audit_head() == before
            for one in asked:
                connection = reader._connection
                values = ("2027-01-01",) * one.count("?")
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values)
                plans += [row[3] for row in plan]
    assert not [one for one in asked if not one.lstrip().startswith("SELECT")]
    assert not [one for one in plans if re.match("SCAN [a-z]+( |$)", one)], plans


def test_two_months_of_ticks_tell_each_thing_once(desk):
    for day in range(-7, 60, 4):
        with desk.at(NEW_YEAR + timedelta(days=day)) as ws:
            tick(ws, work=desk.work)
    with desk.at() as ws, ws.reading() as reader:
        keys = [one.key for one in reader.notices()]
    assert len(keys) == len(set(keys))
    events = [key.partition(":")[0] for key in keys]
    assert [events.count(one) for one in ("action.due_soon", "action.overdue")] == [1, 1]
    assert [events.count(one) for one in ("action.escalated", "rubric.review_due")] == [1, 1]
