"""Work that kills its process in every try waits longer and longer, and lets other work be done."""

from __future__ import annotations

from datetime import timedelta

from loopqa.language import text
from loopqa.model.cycle import Notice
from loopqa.model.timetable import Slot, SlotState
from tests.store.conftest import NOW
from tests.store.test_outbox import routing

MINUTE = timedelta(minutes=1)
AT_ONCE = timedelta()  #: a lease that has run out when the next one looks


def test_a_slot_that_was_lost_twice_waits_before_it_is_run_again(loop):
    with loop.writing() as writer:
        writer.add_slot(
            Slot(
                id=0,
                workflow="airport",
                rule="daily",
                due_at=NOW,
                wall="",
                state=SlotState.PENDING,
                version=0,
                next_at=NOW,
            )
        )
    with loop.writing() as writer:
        assert [len(writer.claim_slots(lease=AT_ONCE)) for _ in range(3)] == [1, 1, 0]
    with loop.writing(now=NOW + MINUTE) as writer:
        assert [len(writer.claim_slots(lease=AT_ONCE)) for _ in range(2)] == [1, 0]


def test_a_message_that_was_lost_twice_waits_before_it_is_sent_again(loop):
    with loop.writing(routing=routing) as writer:
        writer.add_notice(Notice("k", "verdict.reached", "V-1", text("A-1 is overdue"), NOW))
    numbers = []
    for late in (AT_ONCE, AT_ONCE, AT_ONCE, MINUTE):
        with loop.writing(now=NOW + late) as writer:
            writer.reap_messages()
            numbers.append(len(writer.claim_messages(limit=4, lease=AT_ONCE)))
    assert numbers == [2, 2, 0, 2]
