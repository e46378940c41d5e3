"""Intervals and bounds of single means and shares, and the difference of two means (Welch).

All from counts and sums. Where a figure can't be told (too few answers, no spread at all) it is
None, never NaN and never an exception.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

from loopqa.model.score import Interval
from loopqa.model.tally import Moments
from loopqa.model.verdict import Change

_NORMAL = NormalDist()
_MANY = 1e7  #: degrees of freedom from which Student's t is the normal distribution to 1e-7


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """Quantile of Student's t with ``df`` degrees of freedom (fractional ones allowed).

    >>> round(t_quantile(0.975, 10), 4)
    2.2281
    """
    if not df < _MANY:
        return normal_quantile(p)
    from scipy.special import stdtrit  # noqa: PLC0415 - 0.1 s that `loopqa --help` need not pay

    return float(stdtrit(df, p))


def t_probability(t: float, df: float) -> float:
    """P(T <= t) of Student's t with ``df`` degrees of freedom."""
    if not df < _MANY:
        return _NORMAL.cdf(t)
    from scipy.special import stdtr  # noqa: PLC0415 - as in t_quantile

    return float(stdtr(df, t))


def two_sided_p(t: float, df: float) -> float:
    """P(|T| >= |t|) of Student's t."""
    return 2.0 * t_probability(-abs(t), df)


def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution.

    >>> round(normal_quantile(0.95), 4)
    1.6449
    """
    return _NORMAL.inv_cdf(p)


def standard_error(moments: Moments) -> float | None:
    """Standard error of a mean; None below two answers and for answers without any spread."""
    if moments.n < 2:
        return None
    variance = spread(moments)
    return math.sqrt(variance / moments.n) if variance > 0 else None


def spread(moments: Moments) -> float:
    """Sample variance with the rounding noise of the sums cut off; 0 below two answers."""
    if moments.n < 2:
        return 0.0
    noise = 1e-13 * abs(moments.squares)  # sums of equal decimals leave about n * 2**-52 behind
    variance = moments.variance
    return variance if variance * (moments.n - 1) > noise else 0.0


def mean_interval(moments: Moments, confidence: float = 0.95) -> Interval | None:
    """Two-sided t interval of a mean; None below two answers or without spread.

    >>> low, high = mean_interval(Moments.of([1.0, 2.0, 3.0, 4.0]))
    >>> round(low, 4), round(high, 4)
    (0.4457, 4.5543)
    """
    error = standard_error(moments)
    if error is None:
        return None
    half = t_quantile(0.5 + confidence / 2, moments.n - 1) * error
    return moments.mean - half, moments.mean + half


def welch(before: Moments, after: Moments, confidence: float = 0.95) -> Change:
    """Difference of means after - before with Welch's interval and two-sided p (Welch 1947).

    >>> change = welch(Moments.of([1.0, 2.0, 3.0, 4.0]), Moments.of([2.0, 3.0, 4.0, 6.0]))
    >>> round(change.difference, 4), round(change.p, 4)
    (1.25, 0.2903)
    """
    if not before.n or not after.n:
        return Change(None, None, None)
    variance, df = welch_variance(before, after)
    return t_change(after.mean - before.mean, math.sqrt(variance), df, confidence)


def welch_variance(before: Moments, after: Moments) -> tuple[float, float]:
    """Variance of a difference of two means, and its degrees of freedom; 0 where it can't be told.

    With one answer on a side, or none, nothing is known of the spread.
    """
    if before.n < 2 or after.n < 2:
        return 0.0, math.inf
    first, second = spread(before) / before.n, spread(after) / after.n
    if first + second <= 0:
        return 0.0, math.inf
    # Shares, so that the squares of tiny variances do not underflow.
    share = first / (first + second)
    spent = share**2 / (before.n - 1) + (1 - share) ** 2 / (after.n - 1)
    return first + second, 1.0 / spent


def t_change(difference: float, error: float, df: float, confidence: float = 0.95) -> Change:
    """A difference with its t interval and two-sided p; without an error there is neither."""
    if not error > 0:
        return Change(difference, None, None)
    half = t_quantile(0.5 + confidence / 2, df) * error
    return Change(
        difference, (difference - half, difference + half), two_sided_p(difference / error, df)
    )


def wilson(k: float, n: float, confidence: float = 0.95) -> Interval | None:
    """Wilson's score interval of a share ``k / n``; None without answers (Wilson 1927).

    >>> low, high = wilson(35, 100)
    >>> round(low, 4), round(high, 4)
    (0.2636, 0.4475)
    """
    if n <= 0:
        return None
    z = normal_quantile(0.5 + confidence / 2)
    share = min(max(k / n, 0.0), 1.0)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    return low, 1.0 if share == 1 else min(1.0, centre + half)


def clopper_pearson(
    k: float, n: float, confidence: float = 0.95, sided: Literal["both", "lower", "upper"] = "both"
) -> Interval | None:
    """Exact interval of a share ``k / n`` (Clopper & Pearson 1934); None without answers.

    ``sided="lower"`` puts the whole error on the lower bound and leaves the upper at 1;
    ``"upper"`` the other way round.

    >>> low, high = clopper_pearson(7, 30, sided="lower")
    >>> round(low, 4), high
    (0.115, 1.0)
    """
    if n <= 0:
        return None
    from scipy.special import betaincinv  # noqa: PLC0415 - as in t_quantile

    tail = (1 - confidence) / 2 if sided == "both" else 1 - confidence
    low = 0.0 if k <= 0 or sided == "upper" else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k >= n or sided == "lower" else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high
