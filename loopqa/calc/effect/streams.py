"""The contrast of one rater's evidence, by the method its design asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from loopqa.calc.effect.contrast import (
    ClusterChange,
    Contrast,
    contrast,
    paired,
    pooled,
    pooled_pairs,
    pooled_periods,
    unpaired,
)
from loopqa.calc.effect.designs import Method
from loopqa.calc.effect.drift import crowd
from loopqa.calc.effect.fits import Part, satterthwaite
from loopqa.calc.effect.regression import beyond_regression
from loopqa.calc.effect.shocks import Movements
from loopqa.calc.intervals import spread
from loopqa.model.tally import Moments
from loopqa.model.verdict import Arm, Clusters, Period, Stream

#: methods whose estimate leans on the mean of all customers as well as on the pairs
TOWARDS_A_MEAN = frozenset({Method.LOW_TO_BASELINE, Method.LOW_TO_HISTORY, Method.PAIRS_TO_HISTORY})
FROM_HISTORY = frozenset({Method.HISTORY, Method.LOW_TO_HISTORY, Method.PAIRS_TO_HISTORY})


#: Variance of a history's mean over that of as many independent answers. Customers answer in
#: several windows and repeat themselves: 1 + (c - 1) r, with two answers each and r about .4.
REPEATS = 1.4


@dataclass(frozen=True)
class View:
    """How a stream is looked at."""

    method: Method
    comparison: bool
    with_baseline: bool = False  #: the baseline was not picked for being low: it joins the history
    rho: float = 1.0


def before_of(stream: Stream, view: View) -> Period:
    """What the follow-up is held against: the baseline, or the history pooled by cluster."""
    return _before(stream, view, Movements())


def _before(stream: Stream, view: View, movements: Movements) -> Period:
    if view.method not in FROM_HISTORY:
        return stream.before
    whole = movements.past(stream, view.comparison)
    return pooled_periods([whole, stream.before]) if view.with_baseline else whole


def _worth(stream: Stream, view: View, movements: Movements) -> Period:
    """The same, from as many answers as it is worth."""
    before = _before(stream, view, movements)
    if view.method not in FROM_HISTORY:
        return before
    return Period(_thinned(before.scope), _thinned(before.comparison))


def _thinned(clusters: Clusters) -> Clusters:
    """The same means and spreads from as many answers as the history is worth."""
    return {
        name: Moments(one.n / REPEATS, one.total / REPEATS, one.squares / REPEATS)
        for name, one in clusters.items()
    }


def stream_contrast(stream: Stream, view: View, movements: Movements) -> Contrast | None:
    """The contrast of one stream; None where no variance can be told."""
    before = _worth(stream, view, movements)
    arms = _changes(stream, before, view)
    if not all(arms):
        return None
    result = contrast(
        arms[0],
        arms[1] if view.comparison else [],
        _follow_up_share(stream, before, view),
        spells=spells(view, len(stream.history)),
        learned=movements.traces(stream, view.comparison, view.method),
    )
    if result is None or view.method not in TOWARDS_A_MEAN:
        return result
    means = [before.scope, before.comparison] if view.comparison else [before.scope]
    mean_error = Part((1 - view.rho) ** 2 * sum(mean_variance(arm) for arm in means))
    return replace(result, sampling=satterthwaite([result.sampling, mean_error]))


def _changes(stream: Stream, before: Period, view: View) -> list[list[ClusterChange]]:
    """Cluster changes by arm: the scope's, and the comparison's where one is used."""
    measure = _MEASURES[view.method]
    scope = measure(stream, before.scope, Arm.SCOPE, view.rho)
    if not view.comparison:
        return [scope]
    return [scope, measure(stream, before.comparison, Arm.COMPARISON, view.rho)]


def spells(view: View, windows: int) -> float:
    """How many shocks of one window the estimate holds: two for after - before.

    Against a history of ``windows`` the earlier month counts by what of it is carried over, rho,
    and each month of the history by its share in the rest.
    """
    if view.method not in FROM_HISTORY:
        return 2.0
    carried = view.rho if view.method in TOWARDS_A_MEAN else 0.0
    return 1 + carried**2 + (1 - carried) ** 2 / max(1, windows)


def shared_with_cell(stream: Stream, result: Contrast, view: View) -> float:
    """Covariance of the flagged cell's baseline mean with the estimate, sign dropped."""
    before, after = pooled(stream.before.scope).n, pooled(stream.after.scope).n
    if view.method is Method.PAIRS:
        return result.scope_variance * _pairs(stream, Arm.SCOPE) / (2 * before)
    if view.method in FROM_HISTORY:  # its shocks alone: the line allows for chance in the answers
        shaken = result.shocks * crowd(stream.before.scope)
        return view.rho * shaken * mean_variance(stream.before.scope)
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
    Method.PAIRS_TO_HISTORY: _low,
}
