"""Team contrasts: change in the scope minus change in the comparison, from sums by cluster.

Answers of one cluster (team) share its good and bad months, so a mean is less sure than its number
of answers says: Donald & Lang (2007), Cameron & Miller (2015). How much less is one number, the
variance of a cluster's monthly shock over that of one answer. A handful of clusters tells it badly;
earlier windows and other dimensions, where nothing was done either, tell it as well
(:mod:`loopqa.calc.effect.shocks`), so all of them are asked (Searle, Casella & McCulloch 1992,
chapter 3; Smyth 2004 for borrowing variances).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.effect.fits import Part
from loopqa.calc.intervals import spread
from loopqa.model.tally import Moments
from loopqa.model.verdict import Clusters, PairMoments, Period


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
    shocks: float = 0.0  #: variance of a cluster's shock in one window over that of one answer


def unpaired(before: Clusters, after: Clusters) -> list[ClusterChange]:
    """Changes of the clusters with answers in both periods, each period a sample of its own."""
    return [
        _unpaired_cluster(before[name], after[name])
        for name in sorted(before.keys() & after.keys())
        if before[name].n > 0 and after[name].n > 0
    ]


def _unpaired_cluster(before: Moments, after: Moments) -> ClusterChange:
    earlier, later = max(0.0, before.n - 1), max(0.0, after.n - 1)
    return ClusterChange(
        after.mean - before.mean,
        1.0 / (1.0 / after.n + 1.0 / before.n),
        spread(before) * earlier + spread(after) * later,
        earlier + later,
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
    return _sum(clusters.values())


def _sum(many: Iterable[Moments]) -> Moments:
    n, total, squares = 0.0, 0.0, 0.0
    for one in many:
        n, total, squares = n + one.n, total + one.total, squares + one.squares
    return Moments(n, total, squares)


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
    names = dict.fromkeys(name for clusters in many for name in clusters)
    return {name: _sum(one[name] for one in many if name in one) for name in names}


def mean_change(arm: Sequence[ClusterChange]) -> float:
    """Weighted mean change of an arm."""
    return sum(one.weight * one.delta for one in arm) / sum(one.weight for one in arm)


@dataclass(frozen=True)
class Trace:
    """What the spread of cluster changes tells of the clusters' shocks, in one comparison.

    On average ``excess`` is ``reach`` times the variance of a shock over that of one answer.
    """

    excess: float  #: variance of one answer as clusters tell it, over that within them, less 1
    reach: float  #: shocks in a change, times the answers that a typical cluster weighs
    df: float  #: of the clusters, smaller where the evidence is not the question's own


@dataclass(frozen=True)
class Shocks:
    """Variance of a cluster's shock in one window, over that of one answer."""

    ratio: float
    information: float  #: 2 / information is about the variance of ``ratio``

    def df(self, reach: float) -> float:
        """Degrees of freedom of a variance that ``ratio`` enters ``reach``-fold."""
        return self.information / reach**2 if reach > 0 else math.inf


#: Teams of services move by about a seventh of an answer's sd from month to month. This counts as
#: much as seven clusters of ten answers: it settles nothing where there is evidence, and steadies
#: the verdict where a few tiny clusters are all there is.
_USUAL = Trace(excess=0.2, reach=10.0, df=7.0)

Arms = Sequence[Sequence[ClusterChange]]


def trace(arms: Arms, spells: float) -> Trace | None:
    """The trace of one comparison; None where its clusters tell nothing.

    ``spells`` is the number of one-window shocks in a change: 2 for after - before.
    """
    among, within = among_clusters(arms), within_clusters(arms)
    if among.df <= 0 or within.variance <= 0:
        return None
    weights = [[one.weight for one in arm] for arm in arms]
    # Expected weighted sum of squares of unit shocks about their arm's mean (Henderson's method).
    spread_out = sum(sum(arm) - sum(w * w for w in arm) / sum(arm) for arm in weights)
    return Trace(among.variance / within.variance - 1, spells * spread_out / among.df, among.df)


def cluster_shocks(traces: Sequence[Trace]) -> Shocks:
    """Weighted least squares of the excesses on their reaches, never below 0.

    Without any trace no clusters are known, and answers count as independent.
    """
    if not traces:
        return Shocks(0.0, 0.0)
    known = [_USUAL, *traces]
    information = sum(one.df * one.reach**2 for one in known)
    ratio = sum(one.df * one.reach * one.excess for one in known) / information
    return Shocks(max(0.0, ratio), information)


def contrast(
    scope: Sequence[ClusterChange],
    comparison: Sequence[ClusterChange],
    follow_up: float = 1.0,
    *,
    spells: float = 2.0,
    learned: Sequence[Trace] = (),
) -> Contrast | None:
    """The scope's mean change minus the comparison's; None where no variance can be told.

    ``comparison`` may be empty: then it is the scope's change alone. An arm of weights w has the
    variance s2 / W * (1 + ratio * spells * sum w^2 / W), with W = sum w, s2 that of one answer, and
    the ratio of :func:`cluster_shocks` over its own clusters and what was ``learned`` elsewhere.
    """
    arms = [arm for arm in (scope, comparison) if arm]
    if not scope:
        return None
    answer = within_clusters(arms)
    if answer.variance <= 0:
        return None
    own = trace(arms, spells)
    shocks = cluster_shocks([*learned, own] if own else learned)
    parts = [_arm_variance(arm, answer.variance, spells * shocks.ratio) for arm in arms]
    plain = [_arm_variance(arm, answer.variance, 0.0) for arm in arms]
    full = [_arm_variance(arm, answer.variance, spells) for arm in arms]
    reach = (sum(full) - sum(plain)) / sum(plain)
    df = answer.df if not shocks.information else min(answer.df, max(1.0, shocks.df(reach)))
    return Contrast(
        mean_change(scope) - (mean_change(comparison) if comparison else 0.0),
        Part(sum(parts), df),
        parts[0],
        follow_up,
        sum(len(arm) for arm in arms),
        shocks.ratio,
    )


def _arm_variance(arm: Sequence[ClusterChange], answer: float, shock: float) -> float:
    """Variance of an arm's mean change; ``shock`` as a multiple of ``answer``."""
    total = sum(one.weight for one in arm)
    return answer / total * (1 + shock * sum(one.weight**2 for one in arm) / total)


def within_clusters(arms: Arms) -> Part:
    """Variance of one answer as answers of the same cluster tell it."""
    df = sum(one.df for arm in arms for one in arm)
    return Part(sum(one.deviations for arm in arms for one in arm) / df if df > 0 else 0.0, df)


def among_clusters(arms: Arms) -> Part:
    """Variance of one answer as the changes of the clusters tell it; df 0 where they can't."""
    df = sum(len(arm) for arm in arms) - len(arms)
    if df <= 0:
        return Part(0.0, 0.0)
    total = 0.0
    for arm in arms:
        centre = mean_change(arm)
        total += sum(one.weight * (one.delta - centre) ** 2 for one in arm)
    return Part(total / df, df)
