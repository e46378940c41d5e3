"""A whole cycle written by hand, as sound as the engine writes it, to be broken by tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from loopqa.language import text
from loopqa.model.cycle import ActionState, FindingState, Notice, ReSurveyState, WaveKind
from loopqa.model.timetable import Message, MessageState, Slot, SlotState
from loopqa.store.door import Store, Writer

DAY = timedelta(days=1)


def write_cycles(store: Store, samples: Any, number: int, batch: int = 500) -> datetime:
    """``number`` actions from finding to verdict; the instant at which the last one ended."""
    after = samples.now + 60 * DAY
    with store.writing(actor="li", now=samples.now) as writer:
        writer.pin_rubric("9f2c", "airport", "1", {"rubric": "airport"})
        writer.add_wave(samples.wave)
    for start in range(0, number, batch):
        some = range(start, min(start + batch, number))
        with store.writing(actor="li", now=samples.now) as writer:
            rounds = [_close(writer, samples, one) for one in some]
        with store.writing(actor="tick", now=after) as writer:
            for one in rounds:
                _judge(writer, samples, one, after)
    return after


def _close(writer: Writer, samples: Any, number: int) -> int:
    scope = (("team", (f"T{number}",)),)
    finding = writer.add_finding(replace(samples.finding, scope=scope))
    action = writer.add_action(replace(samples.action, findings=(finding.id,), scope=scope))
    finding = writer.change_finding(
        finding, event="finding.in_action", state=FindingState.IN_ACTION
    )
    action = writer.change_action(action, event="action.started", state=ActionState.STARTED)
    writer.change_action(
        action,
        event="action.closed",
        state=ActionState.CLOSED,
        closed_on=date(2027, 1, 28),
        round=1,
    )
    writer.change_finding(
        finding, event="finding.awaiting_verdict", state=FindingState.AWAITING_VERDICT
    )
    return writer.add_resurvey(replace(samples.resurvey, action=action.id)).id


def _judge(writer: Writer, samples: Any, number: int, now: datetime) -> None:
    asked = writer.change_resurvey(
        writer.resurvey(number), event="resurvey.asking", state=ReSurveyState.ASKING, ready_at=now
    )
    claimed = writer.claim_resurvey(asked)
    wave = writer.add_wave(replace(samples.wave, kind=WaveKind.RE_SURVEY, resurvey=number))
    action = writer.action(claimed.action)
    writer.add_verdict(
        replace(samples.verdict, action=action.id, resurvey=number, wave=wave.id, reached_at=now)
    )
    for one in map(writer.finding, action.findings):
        writer.change_finding(one, event="finding.resolved", state=FindingState.RESOLVED)
    writer.change_action(action, event="action.verified", state=ActionState.VERIFIED)
    writer.change_resurvey(
        claimed, event="resurvey.done", state=ReSurveyState.DONE, wave=wave.id, baseline=1
    )


def write_timetable(store: Store, now: datetime) -> None:
    """A slot that ran and a message that was delivered at the second try."""
    slot = Slot(0, "airport", "0 6 * * *", now, "06:00", SlotState.PENDING, 0, now)
    message = Message(0, "k", 1, "console", None, MessageState.PENDING, 0, now, now)
    notice = Notice("resurvey.due:1:1", "resurvey.due", "R-1", text("due"), now)
    with store.writing(actor="tick", now=now) as writer:
        writer.add_notice(notice)
        added, (queued,) = writer.add_slot(slot), writer.add_messages([message])
        assert added is not None
        running = writer.change_slot(added, event="slot.running", state=SlotState.RUNNING)
        writer.change_slot(running, event="slot.done", state=SlotState.DONE)
        for state in _delivery():
            queued = writer.change_message(queued, event=f"message.{state}", state=state)


def _delivery() -> Iterator[MessageState]:
    yield MessageState.SENDING
    yield MessageState.PENDING
    yield MessageState.SENDING
    yield MessageState.DELIVERED
