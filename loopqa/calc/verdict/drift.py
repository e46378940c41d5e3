"""Drift: how much a scope moves by itself, measured from earlier windows.

With a comparison only what moves the scope *apart from* the comparison matters; without one, all
of the scope's own movement over the same lag does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loopqa.calc.intervals import spread
from loopqa.calc.verdict.contrast import pooled
from loopqa.calc.verdict.fits import Part
from loopqa.model.tally import Moments
from loopqa.model.verdict import Period

FLOOR = 0.05  #: smallest sd of a monthly local shock that is believed, on a 1-5 scale
LEAST_WINDOWS = 6  #: windows from which drift can be measured
_MONTH = 365.25 / 12
_USUAL_LAG = 3  #: windows between baseline and follow-up where the dates are not known
LAG_DF = 3.0  #: degrees of freedom of drift measured over a lag


@dataclass(frozen=True)
class Point:
    """The level of one window: scope mean, or scope mean minus comparison mean."""

    day: int  #: days from the baseline's start
    level: float
    sampling: float  #: sampling variance of ``level``


def usable(history: Sequence[Period], comparison: bool) -> list[Period]:
    """The windows that have at least two answers in the scope (and in the comparison)."""
    return [
        period
        for period in history
        if pooled(period.scope).n >= 2 and (not comparison or pooled(period.comparison).n >= 2)
    ]


def series(history: Sequence[Period], comparison: bool) -> list[Point]:
    """Levels of usable windows; where dates are not known each window is a month."""
    days = [period.day for period in history]
    known = [day for day in days if day is not None]
    if len(known) < len(history):
        known = [round((place - len(history)) * _MONTH) for place in range(len(history))]
    return [_point(period, day, comparison) for period, day in zip(history, known, strict=True)]


def _point(period: Period, day: int, comparison: bool) -> Point:
    sides = [pooled(period.scope)] + ([pooled(period.comparison)] if comparison else [])
    level = sides[0].mean - (sides[1].mean if comparison else 0.0)
    return Point(day, level, sum(_sampling(side) for side in sides))


def _sampling(moments: Moments) -> float:
    return spread(moments) / moments.n


def local_shock(points: Sequence[Point], floor: float) -> Part:
    """Variance of the monthly shock that moves the scope apart from the comparison (tau2).

    ``floor`` is the smallest variance believed. At least two points are needed.
    """
    df = len(points) - 1
    centre = sum(point.level for point in points) / len(points)
    total = sum((point.level - centre) ** 2 for point in points) / df
    mean_sampling = sum(point.sampling for point in points) / len(points)
    return Part(max(floor, total - mean_sampling), df)


def lag_drift(points: Sequence[Point], lag_days: float, floor: float) -> Part:
    """Variance of the scope's own movement over ``lag_days``; ``floor`` is that of one window.

    Two independent windows differ by twice the variance of one, hence ``2 * floor``.
    """
    squares = [
        (later.level - earlier.level) ** 2 - later.sampling - earlier.sampling
        for earlier, later in _apart(points, lag_days)
    ]
    measured = sum(squares) / len(squares) if squares else 0.0
    return Part(max(2 * floor, measured), LAG_DF)


def _apart(points: Sequence[Point], lag_days: float) -> list[tuple[Point, Point]]:
    """Pairs of windows that lie the lag apart, to the nearest window.

    A lag so long that fewer than three pairs have it is cut to the longest that three pairs have;
    one that is not known (0) counts as three windows.
    """
    ordered = sorted(points, key=lambda point: point.day)
    step = (ordered[-1].day - ordered[0].day) / (len(ordered) - 1)
    steps = round(lag_days / step) if step > 0 and lag_days > 0 else _USUAL_LAG
    steps = min(max(1, steps), max(1, len(ordered) - 3))
    return [
        (earlier, later)
        for earlier in ordered
        for later in ordered
        if abs((later.day - earlier.day) - steps * step) < step / 2
    ]


def covers_a_year(points: Sequence[Point]) -> bool:
    """Whether the windows span twelve months, so that a season has been seen once."""
    days = [point.day for point in points]
    return max(days) - min(days) >= 11 * _MONTH - 5 and len(points) >= LEAST_WINDOWS
