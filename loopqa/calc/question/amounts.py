"""Amounts judged by their ratio: which ones can be, what a zero counts, medians beside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.intervals import t_quantile
from loopqa.calc.scoring.quantiles import quantile, quantile_interval
from loopqa.model.score import Interval
from loopqa.model.tally import NEGATIVE_BIN, NUMBER_SCALE, BinCount
from loopqa.model.verdict import Quantile

MOST_ZEROS = 0.10  #: share of zeros above which the mean itself is judged, not the ratio
_LEAST_OF_MEDIAN = 1e-3  #: what is smaller than this part of the median counts as much
_CONFIDENCE = 0.95

Counts = Mapping[float, float]
"""Amount → answers; effective ones (Kish) where they have weights."""


@dataclass(frozen=True)
class Smallest:
    """What amounts without a logarithm, or next to none, are taken for."""

    least: float  #: smallest amount that counts as itself; smaller ones and 0 count as this
    zeros: int  #: answers of 0
    n: int
    negative: bool  #: some amounts are below 0

    @property
    def has_ratio(self) -> bool:
        """Whether geometric means say something about these amounts."""
        return self.n > self.zeros and not self.negative and self.zeros <= MOST_ZEROS * self.n

    def amount(self, row: BinCount) -> float:
        """The amount of a bin's answers: their mean."""
        return max(self.least, mean_of(row))


def mean_of(row: BinCount) -> float:
    """Mean amount of a bin's answers."""
    return row.total / row.n / NUMBER_SCALE


def smallest_of(rows: Iterable[BinCount]) -> Smallest:
    """The smallest positive amount there is, but at least a thousandth of the median.

    So it follows the unit (minutes or hours) and the precision of the data, and a few zeros among
    milliseconds do not become outliers.
    """
    counts: dict[float, int] = {}
    zeros = n = 0
    negative = False
    for row in rows:
        n += row.n
        if row.total == 0:
            zeros += row.n
        elif row.bin == NEGATIVE_BIN:
            negative = True
        else:
            counts[mean_of(row)] = counts.get(mean_of(row), 0) + row.n
    median = quantile(counts, 0.5) or 0.0
    return Smallest(max(min(counts, default=0.0), _LEAST_OF_MEDIAN * median), zeros, n, negative)


def quantile_of(clusters: Sequence[Counts], p: float) -> Quantile:
    """A quantile of all answers with the wider of two 95 % intervals.

    Woodruff's (1952) takes answers as independent and covers 75-88 % where clusters share shocks;
    the t interval among the clusters' own quantiles does not.
    """
    together: dict[float, float] = {}
    for counts in clusters:
        for amount, n in counts.items():
            together[amount] = together.get(amount, 0) + n
    value = quantile(together, p)
    if value is None:
        return Quantile(None)
    candidates = [quantile_interval(together, p, _CONFIDENCE), _among(clusters, value, p)]
    known = [one for one in candidates if one is not None]
    return Quantile(value, max(known, key=lambda one: one[1] - one[0], default=None))


def _among(clusters: Sequence[Counts], value: float, p: float) -> Interval | None:
    """t interval around ``value`` by the spread of the clusters' quantiles."""
    own = [found for counts in clusters if (found := quantile(counts, p)) is not None]
    if len(own) < 2:
        return None
    centre = math.fsum(own) / len(own)
    variance = math.fsum((one - centre) ** 2 for one in own) / (len(own) - 1)
    half = t_quantile(0.5 + _CONFIDENCE / 2, len(own) - 1) * math.sqrt(variance / len(own))
    return value - half, value + half
