"""Quantiles of counted values, and the order-statistic interval of one (Woodruff 1952)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

from loopqa.calc.intervals import normal_quantile
from loopqa.model.score import Interval


def quantile(counts: Mapping[float, float], p: float) -> float | None:
    """Quantile by linear interpolation between neighbours (numpy's default); None without values.

    >>> quantile({1.0: 2, 2.0: 1, 10.0: 1}, 0.5)
    1.5
    """
    ordered = _Ordered(counts)
    if not ordered.n:
        return None
    position = (ordered.n - 1) * p
    below = math.floor(position)
    first, second = ordered[below + 1], ordered[below + 2]
    return first + (second - first) * (position - below)


def quantile_interval(
    counts: Mapping[float, float], p: float, confidence: float = 0.95
) -> Interval | None:
    """The two ordered values between which the quantile lies; None below two values."""
    ordered = _Ordered(counts)
    if ordered.n < 2:
        return None
    z = normal_quantile(0.5 + confidence / 2)
    half = z * math.sqrt(ordered.n * p * (1 - p))
    centre = ordered.n * p
    return ordered[math.floor(centre - half)], ordered[math.ceil(centre + half) + 1]


class _Ordered:
    """Counted values as if they lay sorted in a row, numbered from 1; ends are repeated."""

    def __init__(self, counts: Mapping[float, float]) -> None:
        self.values = sorted(value for value, n in counts.items() if n > 0)
        self.ends = list(accumulate(counts[value] for value in self.values))
        self.n = self.ends[-1] if self.ends else 0  #: answers; effective ones of a weighted sample

    def __getitem__(self, rank: int) -> float:
        return self.values[bisect_left(self.ends, min(max(rank, 1), self.n))]
