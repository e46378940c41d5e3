"""What the clock drives: slots of schedules, messages of the outbox, and who ticks.

Each is a row that waits for an instant, is claimed with a lease, and ends in a final state; the row
is the truth, whatever happens to the process that works on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from loopqa.language import Text
from loopqa.model.window import Window


class SlotState(StrEnum):
    """The life of one slot of a schedule."""

    PENDING = "pending"  #: waits for its instant, or for another try
    RUNNING = "running"  #: claimed by a process that runs the workflow
    DONE = "done"
    SKIPPED = "skipped"  #: not run, on purpose; the reason says why
    FAILED = "failed"  #: tried until its successor fell due


@dataclass(frozen=True)
class Slot:
    """One instant at which a workflow runs by itself; one row a workflow and instant."""

    id: int
    workflow: str
    rule: str  #: the schedule as one canonical text with its zone; tells when it was changed
    due_at: datetime  #: the instant
    wall: str  #: the same on the clocks of the workspace, such as 2026-12-04 06:00
    state: SlotState
    version: int
    next_at: datetime  #: when it is to be tried next; at first its due instant
    attempts: int = 0  #: how often it was claimed
    late_seconds: int = 0  #: how long after its instant it was first taken up
    window: Window | None = None  #: the window that is evaluated, named when it was first claimed
    wave: int | None = None  #: what came of it
    reason: Text | None = None  #: why it was skipped, failed, or could not be run so far


class MessageState(StrEnum):
    """The life of one message of the outbox."""

    PENDING = "pending"  #: waits to be sent, or to be sent again
    SENDING = "sending"  #: claimed by a process that sends it
    DELIVERED = "delivered"
    ADDRESSED = "addressed"  #: its receivers could be looked up at last: each has a message now
    DEAD = "dead"  #: given up: refused for good, or tried too often


@dataclass(frozen=True)
class Message:
    """One notice on its way to one recipient."""

    id: int
    key: str  #: unique: notice, notifier and recipient; the source of its idempotency key
    notice: int  #: id of the notice's row
    notifier: str  #: type of the plugin that sends it
    recipient: str | None  #: one entry of ``to``; None where the notifier has none
    state: MessageState
    version: int
    next_at: datetime  #: when it is to be tried next
    created_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)  #: of the notifier, as written
    attempts: int = 0
    failure: Text | None = None  #: what the last try said
    ended_at: datetime | None = None  #: when it was delivered or given up


@dataclass(frozen=True)
class Ticker:
    """A process that ticks: a worker while it lives, or the last `loopqa tick` of a machine."""

    id: str  #: ``worker:host:pid``, or ``tick:host``
    started_at: datetime
    beat_at: datetime  #: its last sign of life
    ticked_at: datetime | None = None  #: when its last whole tick ended
    interval: int | None = (
        None  #: seconds between two ticks of a living worker; None: it is no more
    )
    problem: str | None = None  #: what its last tick could not do


@dataclass(frozen=True)
class NextDue:
    """What waits for the clock, seen from one instant."""

    waiting: datetime | None = None  #: the earliest instant that has come; something waits for it
    coming: datetime | None = None  #: the earliest instant after that


def slot_ref(number: int) -> str:
    """How people write a slot's id: T-5."""
    return f"T-{number}"


def message_ref(number: int) -> str:
    """How people write a message's id: M-8."""
    return f"M-{number}"
