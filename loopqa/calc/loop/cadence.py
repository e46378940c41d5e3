"""Over which days a dimension is measured that has a slower pace than its workflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import window_of
from loopqa.model.window import Window

if TYPE_CHECKING:
    from loopqa.model.rubric import Rubric


@dataclass(frozen=True)
class Pace:
    """What a run of one window measures beside the window itself."""

    window: Window
    periods: dict[str, Window]  #: dimension → longer period that ends in the window
    carried: dict[str, Window]  #: dimension → its last period, which ended before the window began

    @property
    def plain(self) -> bool:
        """Whether every dimension is measured over the window."""
        return not self.periods and not self.carried

    @property
    def reach(self) -> Window:
        """All days that are looked at."""
        first = min((one.start for one in self.periods.values()), default=self.window.start)
        return Window(min(first, self.window.start), self.window.end)


def pace_of(rubric: Rubric, window: Window) -> Pace:
    """Which dimensions are due in a window, and over which period they are measured.

    A dimension with a ``cadence`` is measured over the last whole period that ends with the window
    or before. Where that period ended before the window began, nothing is due. A cadence that is
    not longer than the window changes nothing.
    """
    periods: dict[str, Window] = {}
    carried: dict[str, Window] = {}
    for dimension in rubric.dimensions:
        period = last_period(window, dimension.cadence) if dimension.cadence else window
        if period.days <= window.days:
            continue
        (periods if period.end >= window.start else carried)[dimension.id] = period
    return Pace(window, periods, carried)


def last_period(window: Window, unit: str) -> Window:
    """The last whole calendar period that ends with ``window`` or before.

    >>> str(last_period(Window.parse("2026-05-01..2026-05-31"), "quarter"))
    '2026-01-01..2026-03-31'
    >>> str(last_period(Window.parse("2026-06-01..2026-06-30"), "quarter"))
    '2026-04-01..2026-06-30'
    """
    period = window_of(window.end, unit)
    return period if period.end <= window.end else window_of(period.start - timedelta(days=1), unit)
