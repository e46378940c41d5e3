"""Where data end: the last whole period that has enough cases to say something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from loopqa.calc.loop.calendar import add_period, window_of
from loopqa.model.window import Window
from loopqa.model.workflow import Period

TRICKLE = 0.1  #: of the cases of the fullest period


def cases_by_window(days: Mapping[date, int], period: Period, ended: date) -> Counter[Window]:
    """Cases in each whole period that is over by the end of the day ``ended``.

    With ``count`` above 1 a period ends with every single unit.
    """
    found: Counter[Window] = Counter()
    for day, n in days.items():
        last = window_of(day, period.unit)
        for later in range(period.count):
            end = add_period(last.start, Period(period.unit), later + 1)
            window = Window(add_period(end, period, -1), add_period(end, Period("day"), -1))
            if window.end <= ended:
                found[window] += n
    return found


def last_window(
    days: Mapping[date, int], period: Period, ended: date, enough: int
) -> Window | None:
    """The latest whole period with ``enough`` cases; without one, the latest with any case.

    Exports often end in a trickle of late cases: a period with less than a tenth of the fullest
    one's cases is not enough either.

    >>> days = {date(2016, 5, 3): 40, date(2016, 6, 1): 2}
    >>> str(last_window(days, Period("month"), date(2026, 1, 1), 30))
    '2016-05-01..2016-05-31'
    """
    found = cases_by_window(days, period, ended)
    least = max(enough, TRICKLE * max(found.values(), default=0))
    full = [window for window, n in found.items() if n >= least]
    return max(full or found, default=None)
