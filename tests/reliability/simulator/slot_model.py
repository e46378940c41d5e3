"""Which slots a schedule must have had, from nothing but its rules and when workers looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from loopqa.model.timetable import Slot, SlotState
from loopqa.model.window import Window
from loopqa.store.door import Reader
from tests.reliability.simulator import calendar
from tests.reliability.simulator.definitions import Rule

_TICK = timedelta.resolution


@dataclass
class Era:
    """The time in which one version of the workflow was in force."""

    rule: Rule
    after: datetime | None = None  #: slots later than this are owed; None: nobody looked so far
    until: datetime | None = None  #: up to here workers have looked


@dataclass
class SlotModel:
    """The schedule's bookkeeping: a rule seen for the first time owes nothing for the past."""

    eras: list[Era]
    latest: datetime | None = None  #: the latest instant at which anybody looked
    ran: Counter[Window] = field(default_factory=Counter)

    def edited(self, rule: Rule) -> None:
        """A person changed the schedule."""
        self.eras.append(Era(rule))

    def looked(self, now: datetime) -> None:
        """A worker followed the schedule, and lived to tell."""
        self.latest = max(now, self.latest or now)
        era = self.eras[-1]
        era.after = era.after or self.latest
        era.until = self.latest

    def soon(self, now: datetime) -> list[datetime]:
        """The next instant of the schedule, if it comes within 40 days."""
        later = calendar.slots(self.eras[-1].rule, now, now + 40 * calendar.DAY)
        return list(islice(later, 1))

    def owed(self) -> Iterator[datetime]:
        """Instants that must have a slot."""
        for era in self.eras:
            if era.after is not None and era.until is not None:
                yield from calendar.slots(era.rule, era.after, era.until)

    def window(self, slot: Slot) -> Window:
        """The window that a slot's own day asks for."""
        return self._window_on(slot.due_at)

    def _window_on(self, instant: datetime) -> Window:
        rule = self.eras[0].rule
        day = instant.astimezone(ZoneInfo(rule.zone)).date() - rule.settle * calendar.DAY
        return calendar.window_before(day, rule.unit)

    def running(self, window: Window, now: datetime) -> Iterator[str]:
        """A worker runs a window for a slot; ``now`` is the latest instant so far."""
        self.ran[window] += 1
        rules = {era.rule for era in self.eras}
        if not any(self._asks(rule, window, now) for rule in rules):
            yield f"{window} was run too early"

    def _asks(self, rule: Rule, window: Window, now: datetime) -> bool:
        """Whether a slot up to now asks for this window."""
        over = calendar.instant(window.end, time.min, rule.zone)
        until = min(now, over + 40 * calendar.DAY)
        return any(self._window_on(one) == window for one in calendar.slots(rule, over, until))

    def judge(self, reader: Reader) -> Iterator[str]:
        """What is wrong with the slots there are, and which are missing."""
        slots = reader.slots()
        there = {one.due_at for one in slots}
        told = there.union(*(self._sharing(one) for one in slots))
        for instant in self.owed():
            if instant not in told:
                yield f"slot {instant} was lost"
        if len(there) < len(slots):
            yield "there are two slots of one instant"
        entries = {entry.about: entry for entry in reversed(reader.audit())
                   if entry.event == "slot.claimed"}  # fmt: skip
        for one in slots:
            if one.due_at <= (self.latest or one.due_at):
                claimed = entries.get(f"T-{one.id}")
                yield from self._judge(one, claimed.at if claimed else None)

    def _sharing(self, slot: Slot) -> Iterator[datetime]:
        """The instants that a row stands for: of very many that were missed the oldest share one.

        It names how many they are; one more or fewer would be a slot that is lost.
        """
        count = slot.reason.params.get("n") if slot.reason else None
        if count is not None and slot.state is SlotState.SKIPPED:
            for rule in {era.rule for era in self.eras if era.rule.catch_up != "all"}:
                later = calendar.slots(rule, slot.due_at - _TICK, self.latest or slot.due_at)
                yield from islice(later, count)

    def _judge(self, slot: Slot, claimed: datetime | None) -> Iterator[str]:
        name = f"slot {slot.wall}"
        rules = [era.rule for era in self.eras]
        if not any(_fires(rule, slot.due_at) for rule in rules):
            yield f"{name} is no instant of the schedule"
        if slot.state in {SlotState.PENDING, SlotState.RUNNING}:
            yield f"{name} was never settled: {slot.state}"
        if slot.state is not SlotState.DONE:
            if slot.reason is None:
                yield f"{name} is {slot.state}, and nobody says why"
            if len(rules) == 1 and rules[0].catch_up == "all" and slot.state is SlotState.SKIPPED:
                yield f"{name} was skipped, but all are to be made up for"
            return
        if slot.window != self.window(slot):
            yield f"{name} ran for {slot.window}, not {self.window(slot)}"
        if slot.wave is None or self.window(slot) not in self.ran:
            yield f"{name} is done, but nothing ran"
        if claimed is None or claimed < slot.due_at:
            yield f"{name} ran too early, at {claimed}"
        elif slot.late_seconds != int((claimed - slot.due_at).total_seconds()):
            yield f"{name} is marked {slot.late_seconds} s late; it was taken up at {claimed}"


def _fires(rule: Rule, instant: datetime) -> bool:
    day = instant.astimezone(ZoneInfo(rule.zone)).date()
    return any(calendar.instant(one, rule.at, rule.zone) == instant
               for one in (day - calendar.DAY, day)
               if calendar.runs_on(one, rule.unit))  # fmt: skip
