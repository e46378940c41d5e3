"""The contrast of one rater's evidence, by the method its design asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from loopqa.calc.intervals import spread
from loopqa.calc.verdict.contrast import (
    ClusterChange,
    Contrast,
    contrast,
    paired,
    pooled,
    pooled_pairs,
    pooled_periods,
    unpaired,
)
from loopqa.calc.verdict.designs import Method
from loopqa.calc.verdict.drift import usable
from loopqa.calc.verdict.fits import Part, satterthwaite
from loopqa.calc.verdict.regression import beyond_regression
from loopqa.model.verdict import Arm, Clusters, Period, Stream

#: methods whose estimate leans on the mean of all customers as well as on the pairs
TOWARDS_A_MEAN = frozenset({Method.LOW_TO_BASELINE, Method.LOW_TO_HISTORY})
_FROM_HISTORY = frozenset({Method.HISTORY, Method.LOW_TO_HISTORY})


@dataclass(frozen=True)
class View:
    """How a stream is looked at."""

    method: Method
    comparison: bool
    with_baseline: bool = False  #: the baseline was not picked for being low: it joins the history
    rho: float = 1.0


def before_of(stream: Stream, view: View) -> Period:
    """What the follow-up is held against: the baseline, or the history pooled by cluster."""
    if view.method not in _FROM_HISTORY:
        return stream.before
    windows = usable(stream.history, view.comparison)
    return pooled_periods([*windows, stream.before] if view.with_baseline else windows)


def stream_contrast(stream: Stream, view: View) -> Contrast | None:
    """The contrast of one stream; None where no variance can be told."""
    before = before_of(stream, view)
    measure = _MEASURES[view.method]
    scope = measure(stream, before.scope, Arm.SCOPE, view.rho)
    comparison = (
        measure(stream, before.comparison, Arm.COMPARISON, view.rho) if view.comparison else []
    )
    if view.comparison and not comparison:
        return None
    result = contrast(scope, comparison, _follow_up_share(stream, before, view))
    if result is None or view.method not in TOWARDS_A_MEAN:
        return result
    arms = [before.scope] + ([before.comparison] if view.comparison else [])
    mean_error = Part((1 - view.rho) ** 2 * sum(mean_variance(arm) for arm in arms))
    return replace(result, sampling=satterthwaite([result.sampling, mean_error]))


def shared_with_cell(stream: Stream, result: Contrast, view: View) -> float:
    """Covariance of the flagged cell's baseline mean with the estimate, sign dropped."""
    before, after = pooled(stream.before.scope).n, pooled(stream.after.scope).n
    if view.method is Method.PAIRS:
        return result.scope_variance * _pairs(stream, Arm.SCOPE) / (2 * before)
    if view.method in TOWARDS_A_MEAN:
        return (1 - view.rho) * mean_variance(stream.before.scope)
    return result.scope_variance * after / (after + before)


def mean_variance(clusters: Clusters) -> float:
    """Sampling variance of the mean of all answers of an arm."""
    everybody = pooled(clusters)
    return spread(everybody) / everybody.n if everybody.n else 0.0


def _pairs(stream: Stream, arm: Arm) -> int:
    return pooled_pairs(stream.pairs.get(arm, {})).n


def _follow_up_share(stream: Stream, before: Period, view: View) -> float:
    """Share of the sampling variance that the follow-up's answers are responsible for."""
    if view.method not in (Method.BASELINE, Method.HISTORY):
        return 1.0
    earlier, later = pooled(before.scope).n, pooled(stream.after.scope).n
    return earlier / (earlier + later)


_Measure = Callable[[Stream, Clusters, Arm, float], list[ClusterChange]]


def _fresh(stream: Stream, before: Clusters, arm: Arm, rho: float) -> list[ClusterChange]:
    after = stream.after.scope if arm is Arm.SCOPE else stream.after.comparison
    return unpaired(before, after)


def _same(stream: Stream, before: Clusters, arm: Arm, rho: float) -> list[ClusterChange]:
    return paired(stream.pairs.get(arm, {}))


def _low(stream: Stream, before: Clusters, arm: Arm, rho: float) -> list[ClusterChange]:
    if not pooled(before).n:
        return []
    return beyond_regression(stream.pairs.get(arm, {}), before, rho)


_MEASURES: Mapping[Method, _Measure] = {
    Method.BASELINE: _fresh,
    Method.HISTORY: _fresh,
    Method.PAIRS: _same,
    Method.LOW_TO_BASELINE: _low,
    Method.LOW_TO_HISTORY: _low,
}
