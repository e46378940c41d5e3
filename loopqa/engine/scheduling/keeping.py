"""Each schedule has one slot that waits for its instant; those that were missed become rows, too.

A schedule is kept while the row of its next firing stands. Where it does not, the slot that waited
has fallen due, and all firings from there up to now were missed; or the schedule is new, was
changed, or the clock was set, and then nothing is owed for the past. Slots are claimed only up to
the moment for which they were kept, so the one that waits is never taken up before its successor
stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from loopqa.calc.loop.catch_up import Missed, missed_slots, too_late
from loopqa.calc.loop.slots import Firing, rule_text, slots_after
from loopqa.engine.scheduling.telling import tell_kept
from loopqa.language import Text, text
from loopqa.model.timetable import Slot, SlotState
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.scheduling.definitions import Definitions
    from loopqa.engine.workspace import Workspace
    from loopqa.model.workflow import Schedule
    from loopqa.store.door import Reader, Writer


TAKEN_UP = (SlotState.RUNNING, SlotState.DONE, SlotState.FAILED)


@dataclass(frozen=True)
class Kept:
    """What keeping one schedule changed."""

    skipped: tuple[Slot, ...] = ()  #: missed, and not made up for
    failed: tuple[Slot, ...] = ()  #: given up, as their successor has fallen due


@dataclass(frozen=True)
class Rule:
    """The schedule of one workflow in its zone, at one moment."""

    workflow: str
    schedule: Schedule
    zone: str
    now: datetime

    @cached_property
    def text(self) -> str:
        """What decides when it fires, as slots keep it."""
        return rule_text(self.schedule, self.zone)

    @cached_property
    def next(self) -> Firing:
        """The first firing from now on."""
        return next(slots_after(self.schedule, self.now, self.zone))


def rules_of(definitions: Definitions, now: datetime) -> list[Rule]:
    """The rules of all workflows that have a schedule."""
    return [
        Rule(name, schedule, definitions.zone, now)
        for name, schedule in definitions.schedules.items()
    ]


def is_kept(reader: Reader, rule: Rule) -> bool:
    """Whether the next firing has its row: it waits, or was taken up before the clock was set."""
    there = reader.slot_at(rule.workflow, rule.next.instant)
    if there is None or there.state is SlotState.SKIPPED:
        return False
    return there.state is not SlotState.PENDING or there.rule == rule.text


def keep(ws: Workspace, rule: Rule) -> Kept:
    """Make rows of what was missed, give up what had its time, and let the next slot wait."""
    with ws.writing() as writer:
        if is_kept(writer, rule):
            return Kept()  # by another process, meanwhile
        waiting = writer.slots(rule.workflow, (SlotState.PENDING,))
        kept = _catch_up(writer, rule, [one for one in waiting if one.due_at <= rule.now])
        for other in waiting:
            if other.due_at > rule.now and other.due_at != rule.next.instant:
                _skip(writer, other, _why_retired(rule, other), "slot.retired")
        _let_wait(writer, rule, next(slots_after(rule.schedule, rule.now, rule.zone)))
        tell_kept(writer, kept.skipped, kept.failed, rule.now)
        fault("after-slots-kept")
    return kept


def retire(ws: Workspace, workflow: str) -> tuple[Slot, ...]:
    """End the waiting slots of a workflow whose schedule was removed."""
    with ws.writing() as writer:
        waiting = writer.slots(workflow, (SlotState.PENDING,))
        why = text("the schedule was removed")
        return tuple(_skip(writer, one, why, "slot.retired") for one in waiting)


def give_up(writer: Writer, slot: Slot, why: Text) -> Slot:
    """End a slot that was tried, and could not be run in its time."""
    return writer.change_slot(slot, event="slot.failed", state=SlotState.FAILED, reason=why)


def had_its_time(writer: Writer, slot: Slot, now: datetime) -> bool:
    """Whether a slot had its time: one that fell due after it was first taken up is due itself."""
    taken_up = slot.due_at + timedelta(seconds=slot.late_seconds)
    return writer.has_slot_between(slot.workflow, taken_up, now)


def _catch_up(writer: Writer, rule: Rule, due: Sequence[Slot]) -> Kept:
    """What the schedule owes since its last slot fell due; ``due``: those not done, by instant."""
    missed, last = Missed(), _last_due(writer, rule, due)
    if last is not None and last.rule == rule.text:
        missed = missed_slots(rule.schedule, last.due_at, rule.now, rule.zone)
    skipped = [
        _skip(writer, one, _why_missed(rule), "slot.skipped")
        for one in due
        if one.attempts == 0 and _is_let_go(rule, one, missed)
    ]
    skipped += _add_missed(writer, rule, missed)
    failed = tuple(
        give_up(writer, one, one.reason or text("its claim was lost"))
        for one in due
        if one.attempts > 0 and had_its_time(writer, one, rule.now)
    )
    return Kept(tuple(skipped), failed)


def _last_due(writer: Writer, rule: Rule, due: Sequence[Slot]) -> Slot | None:
    """The slot since which others are owed: a due one that waits, or the newest, if it was run.

    A tick that began before the clock was set back may have run it without looking for others.
    """
    if due:
        return due[-1]
    newest = writer.newest_slot(rule.workflow)
    return newest if newest is not None and newest.state in TAKEN_UP else None


def _is_let_go(rule: Rule, slot: Slot, missed: Missed) -> bool:
    """Whether a slot that nobody has taken up yet is not made up for any more."""
    if rule.schedule.catch_up == "none":
        return too_late(slot.due_at, rule.now)
    return rule.schedule.catch_up == "latest" and bool(missed.run)


def _why_missed(rule: Rule) -> Text:
    if rule.schedule.catch_up == "none":
        return text("nobody ticked in time, and this schedule makes up for nothing")
    return text("nobody ticked in time; only the latest missed run is made up for")


def _why_retired(rule: Rule, slot: Slot) -> Text:
    if slot.rule == rule.text:
        return text("the clock was set back")
    return text("the schedule was changed")


def _add_missed(writer: Writer, rule: Rule, missed: Missed) -> list[Slot]:
    """Rows for all that was missed; those that are not run."""
    skipped: list[Slot | None] = []
    if missed.passed:
        first, last = missed.passed
        why = text(
            "nobody ticked in time: {n} runs from {first} to {last} were passed over",
            n=missed.n_passed,
            first=_moment(first),
            last=_moment(last),
        )
        skipped.append(_add(writer, rule, first, SlotState.SKIPPED, why))
    for one in missed.skipped:
        skipped.append(_add(writer, rule, one, SlotState.SKIPPED, _why_missed(rule)))
    for one in missed.run:
        _let_wait(writer, rule, one)
    return [one for one in skipped if one is not None]


def _let_wait(writer: Writer, rule: Rule, firing: Firing) -> None:
    """Have a firing wait, for its instant or to be made up for."""
    there = writer.slot_at(rule.workflow, firing.instant)
    if there is None:
        _add(writer, rule, firing, SlotState.PENDING)
    elif there.state is SlotState.SKIPPED:
        _restore(writer, rule, there, firing)
    elif there.state is SlotState.PENDING:
        event, wall = "slot.rule_changed", _moment(firing)
        writer.change_slot(there, event=event, rule=rule.text, wall=wall)


def _restore(writer: Writer, rule: Rule, slot: Slot, firing: Firing) -> None:
    """A slot that was passed over is to be run after all.

    Its schedule was changed and changed back, or the clock was set forth and back.
    """
    writer.change_slot(
        slot,
        event="slot.restored",
        state=SlotState.PENDING,
        rule=rule.text,
        wall=_moment(firing),
        next_at=slot.due_at,
        reason=None,
    )


def _add(
    writer: Writer, rule: Rule, firing: Firing, state: SlotState, why: Text | None = None
) -> Slot | None:
    return writer.add_slot(
        Slot(
            id=0,
            workflow=rule.workflow,
            rule=rule.text,
            due_at=firing.instant,
            wall=_moment(firing),
            state=state,
            version=0,
            next_at=firing.instant,
            reason=why,
        )
    )


def _skip(writer: Writer, slot: Slot, why: Text, event: str) -> Slot:
    return writer.change_slot(slot, event=event, state=SlotState.SKIPPED, reason=why)


def _moment(firing: Firing) -> str:
    return f"{firing.wall:%Y-%m-%d %H:%M}"
