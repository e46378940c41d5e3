"""Low scorers asked again: what part of their rise is only regression to the mean.

Customers picked for a low answer answer higher next time without any improvement:
E[later | earlier] = rho * earlier + (1 - rho) * mean (Galton; Davis 1976; Barnett, van der Pols &
Dobson 2005). Only the rise beyond that line can be an effect.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loopqa.calc.effect.contrast import ClusterChange, paired, pooled, pooled_pairs
from loopqa.calc.intervals import normal_quantile, spread
from loopqa.model.tally import Moments
from loopqa.model.verdict import Clusters, PairMoments

RHO_RANGE = (0.2, 0.7)  #: retest correlations of service ratings, where none was measured
_LEAST_RETESTS = 10
RHO_CONFIDENCE = 0.90


@dataclass(frozen=True)
class Line:
    """The range of retest correlations in force, and whether it was measured."""

    low: float
    high: float
    measured: bool
    df: float = math.inf  #: of the correlation, where it was measured

    @property
    def values(self) -> tuple[float, float, float]:
        """Both ends and the middle: the estimate is linear in rho."""
        return self.low, (self.low + self.high) / 2, self.high


def retest_line(*groups: PairMoments) -> Line:
    """Fisher's 90 % interval of the retest correlation; the usual range below ten retests.

    Correlated within ``groups``, whose means may differ.
    """
    r = correlation(*groups)
    known = [pairs.n for pairs in groups if pairs.n > 1]
    df = sum(known) - len(known) - 2
    if r is None or sum(known) < _LEAST_RETESTS or df <= 0:
        return Line(*RHO_RANGE, measured=False)
    half = normal_quantile(0.5 + RHO_CONFIDENCE / 2) / math.sqrt(df)
    z = math.atanh(min(max(r, -0.99), 0.99))
    low, high = math.tanh(z - half), math.tanh(z + half)
    return Line(min(max(low, 0.0), 0.95), min(max(high, 0.0), 0.95), measured=True, df=df)


def correlation(*groups: PairMoments) -> float | None:
    """Pearson's correlation of earlier and later scores within groups; None without spread."""
    known = [pairs for pairs in groups if pairs.n > 1]
    before = sum(_squares(pairs.n, pairs.before, pairs.before_squares) for pairs in known)
    after = sum(_squares(pairs.n, pairs.after, pairs.after_squares) for pairs in known)
    if before <= 0 or after <= 0:
        return None
    together = sum(pairs.products - pairs.before * pairs.after / pairs.n for pairs in known)
    return together / math.sqrt(before * after)


def _squares(n: int, total: float, squares: float) -> float:
    return spread(Moments(n, total, squares)) * (n - 1)


def beyond_regression(
    pairs: Mapping[str, PairMoments], levels: Clusters, rho: float
) -> list[ClusterChange]:
    """Changes of low scorers beyond regression to the mean of everybody in their cluster.

    ``levels`` are the clusters' scores of *all* customers, satisfied ones included.
    """
    means = cluster_means(levels)
    overall = pooled(levels).mean
    names = [name for name in sorted(pairs) if pairs[name].n > 0]
    return [
        replace(one, delta=one.delta - (1 - rho) * means.get(name, overall))
        for name, one in zip(names, paired(pairs, rho), strict=True)
    ]


def cluster_means(levels: Clusters) -> dict[str, float]:
    """Cluster means shrunk towards the arm's mean as far as chance made them differ."""
    known = {name: moments for name, moments in levels.items() if moments.n > 0}
    overall = pooled(known).mean
    real = _variance_among(list(known.values()), overall)
    within = _variance_within(list(known.values()))
    shares = {name: _trust(real, within / moments.n) for name, moments in known.items()}
    return {name: overall + shares[name] * (known[name].mean - overall) for name in known}


def _trust(real: float, chance: float) -> float:
    return real / (real + chance) if real > 0 else 0.0


def _variance_within(clusters: Sequence[Moments]) -> float:
    df = sum(moments.n - 1 for moments in clusters)
    return sum(spread(moments) * (moments.n - 1) for moments in clusters) / df if df > 0 else 0.0


def _variance_among(clusters: Sequence[Moments], overall: float) -> float:
    """Variance of true cluster means (DerSimonian & Laird's moment estimator); 0 at least."""
    if len(clusters) < 2:
        return 0.0
    total = sum(moments.n for moments in clusters)
    spread_out = sum(moments.n * (moments.mean - overall) ** 2 for moments in clusters)
    chance = (len(clusters) - 1) * _variance_within(clusters)
    effective = total - sum(moments.n**2 for moments in clusters) / total
    return max(0.0, (spread_out - chance) / effective) if effective > 0 else 0.0


def expected_gain(scope: Mapping[str, PairMoments], levels: Clusters, rho: float) -> float | None:
    """Rise of the low scorers that regression to the mean alone explains, in points."""
    pairs = pooled_pairs(scope)
    everybody = pooled(levels)
    if not pairs.n or not everybody.n:
        return None
    return (1 - rho) * (everybody.mean - pairs.before / pairs.n)
