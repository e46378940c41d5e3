"""The covariance of two raters' means where they rated the same cases.

V(sum w C) = sum w^2 V(C) + 2 sum w w' cov(C, C'). For means of n and n' answers, m of them on the
same cases, cov = m s / (n n'), with s the covariance of two ratings of one case. Where no case was
rated twice it is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from loopqa.calc.effect.contrast import pooled, unpaired
from loopqa.calc.effect.fits import Part
from loopqa.calc.effect.streams import FROM_HISTORY, View, before_of
from loopqa.model.verdict import Arm, Clusters, JointMoments, Period, Question, SharedCases, Stream

Joint = Mapping[str, JointMoments]
"""Cases rated twice, by cluster."""


def shared_contrast(question: Question, view: View) -> Part:
    """What the cases rated twice add to the variance of a blend's contrast; never below 0.

    The clusters' weights are those of the contrast of fresh samples, also where customers are
    paired: what is shared by the two answers of one customer is then left in, which errs on the
    careful side.
    """
    parts = [_contrast_part(question, shared, view) for shared in question.shared]
    return _sum(parts)


def shared_change(question: Question) -> Part:
    """The same for the plain change of the scope's means."""
    return _sum([_change_part(question, shared) for shared in question.shared])


def _sum(parts: list[Part]) -> Part:
    return Part(sum(part.variance for part in parts), min((part.df for part in parts), default=1.0))


def _contrast_part(question: Question, shared: SharedCases, view: View) -> Part:
    first, second = (question.streams[rater] for rater in shared.raters)
    earlier = _earlier(shared, view)
    s = _covariance([*_all(earlier), *_all(shared.after)])
    total = 0.0
    for arm in Arm if view.comparison else (Arm.SCOPE,):
        before = [_clusters(before_of(stream, view), arm) for stream in (first, second)]
        after = [_clusters(stream.after, arm) for stream in (first, second)]
        weights = [_weights(*periods) for periods in zip(before, after, strict=True)]
        for name in weights[0].keys() & weights[1].keys():
            share = _share(earlier.get(arm, {}), name, *before)
            share += _share(shared.after.get(arm, {}), name, *after)
            total += weights[0][name] * weights[1][name] * share
    return _part(first, second, s, total)


def _change_part(question: Question, shared: SharedCases) -> Part:
    first, second = (question.streams[rater] for rater in shared.raters)
    s = _covariance([*_all(shared.before), *_all(shared.after)])
    total = 0.0
    for joint, periods in (
        (shared.before, (first.before, second.before)),
        (shared.after, (first.after, second.after)),
    ):
        n, m = (pooled(period.scope).n for period in periods)
        both = sum(one.n for one in joint.get(Arm.SCOPE, {}).values())
        total += both / (n * m) if n and m else 0.0
    return _part(first, second, s, total)


def _part(first: Stream, second: Stream, s: Part, total: float) -> Part:
    return Part(2 * first.weight * second.weight * max(0.0, s.variance) * total, s.df)


def _earlier(shared: SharedCases, view: View) -> Mapping[Arm, Joint]:
    if view.method not in FROM_HISTORY:
        return shared.before
    windows = [*shared.history, *([shared.before] if view.with_baseline else [])]
    found: dict[Arm, dict[str, JointMoments]] = {}
    for window in windows:
        for arm, joint in window.items():
            clusters = found.setdefault(arm, {})
            for name, one in joint.items():
                clusters[name] = clusters.get(name, JointMoments()) + one
    return found


def _all(joint: Mapping[Arm, Joint]) -> Iterator[JointMoments]:
    return chain.from_iterable(one.values() for one in joint.values())


def _covariance(joints: list[JointMoments]) -> Part:
    """Covariance of two ratings of one case, within clusters, with its degrees of freedom."""
    df = sum(one.n - 1 for one in joints if one.n > 1)
    total = sum(one.codeviations for one in joints if one.n > 1)
    return Part(total / df, df) if df > 0 else Part(0.0, 1.0)


def _clusters(period: Period, arm: Arm) -> Clusters:
    return period.scope if arm is Arm.SCOPE else period.comparison


def _weights(before: Clusters, after: Clusters) -> dict[str, float]:
    """Shares of the clusters in the contrast of one arm."""
    names = sorted(
        name for name in before.keys() & after.keys() if before[name].n and after[name].n
    )
    changes = unpaired(before, after)
    total = sum(one.weight for one in changes)
    return {name: one.weight / total for name, one in zip(names, changes, strict=True)}


def _share(joint: Joint, name: str, first: Clusters, second: Clusters) -> float:
    """m / (n n') of one cluster."""
    one = joint.get(name)
    return one.n / (first[name].n * second[name].n) if one else 0.0
