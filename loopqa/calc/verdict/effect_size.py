"""Effect size: how often a later answer beats an earlier one, straight from two histograms."""

from __future__ import annotations

import math
from collections.abc import Mapping

from loopqa.calc.intervals import t_quantile
from loopqa.model.verdict import EffectSize

Counts = Mapping[float, float]
"""Answers by points; effective ones (Kish) where they have weights."""


def superiority(before: Counts, after: Counts, confidence: float = 0.95) -> EffectSize:
    """P(after > before) + P(tie)/2 with the interval of Brunner & Munzel (2000).

    The statistic equals the one from single answers, whose mid-ranks are constant within a level.
    No interval below two answers a side, or where all ranks of both sides are equal.

    >>> round(superiority({1: 5, 2: 3}, {1: 2, 2: 6}).p_superiority, 4)
    0.6875
    """
    n, m = sum(before.values()), sum(after.values())
    if n <= 0 or m <= 0:
        return EffectSize(None, None)
    # Placement of a level: the share of the other side below it, ties counted half.
    of_after = _placements(after, before, n)
    of_before = _placements(before, after, m)
    share = sum(count * of_after[level] for level, count in after.items()) / m
    if n < 2 or m < 2:
        return EffectSize(share, None)
    parts = (_variance(after, of_after) / m, _variance(before, of_before) / n)
    total = sum(parts)
    if total <= 0:
        return EffectSize(share, None)
    df = total**2 / (parts[0] ** 2 / (m - 1) + parts[1] ** 2 / (n - 1))
    half = t_quantile(0.5 + confidence / 2, df) * math.sqrt(total)
    return EffectSize(share, (max(0.0, share - half), min(1.0, share + half)))


def _placements(of: Counts, among: Counts, total: float) -> dict[float, float]:
    return {
        level: (
            sum(count for other, count in among.items() if other < level) + among.get(level, 0) / 2
        )
        / total
        for level in of
    }


def _variance(counts: Counts, placements: Mapping[float, float]) -> float:
    n = sum(counts.values())
    mean = sum(count * placements[level] for level, count in counts.items()) / n
    return sum(count * (placements[level] - mean) ** 2 for level, count in counts.items()) / (n - 1)
