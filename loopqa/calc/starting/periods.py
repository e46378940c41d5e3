"""How often to evaluate: the period whose last complete window has enough cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from loopqa.calc.loop.last_window import cases_by_window, last_window
from loopqa.model.window import Window
from loopqa.model.workflow import Period

ENOUGH = 30  #: cases below which a score is only watched

#: Months if they have enough cases, else longer periods, else (nothing is over yet) shorter ones.
ORDER = ("month", "quarter", "year", "week", "day")

#: How far back the first run looks, by period.
HISTORY = {
    "day": Period("week", 4),
    "week": Period("month", 3),
    "month": Period("month", 12),
    "quarter": Period("year", 2),
    "year": Period("year", 5),
}


@dataclass(frozen=True)
class Rhythm:
    """The period of the windows, and where the data end."""

    unit: str
    last: Window | None  #: the last complete window with cases; None: none is over yet
    typical: float  #: cases in the middle one of the complete windows


def rhythm_of(days: Mapping[date, int], ended: date) -> Rhythm:
    """The period in which most complete windows have enough cases.

    Args:
        days: cases by day.
        ended: the last day that is over.

    >>> rhythm_of({date(2026, 3, day): 5 for day in range(1, 29)}, date(2026, 5, 2)).unit
    'month'
    """
    found = [_rhythm(days, unit, ended) for unit in ORDER]
    enough = [one for one in found if one.last is not None and one.typical >= ENOUGH]
    some = [one for one in found if one.last is not None]
    if enough:
        return enough[0]
    return max(some, key=lambda one: one.typical) if some else found[0]


def _rhythm(days: Mapping[date, int], unit: str, ended: date) -> Rhythm:
    complete = cases_by_window(days, Period(unit), ended)
    typical = float(median(complete.values())) if complete else 0.0
    return Rhythm(unit, last_window(days, Period(unit), ended, ENOUGH), typical)
