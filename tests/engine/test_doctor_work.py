"""What the doctor says of work: given up, failed, held up, or taken up by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loopqa.engine.doctor import examine
from loopqa.language import text
from loopqa.model.cycle import Notice
from loopqa.model.timetable import Message, MessageState, Slot, SlotState, Ticker

NOON = datetime(2026, 10, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SLOT = Slot(0, "desk-monthly", "0 6 * * *", NOON, "06:00", SlotState.PENDING, 0, NOON)
MESSAGE = Message(0, "k", 1, "email", None, MessageState.PENDING, 0, NOON, NOON)
WORKER = Ticker("worker:desk:7", NOON, NOON, NOON, interval=60)


@pytest.fixture
def said(desk):
    """What the doctor says some days later; notes left out."""

    def ask(days: float = 0) -> list[str]:
        when = NOON + days * DAY
        with desk.on("2026-10-02") as ws:
            ws.clock = replace(ws.clock, pinned_at=when)
            found = examine(ws).ailments
        return [str(one.what) for one in found if one.severity.value != "note"]

    return ask


def write(desk, *, slot=None, message=None, ticker=None):
    with desk.on("2026-10-02") as ws, ws.writing() as writer:
        if slot is not None:
            writer.add_slot(slot)
        if message is not None:
            writer.add_notice(
                Notice("k", "finding.opened", "F-1", text("no {file}", file="x"), NOON)
            )
            writer.add_messages([message])
        if ticker is not None:
            writer.beat(ticker)


def test_nothing_is_wrong_with_work_that_waits(desk, said):
    write(desk, slot=SLOT, message=MESSAGE, ticker=WORKER)
    assert said() == []


def test_a_slot_that_failed_is_told_for_a_month(desk, said):
    why = text("no {file}", file="ratings.csv")
    write(desk, slot=replace(SLOT, state=SlotState.FAILED, reason=why))
    assert said(2) == [f"T-1 (desk-monthly, 06:00) failed: {why}"]
    assert said(40) == []


def test_a_slot_that_nobody_takes_up_is_told(desk, said):
    write(desk, slot=SLOT)
    assert said(0.9) == []
    assert said(1.1) == ["nobody ticks: 1 slots should have been taken up, the first is T-1"]


def test_a_message_that_was_given_up_is_told_for_a_month(desk, said):
    why = text("{why}", why="550 no such user")
    dead = replace(MESSAGE, state=MessageState.DEAD, failure=why, ended_at=NOON)
    write(desk, message=dead)
    assert said(2) == ["M-1 by email was given up: 550 no such user"]
    assert said(40) == []


def test_a_worker_that_fell_silent_is_told_unless_somebody_ticks_instead(desk, said):
    write(desk, ticker=WORKER)
    assert said(1 / 24) == ["worker:desk:7 has fallen silent, and nobody ticks instead"]
    later = NOON + DAY
    write(desk, ticker=Ticker("tick:desk", later, later, later))
    assert said(1) == []


def test_what_a_tick_could_not_do_is_told(desk, said):
    write(desk, ticker=replace(WORKER, problem="the disk is full"))
    assert said() == ["worker:desk:7: the disk is full"]


def test_a_workflow_that_slots_wait_for_must_be_there(desk, said):
    write(desk, slot=replace(SLOT, workflow="gone"))
    assert said() == [
        "workflow 'gone' of 1 unfinished records can't be used: "
        "there is no workflow 'gone' in this workspace"
    ]
