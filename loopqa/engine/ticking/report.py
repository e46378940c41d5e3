"""What a tick did."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from loopqa.engine.documents import (
    finding_document,
    notice_document,
    resurvey_document,
    sample_document,
    slot_document,
    verdict_document,
)
from loopqa.errors import LoopQAError
from loopqa.language import Text
from loopqa.model.cycle import (
    Action,
    Finding,
    Notice,
    ReSurvey,
    Verdict,
    action_ref,
    resurvey_ref,
)
from loopqa.model.timetable import Message, MessageState, Slot, SlotState, message_ref, slot_ref

if TYPE_CHECKING:
    from loopqa.engine.drawing import Drawing
    from loopqa.engine.run_report import RunReport


@dataclass(frozen=True)
class Failure:
    """A re-survey that could not be begun or compared this time; it stays due."""

    resurvey: ReSurvey
    error: LoopQAError

    def to_dict(self) -> dict[str, Any]:
        """The failure as JSON; ``retry_at`` is null where somebody else goes on with it."""
        retry_at = self.resurvey.retry_at
        return {
            "resurvey": resurvey_ref(self.resurvey.id),
            "error": str(self.error),
            "retry_at": retry_at.isoformat() if retry_at else None,
        }


@dataclass(frozen=True)
class Undelivered:
    """A message that was not delivered this time."""

    message: Message  #: as it is now: pending until its next try, or dead
    error: LoopQAError

    def to_dict(self) -> dict[str, Any]:
        """The message as JSON; ``next_at`` is null where it is given up."""
        one = self.message
        dead = one.state is MessageState.DEAD
        return {
            "message": message_ref(one.id),
            "notifier": one.notifier,
            "recipient": one.recipient,
            "dead": dead,
            "next_at": None if dead else one.next_at.isoformat(),
            "error": str(self.error),
        }


@dataclass(frozen=True)
class SlotFailure:
    """A run by schedule that could not be made this time; it is tried again, or given up."""

    slot: Slot
    error: LoopQAError

    def to_dict(self) -> dict[str, Any]:
        """The failure as JSON; ``retry_at`` is null where it is given up."""
        waits = self.slot.state is SlotState.PENDING
        return {
            "slot": slot_ref(self.slot.id),
            "error": str(self.error),
            "retry_at": self.slot.next_at.isoformat() if waits else None,
        }


@dataclass(frozen=True)
class TickReport:
    """What a tick did."""

    ran: tuple[Slot, ...] = ()  #: of schedules, with the waves that came of them
    runs: tuple[RunReport, ...] = ()  #: of these slots
    skipped: tuple[Slot, ...] = ()  #: missed or given up
    slot_failures: tuple[SlotFailure, ...] = ()
    begun: tuple[ReSurvey, ...] = ()  #: fell due; their window is named now
    verdicts: tuple[Verdict, ...] = ()
    carried: tuple[Finding, ...] = ()
    next_rounds: tuple[ReSurvey, ...] = ()
    failures: tuple[Failure, ...] = ()
    overdue: tuple[Action, ...] = ()  #: told about for the first time
    drawings: tuple[Drawing, ...] = ()  #: samples of follow-up windows, drawn now
    warnings: tuple[Text, ...] = ()  #: what weakens the reviews of follow-up windows
    notices: tuple[Notice, ...] = ()  #: deadlines that people were told of now
    held_up: tuple[ReSurvey, ...] = ()  #: failed and wait for another try; the next ones
    delivered: tuple[Message, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.tick/1``."""
        return {
            "schema": "loopqa.tick/1",
            "slots": [slot_document(one) for one in (*self.ran, *self.skipped)],
            "begun": [resurvey_document(one) for one in self.begun],
            "verdicts": [verdict_document(one) for one in self.verdicts],
            "carried_over": [finding_document(one) for one in self.carried],
            "next_rounds": [resurvey_document(one) for one in self.next_rounds],
            "overdue": [action_ref(one.id) for one in self.overdue],
            "samples": [sample_document(one.sample) for one in self.drawings],
            "warnings": [str(one) for one in self.warnings],
            "notices": [notice_document(one) for one in self.notices],
            "failures": [one.to_dict() for one in self.failures]
            + [one.to_dict() for one in self.slot_failures],
            "held_up": [resurvey_document(one) for one in self.held_up],
            "delivered": [message_ref(one.id) for one in self.delivered],
            "undelivered": [one.to_dict() for one in self.undelivered],
        }


@dataclass
class Done:
    """What a tick has done so far; its stages add to the fields of the report.

    It is told to people and nothing else: what is left to do is in the state alone.
    """

    ran: list[Slot] = field(default_factory=list)
    runs: list[RunReport] = field(default_factory=list)
    skipped: list[Slot] = field(default_factory=list)
    slot_failures: list[SlotFailure] = field(default_factory=list)
    begun: list[ReSurvey] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    carried: list[Finding] = field(default_factory=list)
    next_rounds: list[ReSurvey] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    overdue: list[Action] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    delivered: list[Message] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)
    compared: list[ReSurvey] = field(default_factory=list)  #: with their verdicts, now
    held_up: list[ReSurvey] = field(default_factory=list)

    def report(self) -> TickReport:
        """What was done up to here."""
        return TickReport(
            **{one.name: tuple(getattr(self, one.name)) for one in fields(TickReport)}
        )
