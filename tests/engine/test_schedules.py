"""Schedules: each slot is run once, for the window of its own day, however late the tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from loopqa.engine.clock import Clock
from loopqa.model.timetable import SlotState
from tests.engine.scheduled_desk import Desk, Runner, build, instant, no_data
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path) -> Desk:
    """The desk with its state on either database."""
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_server else None
    return build(tmp_path / "desk", url)


@pytest.fixture
def plain(tmp_path) -> Desk:
    """The desk with its state in a file."""
    return build(tmp_path / "desk")


def test_a_schedule_seen_for_the_first_time_owes_nothing_for_the_past(desk):
    done = desk.tick("2026-11-20T07:00")
    assert (done.ran, done.skipped) == ((), ())
    assert desk.told() == [("2026-11-21 06:00", "pending")]


def test_a_due_slot_is_run_for_the_window_of_its_own_day_and_the_next_one_waits(desk):
    desk.tick("2026-11-20T07:00")
    done = desk.tick("2026-11-21T06:02")
    assert [str(one.window) for one in done.ran] == ["2026-11-20..2026-11-20"]
    first, second = desk.slots()
    assert (first.state, first.wave, first.late_seconds) == (SlotState.DONE, 1, 120)
    assert (second.state, second.wall) == (SlotState.PENDING, "2026-11-22 06:00")
    assert desk.events("T-1") == ["slot.created", "slot.claimed", "slot.done"]
    assert desk.notices("slot.late") == []


def test_a_tick_with_nothing_due_writes_nothing(plain):
    plain.tick("2026-11-20T07:00")
    with plain.at("2026-11-20T08:00") as ws:
        with ws.reading() as reader:
            before = len(reader.audit())
        assert list(plain.steps(ws)) == []
        with ws.reading() as reader:
            assert len(reader.audit()) == before


def test_after_a_long_downtime_only_the_latest_missed_slot_is_run_and_it_is_told(desk):
    desk.tick("2026-11-20T07:00")
    done = desk.tick("2026-11-24T09:30")
    assert desk.told() == [
        ("2026-11-21 06:00", "skipped"),
        ("2026-11-22 06:00", "skipped"),
        ("2026-11-23 06:00", "skipped"),
        ("2026-11-24 06:00", "done"),
        ("2026-11-25 06:00", "pending"),
    ]
    assert [str(one.window) for one in done.ran] == ["2026-11-23..2026-11-23"]
    assert len(done.skipped) == 3
    assert desk.notices("slot.late") == [
        "T-4 of daily was due at 2026-11-24 06:00 and is taken up 210 min late"
    ]
    assert desk.notices("slot.skipped") == [
        "daily: 3 slots were skipped, T-1 of 2026-11-21 06:00 first: "
        "nobody ticked in time; only the latest missed run is made up for"
    ]


def test_with_catch_up_all_every_missed_slot_is_run_oldest_first_with_its_own_window(desk):
    desk.schedule('{cron: "0 6 * * *", catch_up: all}')
    desk.tick("2026-11-20T07:00")
    done = desk.tick("2026-11-23T09:30")
    assert [str(one.window) for one in done.ran] == [
        "2026-11-20..2026-11-20",
        "2026-11-21..2026-11-21",
        "2026-11-22..2026-11-22",
    ]
    assert desk.told()[-1] == ("2026-11-24 06:00", "pending")


def test_with_catch_up_none_a_slot_is_run_only_up_to_an_hour_late(plain):
    plain.schedule('{every: day, at: "06:00", catch_up: none}')
    plain.tick("2026-11-20T07:00")
    plain.tick("2026-11-21T06:59")
    plain.tick("2026-11-23T07:01")
    assert plain.told() == [
        ("2026-11-21 06:00", "done"),
        ("2026-11-22 06:00", "skipped"),
        ("2026-11-23 06:00", "skipped"),
        ("2026-11-24 06:00", "pending"),
    ]
    assert str(plain.slots()[2].reason) == (
        "nobody ticked in time, and this schedule makes up for nothing"
    )


def test_forty_days_of_minutes_leave_few_rows_and_no_silence(plain):
    plain.schedule('"* * * * *"')
    plain.tick("2026-10-12T12:00:30")
    plain.tick("2026-11-21T12:00:30")
    slots = plain.slots()
    assert len(slots) == 53  # the waiting one, one for all the rest, 49 skipped, one run, the next
    passed = [one for one in slots if one.reason and "passed over" in str(one.reason)]
    assert [str(one.reason) for one in passed] == [
        "nobody ticked in time: 57549 runs from 2026-10-12 12:02 to 2026-11-21 11:10 "
        "were passed over"
    ]
    states = [one.state for one in slots]
    assert (states.count(SlotState.DONE), states.count(SlotState.PENDING)) == (1, 1)


def test_a_clock_that_is_set_back_makes_no_second_slot_and_runs_none_again(desk):
    desk.tick("2026-11-20T07:00")
    desk.tick("2026-11-21T06:00")
    for moment in ("2026-11-20T12:00", "2026-11-21T05:00", "2026-11-21T06:30"):
        assert desk.tick(moment).ran == ()
    assert desk.told() == [("2026-11-21 06:00", "done"), ("2026-11-22 06:00", "pending")]


def test_a_changed_rule_retires_the_waiting_slot_and_counts_from_now(desk):
    desk.tick("2026-11-20T07:00")
    desk.schedule('"30 9 * * *"')
    desk.tick("2026-11-20T08:00")
    assert desk.told() == [("2026-11-20 09:30", "pending"), ("2026-11-21 06:00", "skipped")]
    assert str(desk.slots()[1].reason) == "the schedule was changed"


def test_a_rule_changed_and_changed_back_fires_as_if_nothing_had_been(plain):
    plain.tick("2026-11-20T07:00")
    plain.schedule('"30 9 * * *"')
    plain.tick("2026-11-20T08:00")
    plain.schedule('"0 6 * * *"')
    plain.tick("2026-11-20T08:30")
    assert plain.told() == [("2026-11-20 09:30", "skipped"), ("2026-11-21 06:00", "pending")]
    assert [one.state.value for one in plain.tick("2026-11-21T06:00").ran] == ["done"]
    assert plain.events("T-1") == [
        *("slot.created", "slot.retired", "slot.restored", "slot.claimed", "slot.done")
    ]


def test_a_rule_written_in_another_way_keeps_its_slot(plain):
    plain.tick("2026-11-20T07:00")
    plain.schedule('{every: day, at: "06:00"}')
    plain.tick("2026-11-20T08:00")
    (slot,) = plain.slots()
    assert (slot.state, slot.rule) == (SlotState.PENDING, "every day, at 06:00, UTC")


def test_a_change_of_what_is_made_up_for_leaves_the_slot_alone(plain):
    plain.tick("2026-11-20T07:00")
    plain.schedule('{cron: "0 6 * * *", catch_up: all}')
    plain.tick("2026-11-20T08:00")
    assert plain.events("T-1") == ["slot.created"]


def test_another_time_zone_is_another_schedule(plain):
    plain.tick("2026-11-20T07:00")
    plain.zone = "Asia/Shanghai"
    plain.settings()
    plain.tick("2026-11-20T08:00")
    assert [(one.wall, one.due_at, one.state.value) for one in plain.slots()] == [
        ("2026-11-21 06:00", datetime(2026, 11, 20, 22, tzinfo=UTC), "pending"),
        ("2026-11-21 06:00", datetime(2026, 11, 21, 6, tzinfo=UTC), "skipped"),
    ]


@pytest.mark.parametrize("how", ["no schedule", "no file"])
def test_a_removed_schedule_ends_its_slots_and_begins_anew_when_it_comes_back(desk, how):
    desk.tick("2026-11-20T07:00")
    written = desk.file.read_text()
    if how == "no file":
        desk.file.unlink()
    else:
        desk.schedule(None)
    desk.tick("2026-11-20T08:00")
    assert desk.told() == [("2026-11-21 06:00", "skipped")]
    assert str(desk.slots()[0].reason) == "the schedule was removed"
    desk.file.write_text(written)
    done = desk.tick("2026-11-24T08:00")
    assert (done.ran, done.skipped) == ((), ())
    assert desk.told()[1:] == [("2026-11-25 06:00", "pending")]


def test_a_broken_file_keeps_its_slot_is_told_and_made_up_for_when_mended(plain):
    plain.tick("2026-11-20T07:00")
    written = plain.file.read_text()
    plain.file.write_text(written + "segment: [team]\n")
    done = plain.tick("2026-11-21T06:00")
    assert "unknown field 'segment'" in str(done.slot_failures[0].error)
    (slot,) = plain.slots()
    assert (slot.state, slot.attempts, slot.window) == (SlotState.PENDING, 1, None)
    assert plain.tick("2026-11-21T06:00:20").slot_failures == ()
    plain.tick("2026-11-21T06:02")
    assert len(plain.notices("slot.held_up")) == 1
    plain.file.write_text(written)
    done = plain.tick("2026-11-21T12:00")
    assert [str(one.window) for one in done.ran] == ["2026-11-20..2026-11-20"]


def test_a_slot_that_fails_is_tried_again_ever_more_rarely_until_it_works(desk):
    desk.tick("2026-11-20T07:00")
    runner = Runner(no_data())
    desk.tick("2026-11-21T06:00", runner)
    (slot, _) = desk.slots()
    assert (slot.state, str(slot.reason)) == (SlotState.PENDING, "the export is late")
    assert 30 <= (slot.next_at - slot.due_at).total_seconds() <= 60
    for minute in range(1, 60, 4):
        desk.tick(f"2026-11-21T06:{minute:02}", runner)
    assert 3 <= len(runner.asked) <= 5
    assert desk.notices("slot.held_up") == [
        "T-1 of daily, due at 2026-11-21 06:00, can't be run: the export is late"
    ]
    runner.problem = None
    desk.tick("2026-11-21T12:30", runner)
    (slot, _) = desk.slots()
    assert (slot.state, slot.reason, slot.late_seconds) == (SlotState.DONE, None, 0)
    assert set(runner.asked) == {"2026-11-20..2026-11-20"}


def test_each_new_reason_is_told_once(plain):
    plain.tick("2026-11-20T07:00")
    for hour, why in ((6, "no file"), (12, "no file"), (18, "no network"), (23, "no file")):
        plain.tick(f"2026-11-21T{hour:02}:30", Runner(no_data(why)))
    assert [one.rpartition(": ")[2] for one in plain.notices("slot.held_up")] == [
        "no file",
        "no network",
    ]


def test_a_slot_that_still_fails_when_its_successor_is_due_is_given_up(desk):
    desk.tick("2026-11-20T07:00")
    desk.tick("2026-11-21T06:00", Runner(no_data()))
    desk.tick("2026-11-22T06:00")
    assert desk.told() == [
        ("2026-11-21 06:00", "failed"),
        ("2026-11-22 06:00", "done"),
        ("2026-11-23 06:00", "pending"),
    ]
    assert desk.notices("slot.failed") == [
        "T-1 of daily, due at 2026-11-21 06:00, is given up: the export is late"
    ]


def test_slots_that_are_made_up_for_have_until_the_next_regular_one(plain):
    plain.schedule("{every: day, catch_up: all}")
    plain.tick("2026-11-20T07:00")
    plain.tick("2026-11-23T07:00", Runner(no_data()))
    assert [state for _, state in plain.told()] == ["pending"] * 4
    done = plain.tick("2026-11-23T20:00")
    assert len(done.ran) == 3
    assert [state for _, state in plain.told()] == ["done", "done", "done", "pending"]


def test_one_workflow_that_fails_holds_up_no_other(plain):
    other = plain.file.read_text().replace("workflow: daily", "workflow: other")
    (plain.root / "workflows" / "other.yaml").write_text(other)
    plain.tick("2026-11-20T07:00")

    def run(ws, workflow, window, progress):
        if workflow == "daily":
            raise ZeroDivisionError("a bug")
        return Runner()(ws, workflow, window, progress)

    done = plain.tick("2026-11-21T06:00", run)
    assert [one.workflow for one in done.ran] == ["other"]
    assert str(done.slot_failures[0].error) == (
        "running T-1 ended in an error of the program: ZeroDivisionError: a bug\n"
        "  hint: please report it; the slot is tried again"
    )


def test_a_window_that_was_evaluated_already_makes_no_second_wave(plain):
    plain.tick("2026-11-20T07:00")
    with plain.at("2026-11-21T01:00") as ws:
        wave = Runner()(ws, "daily", _window("2026-11-20"), None).wave
    plain.tick("2026-11-21T06:00")
    assert plain.slots()[0].wave == wave.id
    with plain.at("2026-11-21T07:00") as ws, ws.reading() as reader:
        assert len(reader.waves()) == 1


def test_a_monthly_slot_that_is_late_still_reads_the_month_it_was_meant_for(plain):
    written = plain.file.read_text()
    plain.file.write_text(
        written.replace("previous: day", "previous: month").replace('"0 6 * * *"', '"0 6 4 * *"')
    )
    plain.tick("2026-11-20T07:00")
    done = plain.tick("2027-01-02T12:00")
    assert [str(one.window) for one in done.ran] == ["2026-11-01..2026-11-30"]


def _window(day: str):
    from loopqa.model.window import Window

    return Window.parse(day)


def test_a_clock_that_ran_ahead_for_a_while_leaves_no_hole(plain):
    plain.tick("2026-11-20T07:00")
    plain.tick("2026-12-20T07:00", Runner(no_data()))
    plain.tick("2026-11-20T08:00")
    for day in range(21, 24):
        plain.tick(f"2026-11-{day}T06:01")
    assert plain.told()[:4] == [
        ("2026-11-21 06:00", "done"),
        ("2026-11-22 06:00", "done"),
        ("2026-11-23 06:00", "done"),
        ("2026-11-24 06:00", "pending"),
    ]


def test_a_slot_that_waited_when_the_clock_was_set_back_is_made_up_for_like_any_other(plain):
    plain.schedule('{every: day, at: "06:00", catch_up: all}')
    plain.tick("2026-11-20T06:30")
    plain.tick("2026-11-20T05:30")
    assert plain.told() == [("2026-11-20 06:00", "pending"), ("2026-11-21 06:00", "skipped")]
    assert str(plain.slots()[1].reason) == "the clock was set back"
    plain.tick("2026-11-22T07:00")
    assert plain.told() == [
        ("2026-11-20 06:00", "done"),
        ("2026-11-21 06:00", "done"),
        ("2026-11-22 06:00", "done"),
        ("2026-11-23 06:00", "pending"),
    ]


def test_the_latest_missed_slot_is_run_even_if_a_clock_that_ran_ahead_passed_it_over(plain):
    plain.tick("2026-11-20T07:00")
    plain.tick("2026-12-20T07:00", Runner(no_data()))
    plain.tick("2026-11-20T08:00")
    done = plain.tick("2026-11-25T07:00")
    assert [slot.wall for slot in done.ran] == ["2026-11-25 06:00"]


@dataclass(frozen=True)
class Walking(Clock):
    """A clock that moves on by two seconds whenever it is looked at."""

    def now(self) -> datetime:
        object.__setattr__(self, "pinned_at", super().now() + timedelta(seconds=2))
        return super().now()


def test_a_slot_that_falls_due_while_a_tick_is_at_work_waits_for_the_next_one(plain):
    plain.tick("2026-11-20T07:00")
    with plain.at("2026-11-20T07:00") as ws:
        ws.clock = Walking(instant("2026-11-21T05:59:57"))
        assert list(plain.steps(ws)) == []
    assert plain.told() == [("2026-11-21 06:00", "pending")]
    done = plain.tick("2026-11-23T06:10")
    assert (len(done.skipped), len(done.ran)) == (2, 1)
