"""Slots: one row a workflow and instant, one process a run, the oldest first."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from loopqa.errors import RefusedMove, StaleVersion
from loopqa.language import text
from loopqa.model.timetable import Slot, SlotState
from loopqa.model.window import Window
from loopqa.store.door import Store
from tests.store.conftest import NOW

HOUR = timedelta(hours=1)
DECEMBER = Window(date(2026, 12, 1), date(2026, 12, 31))
SLOT = Slot(
    id=0,
    workflow="airport",
    rule="0 6 5 * *, UTC",
    due_at=NOW,
    wall="2027-01-05 06:00",
    state=SlotState.PENDING,
    version=0,
    next_at=NOW,
)


def add(loop, hours: float = 0, **changes) -> Slot:
    """A slot that is due some hours from now."""
    due = NOW + hours * HOUR
    with loop.writing() as writer:
        slot = writer.add_slot(replace(SLOT, due_at=due, next_at=due, **changes))
    assert slot is not None
    return slot


def test_a_slot_comes_back_as_it_was_written(loop):
    reason = text("{n} runs", n=3)
    added = add(loop, window=DECEMBER, reason=reason, attempts=2, late_seconds=7)
    with loop.store.reading() as reader:
        assert reader.slot(1) == added
        assert reader.slot_at("airport", NOW) == added
        assert reader.slot_at("airport", NOW + HOUR) is None


def test_a_workflow_has_one_slot_at_an_instant(loop, behind):
    add(loop)
    with loop.writing() as writer:
        assert writer.add_slot(SLOT) is None
        assert writer.add_slot(replace(SLOT, workflow="desk")) is not None
    copied = "INSERT INTO slot SELECT 9, workflow, rule, due_at, wall, state, version, next_at, "
    columns = "attempts, late_seconds, window_start, window_end, wave, reason, lease_owner, "
    with pytest.raises(IntegrityError), behind.begin() as raw:
        raw.exec_driver_sql(f"{copied}{columns}lease_until FROM slot WHERE id = 1")


def test_due_slots_are_claimed_the_oldest_first_and_named_their_window(loop):
    for hours in (-1, -3, 1, -2):
        add(loop, hours)
    with loop.writing() as writer:
        claimed = writer.claim_slots(2, window_of=lambda slot: DECEMBER)
        assert writer.claim_slots(5, skip={1}) == ()
    assert [one.id for one in claimed] == [2, 4]
    assert [one.late_seconds for one in claimed] == [3 * 3600, 2 * 3600]
    assert {(one.state, one.attempts, one.window) for one in claimed} == {
        (SlotState.RUNNING, 1, DECEMBER)
    }


def test_what_fell_due_after_a_moment_can_be_left_for_later(loop):
    add(loop, -1)
    add(loop, 0)
    with loop.writing() as writer:
        claimed = writer.claim_slots(until=NOW - HOUR / 2)
    assert [one.id for one in claimed] == [1]


def test_a_clock_that_was_set_back_meanwhile_claims_nothing_early(loop):
    add(loop)
    with loop.writing(now=NOW - HOUR) as writer:
        assert writer.claim_slots(until=NOW) == ()


def test_a_slot_that_is_tried_again_keeps_its_window_and_how_late_it_was(loop):
    add(loop, -1)
    with loop.writing() as writer:
        (claimed,) = writer.claim_slots(window_of=lambda slot: DECEMBER)
        writer.change_slot(
            claimed, event="slot.held_up", state=SlotState.PENDING, next_at=NOW + HOUR
        )
        assert writer.claim_slots() == ()
    with loop.writing(now=NOW + HOUR) as writer:
        (again,) = writer.claim_slots(window_of=lambda slot: None)
    assert (again.window, again.late_seconds, again.attempts) == (DECEMBER, 3600, 2)


def test_a_claim_whose_lease_ran_out_goes_to_the_next_and_the_slow_one_is_refused(loop):
    add(loop)
    with loop.writing() as writer:
        (slow,) = writer.claim_slots(lease=HOUR)
    with loop.writing(now=NOW + HOUR) as writer:
        (quick,) = writer.claim_slots(lease=HOUR)
    with pytest.raises(StaleVersion) as told, loop.writing(now=NOW + HOUR) as writer:
        writer.change_slot(slow, event="slot.done", state=SlotState.DONE)
    assert str(told.value) == "slot T-1 was changed by somebody else meanwhile"
    with loop.writing(now=NOW + HOUR) as writer:
        writer.change_slot(quick, event="slot.done", state=SlotState.DONE)
        assert [one.event for one in writer.audit(about="T-1")] == [
            "slot.created",
            "slot.claimed",
            "slot.claim_lost",
            "slot.claimed",
            "slot.done",
        ]


def test_the_claim_of_a_process_that_was_killed_is_taken_at_once(loop, tmp_path, url):
    add(loop)
    child = multiprocessing.get_context("spawn").Process(
        target=_claim_and_die, args=(tmp_path, url)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with loop.store.reading() as reader:
        assert reader.slot(1).state is SlotState.RUNNING
        assert reader.has_slots_to_claim(NOW)
    with loop.writing() as writer:
        (claimed,) = writer.claim_slots()
    assert claimed.attempts == 2


def test_a_lost_claim_is_never_taken_up_before_the_instant_of_its_slot(loop):
    add(loop)
    with loop.writing() as writer:
        writer.claim_slots(lease=timedelta())
    with loop.writing(now=NOW - HOUR) as writer:  # the clock was set back
        (lost,) = writer.reap_slots() or (writer.slot(1),)
    assert lost.next_at == NOW


def test_what_is_final_stays_and_what_was_skipped_can_be_restored(loop):
    slot = add(loop)
    with loop.writing() as writer:
        skipped = writer.change_slot(slot, event="slot.retired", state=SlotState.SKIPPED)
        restored = writer.change_slot(skipped, event="slot.restored", state=SlotState.PENDING)
        failed = writer.change_slot(restored, event="slot.failed", state=SlotState.FAILED)
    with pytest.raises(RefusedMove) as told, loop.writing() as writer:
        writer.change_slot(failed, event="slot.restored", state=SlotState.PENDING)
    assert str(told.value) == "cannot move slot T-1 from failed to waiting: failed is final"


def test_slots_are_found_by_what_a_schedule_asks(loop):
    for hours in (-2, -1, 0, 1):
        add(loop, hours)
    with loop.writing() as writer:
        writer.change_slot(writer.slot(3), event="slot.skipped", state=SlotState.SKIPPED)
    with loop.store.reading() as reader:
        assert [one.id for one in reader.recent_slots("airport", 2)] == [4, 3]
        assert reader.has_slot_between("airport", NOW - 2 * HOUR, NOW)
        assert not reader.has_slot_between("airport", NOW - HOUR, NOW)  # that one was skipped
        assert not reader.has_slot_between("desk", NOW - 9 * HOUR, NOW)
        assert reader.has_slots_to_claim(NOW)
        assert not reader.has_slots_to_claim(NOW, {1, 2})


def _claim_and_die(root, url):
    store = Store.open(url, root=root)
    with store.writing(actor="li", now=NOW) as writer:
        writer.claim_slots()
    os.kill(os.getpid(), signal.SIGKILL)
