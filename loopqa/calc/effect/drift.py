"""Drift: how much a scope moves by itself, measured from earlier windows.

With a comparison only what moves the scope *apart from* the comparison matters; without one, all
of the scope's own movement over the same lag does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from loopqa.calc.effect.contrast import pooled
from loopqa.calc.effect.fits import Part
from loopqa.calc.intervals import spread
from loopqa.model.verdict import Clusters, Period

FLOOR = 0.05  #: smallest sd of a monthly local shock that is believed, on a 1-5 scale
LEAST_WINDOWS = 6  #: windows from which drift can be measured
MONTH = 365.25 / 12  #: days
USUAL_LAG = 3  #: windows between baseline and follow-up where the dates are not known
LAG_DF = 3.0  #: degrees of freedom of drift measured over a lag
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Point:
    """The level of one window: scope mean, or scope mean minus comparison mean."""

    day: int  #: days from the baseline's start
    level: float
    chance: float  #: sampling variance of ``level`` if answers were independent
    crowding: float = 0.0  #: what is added to it for a unit of the clusters' shock ratio

    def sampling(self, shocks: float) -> float:
        """Sampling variance of the level, clusters' shocks included."""
        return self.chance + shocks * self.crowding


Series = Sequence[Point]
Evidence = Sequence[tuple[Series, float]]
"""Series of several dimensions, with what each counts for."""


def usable(history: Sequence[Period], comparison: bool) -> list[Period]:
    """The windows that have at least two answers in the scope (and in the comparison)."""
    return [
        period
        for period in history
        if pooled(period.scope).n >= 2 and (not comparison or pooled(period.comparison).n >= 2)
    ]


def series(history: Sequence[Period], comparison: bool) -> Series:
    """Levels of usable windows; where dates are not known each window is a month."""
    days = [period.day for period in history]
    known = [day for day in days if day is not None]
    if len(known) < len(history):
        known = [round((place - len(history)) * MONTH) for place in range(len(history))]
    return [_point(period, day, comparison) for period, day in zip(history, known, strict=True)]


def _point(period: Period, day: int, comparison: bool) -> Point:
    arms = [period.scope, period.comparison] if comparison else [period.scope]
    sides = [pooled(arm) for arm in arms]
    level = sides[0].mean - (sides[1].mean if comparison else 0.0)
    chances = [spread(side) / side.n for side in sides]
    crowds = [crowd(arm) for arm in arms]
    return Point(day, level, sum(chances), sum(a * b for a, b in zip(chances, crowds, strict=True)))


def crowd(clusters: Clusters) -> float:
    """Answers in the cluster of a typical answer: sum n^2 / sum n (Kish 1965)."""
    sizes = [one.n for one in clusters.values()]
    return sum(n * n for n in sizes) / sum(sizes)


def local_shock(evidence: Evidence, floor: float, shocks: float = 0.0) -> Part:
    """Variance of the monthly shock that moves the scope apart from the comparison (tau2).

    The mean over the dimensions' own estimates: how far their levels spread, less what sampling
    alone spreads them. ``floor`` is the smallest variance believed, ``shocks`` the clusters' shock
    ratio. Its degrees of freedom are those of a variance as uncertain as this difference is, cut
    at the floor (Satterthwaite 1946; Tobin 1958). At least two points a series are needed.
    """
    weights = [share * (len(points) - 1) for points, share in evidence]
    df = sum(weights)
    every = list(zip(weights, (points for points, _ in evidence), strict=True))
    found = sum(weight * _spread(points) for weight, points in every) / df
    excess = found - sum(weight * _chance(points, shocks) for weight, points in every) / df
    variance = max(floor, excess)
    return Part(variance, min(df, _told_by(variance, found * math.sqrt(2.0 / df), floor - excess)))


def _told_by(variance: float, error: float, cut: float) -> float:
    """Degrees of freedom of a variance with this standard error, cut so far above its estimate."""
    unsure = error**2 * _left_of_variance(cut / error) if error > 0 else 0.0
    return 2.0 * variance**2 / unsure if unsure > 0 else math.inf


def _left_of_variance(cut: float) -> float:
    """Variance of a standard normal that is cut from below: of max(cut, Z)."""
    below, density = _NORMAL.cdf(cut), _NORMAL.pdf(cut)
    mean = cut * below + density
    return max(0.0, cut**2 * below + 1.0 - below + cut * density - mean**2)


def _spread(points: Series) -> float:
    centre = sum(point.level for point in points) / len(points)
    return sum((point.level - centre) ** 2 for point in points) / (len(points) - 1)


def _chance(points: Series, shocks: float) -> float:
    return sum(point.sampling(shocks) for point in points) / len(points)


def lag_drift(evidence: Evidence, lag_days: float, floor: float, shocks: float = 0.0) -> Part:
    """Variance of the scope's own movement over ``lag_days``; ``floor`` is that of one window.

    The mean over the dimensions. Two independent windows differ by twice the variance of one,
    hence ``2 * floor``. A season moves all dimensions alike, so more of them mean less sampling
    error and no more degrees of freedom.
    """
    weight = sum(share for _, share in evidence)
    measured = sum(share * _moved(points, lag_days, shocks) for points, share in evidence) / weight
    return Part(max(2 * floor, measured), LAG_DF)


def _moved(points: Series, lag_days: float, shocks: float) -> float:
    squares = [
        (later.level - earlier.level) ** 2 - later.sampling(shocks) - earlier.sampling(shocks)
        for earlier, later in _apart(points, lag_days)
    ]
    return sum(squares) / len(squares) if squares else 0.0


def _apart(points: Series, lag_days: float) -> list[tuple[Point, Point]]:
    """Pairs of windows that lie the lag apart, to the nearest window.

    A lag so long that fewer than three pairs have it is cut to the longest that three pairs have;
    one that is not known (0) counts as three windows.
    """
    ordered = sorted(points, key=lambda point: point.day)
    step = (ordered[-1].day - ordered[0].day) / (len(ordered) - 1)
    steps = round(lag_days / step) if step > 0 and lag_days > 0 else USUAL_LAG
    steps = min(max(1, steps), max(1, len(ordered) - 3))
    return [
        (earlier, later)
        for earlier in ordered
        for later in ordered
        if abs((later.day - earlier.day) - steps * step) < step / 2
    ]
