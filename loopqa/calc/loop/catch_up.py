"""Which of the slots that were missed are made up for, and how those passed over are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from loopqa.calc.loop.slots import Firing, count_slots, slots_after, slots_until

if TYPE_CHECKING:
    from loopqa.model.workflow import Schedule

IN_TIME = timedelta(hours=1)  #: up to this late a slot is run although nothing is made up for
MOST_RUN = 1_000  #: missed slots that are run at most; about three years of days
MOST_SKIPPED = 50  #: missed slots that get a row of their own although they are not run


@dataclass(frozen=True)
class Missed:
    """What became due while nobody ticked."""

    run: tuple[Firing, ...] = ()  #: oldest first
    skipped: tuple[Firing, ...] = ()  #: not run, a row each; oldest first
    passed: tuple[Firing, Firing] | None = None  #: first and last of those that share one row
    n_passed: int = 0  #: how many share it


def missed_slots(rule: Schedule, after: datetime, now: datetime, zone: str) -> Missed:
    """The firings later than ``after`` up to ``now``, sorted by what the rule's ``catch_up`` says.

    ``latest`` runs the last one, ``all`` every one, ``none`` those that are at most an hour late.
    However long nobody ticked, there are at most :data:`MOST_RUN` rows: the oldest share one.
    """
    most = MOST_RUN if rule.catch_up == "all" else MOST_SKIPPED
    recent = takewhile(lambda one: one.instant > after, slots_until(rule, now, zone))
    rows = list(islice(recent, most))[::-1]
    if not rows:
        return Missed()
    before = rows[0].instant - timedelta.resolution
    n_passed = count_slots(rule, after, before, zone) if len(rows) == most else 0
    passed = None
    if n_passed:
        passed = next(slots_after(rule, after, zone)), next(slots_until(rule, before, zone))
    run = _made_up_for(rule.catch_up, rows, now)
    return Missed(run, tuple(rows[: len(rows) - len(run)]), passed, n_passed)


def _made_up_for(catch_up: str, rows: Sequence[Firing], now: datetime) -> tuple[Firing, ...]:
    if catch_up == "all":
        return tuple(rows)
    if catch_up == "latest":
        return tuple(rows[-1:])
    return tuple(one for one in rows if not too_late(one.instant, now))


def too_late(due: datetime, now: datetime) -> bool:
    """Whether a slot is so late that a rule with ``catch_up: none`` lets it go."""
    return now - due > IN_TIME
