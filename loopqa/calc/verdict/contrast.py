"""Team contrasts: change in the scope minus change in the comparison, from sums by cluster.

The unit of analysis is the cluster (team), because answers of one team share shocks: Donald & Lang
(2007), Cameron & Miller (2015). Where the clusters happen to vary less than single answers do,
the variance of single answers is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.intervals import spread
from loopqa.calc.verdict.fits import Part
from loopqa.model.tally import Moments
from loopqa.model.verdict import Clusters, PairMoments, Period

_LEAST_DF = 30.0  #: degrees of freedom granted to the variance of single answers


@dataclass(frozen=True)
class ClusterChange:
    """The change of one cluster; its variance is (variance of one answer) / ``weight``."""

    delta: float
    weight: float
    deviations: float  #: sum of squared deviations of single answers (or pairs) within the cluster
    df: float  #: degrees of freedom of ``deviations``


@dataclass(frozen=True)
class Contrast:
    """Change in scope minus change in comparison, before any drift or flag correction."""

    estimate: float  #: points
    sampling: Part  #: sampling variance of ``estimate``
    scope_variance: float  #: the scope's part of it
    follow_up: float = 1.0  #: share of the sampling variance that more follow-up answers reduce
    clusters: int = 0  #: clusters that took part, both arms


def unpaired(before: Clusters, after: Clusters) -> list[ClusterChange]:
    """Changes of the clusters with answers in both periods, each period a sample of its own."""
    return [
        _unpaired_cluster(before[name], after[name])
        for name in sorted(before.keys() & after.keys())
        if before[name].n > 0 and after[name].n > 0
    ]


def _unpaired_cluster(before: Moments, after: Moments) -> ClusterChange:
    return ClusterChange(
        after.mean - before.mean,
        1.0 / (1.0 / after.n + 1.0 / before.n),
        spread(before) * max(0.0, before.n - 1) + spread(after) * max(0.0, after.n - 1),
        max(0.0, before.n - 1) + max(0.0, after.n - 1),
    )


def paired(pairs: Mapping[str, PairMoments], rho: float = 1.0) -> list[ClusterChange]:
    """Changes of the clusters' customers from ``rho`` times their earlier score to their later one.

    ``rho`` 1 is the plain paired difference. A smaller one allows for regression to the mean; the
    part ``(1 - rho) * mean`` is left to :func:`towards`.
    """
    return [_paired_cluster(pairs[name], rho) for name in sorted(pairs) if pairs[name].n > 0]


def _paired_cluster(pairs: PairMoments, rho: float) -> ClusterChange:
    residuals = Moments(
        pairs.n,
        pairs.after - rho * pairs.before,
        pairs.after_squares - 2 * rho * pairs.products + rho * rho * pairs.before_squares,
    )
    df = max(0.0, pairs.n - 1)
    return ClusterChange(residuals.mean, pairs.n, spread(residuals) * df, df)


def pooled(clusters: Clusters) -> Moments:
    """All answers of an arm together."""
    return sum(clusters.values(), Moments())


def pooled_pairs(pairs: Mapping[str, PairMoments]) -> PairMoments:
    """All customers of an arm together."""
    return sum(pairs.values(), PairMoments())


def pooled_periods(periods: Sequence[Period]) -> Period:
    """Several windows as one, cluster by cluster."""
    return Period(
        _added([period.scope for period in periods]),
        _added([period.comparison for period in periods]),
    )


def _added(many: Sequence[Clusters]) -> dict[str, Moments]:
    total: dict[str, Moments] = {}
    for clusters in many:
        for name, moments in clusters.items():
            total[name] = total.get(name, Moments()) + moments
    return total


def mean_change(arm: Sequence[ClusterChange]) -> float:
    """Weighted mean change of an arm."""
    return sum(one.weight * one.delta for one in arm) / sum(one.weight for one in arm)


def contrast(
    scope: Sequence[ClusterChange], comparison: Sequence[ClusterChange], follow_up: float = 1.0
) -> Contrast | None:
    """The scope's mean change minus the comparison's; None where no variance can be told.

    ``comparison`` may be empty: then it is the scope's change alone. The variance of one answer is
    the larger of the one among cluster means (df: clusters - arms) and the one within clusters.
    """
    arms = [arm for arm in (scope, comparison) if arm]
    if not scope:
        return None
    estimate = mean_change(scope) - (mean_change(comparison) if comparison else 0.0)
    per_answer = _per_answer(arms)
    if per_answer.variance <= 0:
        return None
    scope_variance = per_answer.variance / sum(one.weight for one in scope)
    variance = sum(per_answer.variance / sum(one.weight for one in arm) for arm in arms)
    return Contrast(
        estimate,
        Part(variance, per_answer.df),
        scope_variance,
        follow_up,
        sum(len(arm) for arm in arms),
    )


def _per_answer(arms: Sequence[Sequence[ClusterChange]]) -> Part:
    """Variance of one answer, with its degrees of freedom."""
    among = among_clusters(arms)
    df = sum(one.df for arm in arms for one in arm)
    within = sum(one.deviations for arm in arms for one in arm) / df if df > 0 else 0.0
    if among.df > 0 and among.variance > within:
        return among
    if among.df > 0:  # clusters are known, so the single answers' df would claim too much
        df = max(among.df, min(df, _LEAST_DF))
    return Part(within, df)


def among_clusters(arms: Sequence[Sequence[ClusterChange]]) -> Part:
    """Variance of one answer as the changes of the clusters tell it; df 0 where they can't."""
    df = sum(len(arm) for arm in arms) - len(arms)
    if df <= 0:
        return Part(0.0, 0.0)
    total = 0.0
    for arm in arms:
        centre = mean_change(arm)
        total += sum(one.weight * (one.delta - centre) ** 2 for one in arm)
    return Part(total / df, df)
