"""Planted bugs in schedules."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from loopqa.engine.scheduling import keeping
from loopqa.engine.ticking.slots import slot_steps
from loopqa.store import slots
from tests.reliability.simulator.calendar import window_before
from tests.reliability.simulator.planting import Bug, hurry_stage, swap


def _lost_slot(stack: ExitStack) -> None:
    swap(stack, keeping, "_catch_up", lambda _: lambda writer, rule, last: keeping.Kept())


def _early_slot(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        def claim(self: Any, *args: Any, **more: Any) -> Any:
            now = self._now
            self._now = now + timedelta(hours=1)
            try:
                return usual(self, *args, **more)
            finally:
                self._now = now

        return claim

    swap(stack, slots.Slots, "claim_slots", make)
    hurry_stage(stack, slot_steps, timedelta(hours=1))


def _window_of_today(stack: ExitStack) -> None:
    """A slot that is made up for runs for the window before today, not before its own day."""

    def make(usual: Any) -> Any:
        def claim(self: Any, *args: Any, window_of: Any, **more: Any) -> Any:
            def today(slot: Any) -> Any:
                own = window_of(slot)
                unit = {1: "day", 7: "week"}.get(own.days, "month")
                return window_before(self._now.astimezone(ZoneInfo("UTC")).date(), unit)

            return usual(self, *args, window_of=today, **more)

        return claim

    swap(stack, slots.Slots, "claim_slots", make)


def _silent_skip(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        return lambda writer, rule, firing, state, why=None: usual(writer, rule, firing, state)

    swap(stack, keeping, "_add", make)


SLOT_BUGS = (
    Bug("lost slot", "what was missed while nobody ticked has no rows", _lost_slot),
    Bug("early slot", "slots run an hour too early", _early_slot),
    Bug("today's window", "a late slot runs for the window before today", _window_of_today),
    Bug("silent skip", "slots are skipped without a reason", _silent_skip),
)
