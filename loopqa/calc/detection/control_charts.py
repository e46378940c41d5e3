"""Control charts: has the process moved by more than it always does from window to window?

XmR charts for means, and Laney's p' charts for shares. Both take their limits from the real
movement between windows; the classical p chart takes them from the binomial distribution alone
and raises a false alarm in nearly every year once there are hundreds of answers a window. Two
rules: a point outside the limits, and eight in a row on the bad side of the centre line. No zone
rules: they are not made for averages of answers.

Measured with independent normal windows and limits from 12 of them: some signal in the next 12
windows where nothing happened in 15 % (first rule) and 20 % (both rules), half of these on the bad
side; a drop of one standard deviation is seen in 12 windows in 60 %. (Shewhart 1931; Nelson 1984;
Laney 2002.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from loopqa.calc.intervals import t_probability
from loopqa.model.score import Interval

SHOWN_FROM = 8  #: earlier windows from which limits are drawn at all
JUDGED_FROM = 12  #: earlier windows from which a signal counts
SETTLED_FROM = 20  #: windows behind the limits from which they are no longer provisional
MOST = 24  #: limits come from this many windows at most: older ones were another process
RUN = 8  #: so many in a row on the bad side of the centre line are a signal

_D2 = 1.128  #: mean range of two normal values, in standard deviations
_SIGMAS = 3.0  #: 3 / 1.128 = 2.66 mean moving ranges


class Point(NamedTuple):
    """One window of a cell."""

    value: float
    n: int  #: answers behind it


class Rule(StrEnum):
    """Which rule a window broke."""

    LIMIT = "limit"  #: outside the limits
    RUN = "run"  #: the eighth in a row on the bad side of the centre line


@dataclass(frozen=True)
class Limits:
    """What a process does when nothing special happens."""

    centre: float
    sigma: float  #: of a window; for shares in standard errors of its binomial share
    k: int  #: windows behind it
    share: bool  #: a p' chart: the limits hang on each window's n

    @property
    def provisional(self) -> bool:
        """Whether too few windows lie behind the limits to rely on them."""
        return self.k < SETTLED_FROM

    def at(self, n: int) -> Interval:
        """Lower and upper limit for a window with ``n`` answers."""
        half = _SIGMAS * self.scale(n)
        if not self.share:
            return self.centre - half, self.centre + half
        return max(0.0, self.centre - half), min(1.0, self.centre + half)

    def scale(self, n: int) -> float:
        """Standard deviation of a window with ``n`` answers."""
        return self.sigma * (_binomial(self.centre, n) if self.share else 1.0)


@dataclass(frozen=True)
class Judged:
    """The latest window held against the windows before it."""

    limits: Limits
    low: float  #: lower limit of this window
    high: float
    rule: Rule | None  #: the rule it broke on the bad side
    p: float  #: one-sided: so far out on the bad side by chance


def xmr(points: Sequence[Point]) -> Limits | None:
    """Limits of an individuals chart: centre ± 2.66 mean moving ranges (Shewhart; Wheeler).

    None for fewer than two windows, and for windows that never moved: they set no limits.

    >>> limits = xmr([Point(3.0, 50), Point(3.2, 50), Point(3.1, 50)])
    >>> [round(bound, 3) for bound in limits.at(50)]
    [2.701, 3.499]
    """
    values = [point.value for point in points]
    sigma = _moving_range(values) / _D2
    return Limits(fmean(values), sigma, len(values), share=False) if sigma > 0 else None


def laney(points: Sequence[Point]) -> Limits | None:
    """Limits of a p' chart for shares 0..1 (Laney 2002, Quality Engineering 14:531).

    Each window's distance from the common share is measured in its own binomial standard errors;
    the moving range of these distances says by how much more the process moves than that.

    >>> limits = laney([Point(0.20, 400), Point(0.24, 500), Point(0.21, 450)])
    >>> round(limits.sigma, 2)
    1.62
    """
    answers = sum(point.n for point in points)
    share = math.fsum(point.value * point.n for point in points) / answers if answers else 0.0
    if not 0 < share < 1:
        return None
    sigma = _moving_range([(one.value - share) / _binomial(share, one.n) for one in points]) / _D2
    return Limits(share, sigma, len(points), share=True) if sigma > 0 else None


def baseline(points: Sequence[Point]) -> Sequence[Point]:
    """The windows that set the limits for the last one; it is never among them itself.

    The last eight are left out as soon as twelve others remain, so that a lasting change does not
    move the limits it is held against before it has had eight windows to show.
    """
    before = len(points) - 1
    end = max(min(before, JUDGED_FROM), len(points) - RUN)
    return points[max(0, end - MOST) : end]


def limits_of(points: Sequence[Point], *, share: bool = False) -> Limits | None:
    """Limits for the last window; None with fewer than eight windows before it."""
    if len(points) - 1 < SHOWN_FROM:
        return None
    return laney(baseline(points)) if share else xmr(baseline(points))


def judged(points: Sequence[Point], *, share: bool = False) -> Judged | None:
    """The last window against those before it; None with fewer than twelve of them.

    Bad is down for scores and up for shares (of low answers).
    """
    limits = limits_of(points, share=share)
    if limits is None or len(points) - 1 < JUDGED_FROM:
        return None
    low, high = limits.at(points[-1].n)
    bad = 1.0 if share else -1.0
    out = [bad * (point.value - limits.centre) for point in points]
    beyond = points[-1].value > high if share else points[-1].value < low
    rule = Rule.LIMIT if beyond else Rule.RUN if _is_run(out, limits.k) else None
    return Judged(limits, low, high, rule, _p(limits, out[-1] / limits.scale(points[-1].n)))


def _is_run(out: Sequence[float], k: int) -> bool:
    """Whether the last eight lie on the bad side, none of them among the windows of the limits."""
    return len(out) - k >= RUN and all(one > 0 for one in out[-RUN:])


def _p(limits: Limits, distance: float) -> float:
    """P(so far on the bad side) for a new window, the limits themselves being estimates."""
    error = math.sqrt(1 + 1 / limits.k)
    return t_probability(-distance / error, moving_range_df(limits.k))


def moving_range_df(k: int) -> float:
    """Degrees of freedom of a standard deviation from the moving ranges of ``k`` values.

    From its relative variance for normal values (Cryer & Ryan 1990, Journal of Quality Technology
    22:187; a simulation agrees).

    >>> round(moving_range_df(20), 1)
    11.7
    """
    return (k - 1) ** 2 / (2 * (0.8264 * k - 1.082))


def _moving_range(values: Sequence[float]) -> float:
    """Mean distance of neighbours, free of rounding noise; 0 where there are none."""
    ranges = [abs(after - before) for before, after in pairwise(values)]
    mean = fmean(ranges) if ranges else 0.0
    return mean if mean > 1e-9 else 0.0


def _binomial(share: float, n: int) -> float:
    return math.sqrt(share * (1 - share) / max(n, 1))
