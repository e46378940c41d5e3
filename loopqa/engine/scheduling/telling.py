"""What people are told of slots: late, held up, given up or passed over; each once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from loopqa.language import Text, text
from loopqa.model.cycle import Notice
from loopqa.model.events import Event
from loopqa.model.timetable import Slot, slot_ref

if TYPE_CHECKING:
    from loopqa.store.door import Writer

LATE = timedelta(minutes=15)  #: people are told of a slot that was taken up later than this


def tell_late(writer: Writer, slot: Slot, now: datetime) -> None:
    """Tell of a slot that has just been taken up for the first time, if that is late."""
    if slot.attempts != 1 or slot.late_seconds <= LATE.total_seconds():
        return
    message = text(
        "{slot} of {workflow} was due at {moment} and is taken up {late} late",
        slot=slot_ref(slot.id),
        workflow=slot.workflow,
        moment=slot.wall,
        late=lateness(slot.late_seconds),
    )
    _tell(writer, Event.SLOT_LATE, slot, message, now)


def tell_held_up(writer: Writer, slot: Slot, now: datetime) -> None:
    """Tell why a slot could not be run this time; the same reason is told once."""
    message = text(
        "{slot} of {workflow}, due at {moment}, can't be run: {why}",
        slot=slot_ref(slot.id),
        workflow=slot.workflow,
        moment=slot.wall,
        why=slot.reason,
    )
    _tell(writer, Event.SLOT_HELD_UP, slot, message, now, _digest(slot.reason))


def tell_failed(writer: Writer, slot: Slot, now: datetime) -> None:
    """Tell of a slot that was given up."""
    message = text(
        "{slot} of {workflow}, due at {moment}, is given up: {why}",
        slot=slot_ref(slot.id),
        workflow=slot.workflow,
        moment=slot.wall,
        why=slot.reason,
    )
    _tell(writer, Event.SLOT_FAILED, slot, message, now)


def tell_kept(
    writer: Writer, skipped: Sequence[Slot], failed: Sequence[Slot], now: datetime
) -> None:
    """Tell of what keeping a schedule changed: once of all slots that were skipped together."""
    for slot in failed:
        tell_failed(writer, slot, now)
    if not skipped:
        return
    message = text(
        "{workflow}: {n} slots were skipped, {slot} of {moment} first: {why}",
        n=len(skipped),
        slot=slot_ref(skipped[0].id),
        workflow=skipped[0].workflow,
        moment=skipped[0].wall,
        why=skipped[0].reason,
    )
    _tell(writer, Event.SLOT_SKIPPED, skipped[0], message, now)


def lateness(seconds: int) -> Text:
    """How late something was, in the unit that suits.

    >>> [str(lateness(n)) for n in (59, 3600, 260_000)]
    ['0 min', '60 min', '72 h']
    """
    if seconds < 5 * 3600:
        return text("{figure} min", figure=seconds // 60)
    if seconds < 5 * 86400:
        return text("{figure} h", figure=seconds // 3600)
    return text("{figure} days", figure=seconds // 86400)


def _digest(reason: Text | None) -> str:
    plain = json.dumps(reason and reason.to_dict(), sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _tell(
    writer: Writer, event: Event, slot: Slot, message: Text, now: datetime, more: str = ""
) -> None:
    key = ":".join(part for part in (event.value, str(slot.id), more) if part)
    writer.add_notice(
        Notice(
            key=key,
            event=event,
            about=slot_ref(slot.id),
            text=message,
            at=now,
            workflow=slot.workflow,
        )
    )
