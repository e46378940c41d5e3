"""What is usually done instead: four naive ways to say "improved" from two surveys.

Each says improved or worsened where its figure is significant at two-sided 5 % (the mean: where it
differs at all), and otherwise nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loopqa.calc.intervals import normal_quantile, two_sided_p, welch_variance
from loopqa.model.tally import Moments
from loopqa.model.verdict import Outcome

_LEVEL = 0.05

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Arm:
    """Ratings of the flagged dimension before and after; row by row alike where they are paired."""

    before: Array
    after: Array
    paired: bool

    @property
    def change(self) -> float:
        """Difference of the means, after - before."""
        return float(self.after.mean() - self.before.mean())

    @property
    def variance(self) -> float:
        """Sampling variance of the change, answers taken as independent of each other."""
        if self.paired:
            return float((self.after - self.before).var(ddof=1) / len(self.after))
        return float(
            self.before.var(ddof=1) / len(self.before) + self.after.var(ddof=1) / len(self.after)
        )


@dataclass(frozen=True)
class Answers:
    """Scores of one survey on one dimension."""

    customer: Array
    side: Array  #: 1 in the scope, -1 in the comparison, 0 in neither
    score: Array


def arms(before: Answers, after: Answers, *, paired: bool) -> tuple[Arm, Arm]:
    """Scope and comparison, customers matched where the same were asked.

    Every customer after was asked before; those before are in ascending order.
    """
    at = np.searchsorted(before.customer, after.customer) if paired else slice(None)
    return _arm(before, after, at, 1, paired), _arm(before, after, at, -1, paired)


def _arm(before: Answers, after: Answers, at: Any, side: int, paired: bool) -> Arm:
    earlier = before.score[at][before.side[at] == side]
    return Arm(earlier, after.score[after.side == side], paired)


def mean(scope: Arm, comparison: Arm) -> Outcome:
    """The mean went up, so it improved."""
    return _claim(scope.change, 0.0)


def t_test(scope: Arm, comparison: Arm) -> Outcome:
    """Welch's t-test, or the paired one."""
    return _claim(scope.change, t_test_p(scope))


def rank_test(scope: Arm, comparison: Arm) -> Outcome:
    """Mann and Whitney's test, or Wilcoxon's signed ranks."""
    z = signed_rank_z(scope) if scope.paired else rank_sum_z(scope)
    return _claim(z, two_sided_p(z, math.inf))


def differences(scope: Arm, comparison: Arm) -> Outcome:
    """Plain difference in differences with a z-test."""
    error = math.sqrt(scope.variance + comparison.variance)
    if not error > 0:
        return Outcome.INCONCLUSIVE
    z = (scope.change - comparison.change) / error
    return _claim(z, 1.0 if abs(z) < normal_quantile(1 - _LEVEL / 2) else 0.0)


Practice = Callable[[Arm, Arm], Outcome]

#: in the order of the table
PRACTICES: Mapping[str, Practice] = {
    "mean": mean,
    "t-test": t_test,
    "rank test": rank_test,
    "plain difference in differences": differences,
}
NEEDS_COMPARISON = frozenset({"plain difference in differences"})


def t_test_p(scope: Arm) -> float:
    """Two-sided p of the change; 1 where nothing varies."""
    if not scope.variance > 0:
        return 1.0
    df = float(len(scope.after) - 1)
    if not scope.paired:
        df = welch_variance(Moments.of(scope.before.tolist()), Moments.of(scope.after.tolist()))[1]
    return two_sided_p(scope.change / math.sqrt(scope.variance), df)


def rank_sum_z(scope: Arm) -> float:
    """Mann and Whitney's statistic, normal approximation with ties and continuity."""
    n, m = len(scope.before), len(scope.after)
    ranks, ties = _ranks(np.concatenate([scope.before, scope.after]))
    above = ranks[n:].sum() - m * (m + 1) / 2 - n * m / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    return _standard(above, max(0.0, abs(above) - 0.5), variance)


def signed_rank_z(scope: Arm) -> float:
    """Wilcoxon's statistic, unchanged pairs left out, normal approximation with ties."""
    moved = scope.after - scope.before
    moved = moved[moved != 0]
    n = len(moved)
    if not n:
        return 0.0
    ranks, ties = _ranks(np.abs(moved))
    above = ranks[moved > 0].sum() - n * (n + 1) / 4
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    return _standard(above, abs(above), variance)


def _ranks(values: Array) -> tuple[Array, float]:
    """Mid-ranks, and the sum of t^3 - t over ties of t values."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    return middle[place], float((counts.astype(float) ** 3 - counts).sum())


def _standard(signed: float, size: float, variance: float) -> float:
    return math.copysign(size / math.sqrt(variance), signed) if variance > 0 else 0.0


def _claim(direction: float, p: float) -> Outcome:
    if direction == 0 or p >= _LEVEL:
        return Outcome.INCONCLUSIVE
    return Outcome.IMPROVED if direction > 0 else Outcome.WORSENED
