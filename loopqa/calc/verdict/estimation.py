"""From the evidence on one question to an estimate of the effect: contrast, drift, flag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from loopqa.calc.verdict.available import one_team
from loopqa.calc.verdict.blends import shared_contrast
from loopqa.calc.verdict.contrast import Contrast, pooled
from loopqa.calc.verdict.designs import Design, Drift
from loopqa.calc.verdict.drift import FLOOR, Point, lag_drift, local_shock, series, usable
from loopqa.calc.verdict.fits import Estimate, Fit, Part, satterthwaite, union
from loopqa.calc.verdict.flag import Flag, corrected
from loopqa.calc.verdict.regression import Line, retest_line
from loopqa.calc.verdict.streams import TOWARDS_A_MEAN, View, shared_with_cell, stream_contrast
from loopqa.model.rubric import Decide
from loopqa.model.verdict import PairMoments, Question

NAMED = "named"  #: value of ``Question.flagged`` for a finding that was not picked by its score


QUARTER = 365.25 / 4  #: days


@dataclass(frozen=True)
class Situation:
    """A question with the row of the decision table that fits it."""

    question: Question
    design: Design
    comparison: bool  #: whether the comparison is used
    history: bool  #: whether the history is used
    decide: Decide

    @property
    def floor(self) -> float:
        """Smallest variance of a local shock that is believed, in squared points.

        A single team without a comparison is shaken by more than a few windows may show.
        """
        low, high = self.question.scale
        width = high - low if self.question.width is None else self.question.width
        floor: float = (FLOOR * width / 4) ** 2
        alone = one_team(self.question) and not self.comparison
        return max(floor, self.allowance) if alone else floor

    @property
    def allowance(self) -> float:
        """Variance allowed for a local shock that can't be measured, in squared points."""
        return (self.decide.local_drift * self.question.unit) ** 2

    @property
    def quarters(self) -> float:
        """How many quarters lie between the windows, at least one.

        ``local_drift`` is that of windows a quarter apart. Over longer gaps shocks add up like a
        random walk, so the variance between the windows grows with the time.
        """
        return max(1.0, self.question.window_days_apart / QUARTER)

    @property
    def material(self) -> float:
        """Smallest change that matters, in points."""
        if self.question.material is not None:
            return self.question.material
        return self.decide.material_change * self.question.unit

    @cached_property
    def line(self) -> Line:
        """Retest correlations in force, over all streams."""
        streams = self.question.streams.values()
        return retest_line(sum((stream.retest for stream in streams), PairMoments()))

    @property
    def view(self) -> View:
        """How the streams are looked at, regression to the mean aside."""
        return View(
            self.design.method, self.comparison, with_baseline=self.question.flagged == NAMED
        )


@dataclass(frozen=True)
class Effect:
    """The estimate and what was found out on the way to it."""

    estimate: Estimate
    contrast: Contrast
    drift: Part
    shocks: bool  #: local shocks above the floor were measured


def estimated(situation: Situation) -> Effect | None:
    """The effect by the situation's design; None where no variance can be told."""
    if situation.design.method not in TOWARDS_A_MEAN:
        return _effect(situation, situation.view)
    views = [replace(situation.view, rho=rho) for rho in situation.line.values]
    effects = [effect for view in views if (effect := _effect(situation, view)) is not None]
    if len(effects) < len(views):
        return None
    return replace(effects[1], estimate=union(effect.estimate for effect in effects))


def _effect(situation: Situation, view: View) -> Effect | None:
    streams = list(situation.question.streams.values())
    contrasts = [stream_contrast(stream, view) for stream in streams]
    known = [one for one in contrasts if one is not None]
    if not known or len(known) < len(contrasts):
        return None
    whole = _blended(known, [stream.weight for stream in streams])
    shock, drift = _drift(situation)
    total = satterthwaite([whole.sampling, shared_contrast(situation.question, view), drift])
    fit = Fit(whole.estimate, total.variance, total.df)
    flag = _flag(situation, known, view, shock)
    return Effect(corrected(fit, flag), whole, drift, shock > situation.floor)


def _blended(contrasts: Sequence[Contrast], weights: Sequence[float]) -> Contrast:
    """C = sum w D, V = sum w^2 V; what cases rated twice add to V comes beside."""
    pairs = list(zip(contrasts, weights, strict=True))
    variances = [weight**2 * one.sampling.variance for one, weight in pairs]
    sampling = satterthwaite(
        Part(weight**2 * one.sampling.variance, one.sampling.df) for one, weight in pairs
    )
    return Contrast(
        sum(weight * one.estimate for one, weight in pairs),
        sampling,
        sum(weight**2 * one.scope_variance for one, weight in pairs),
        sum(v * one.follow_up for v, one in zip(variances, contrasts, strict=True))
        / sum(variances),
        max(one.clusters for one in contrasts),
    )


def _drift(situation: Situation) -> tuple[float, Part]:
    """Variance of one local shock, and the drift that the design adds to the variance."""
    kind = situation.design.drift
    if kind is Drift.ALLOWANCE:
        return situation.allowance, Part(2 * situation.allowance * situation.quarters)
    if kind is Drift.LAG:
        lag = _over_streams(situation, lagged=True)
        return lag.variance / 2, lag
    shock = _over_streams(situation, lagged=False)
    windows = shock.df + 1
    times = 2.0 if kind is Drift.SHOCK_TWICE else 1 + 1 / windows
    return shock.variance, Part(shock.variance * times, shock.df)


def _over_streams(situation: Situation, *, lagged: bool) -> Part:
    """Measured drift of the blend: raters are taken to drift together, which is the worst case."""
    deviation, df = 0.0, math.inf
    for stream in situation.question.streams.values():
        windows = usable(stream.history, situation.comparison)
        points = series(windows, situation.comparison)
        part = _measured(points, situation, lagged)
        deviation += stream.weight * math.sqrt(part.variance)
        df = min(df, part.df)
    return Part(deviation**2, df)


def _measured(points: Sequence[Point], situation: Situation, lagged: bool) -> Part:
    if lagged:
        return lag_drift(points, situation.question.window_days_apart, situation.floor)
    return local_shock(points, situation.floor)


def _flag(
    situation: Situation, contrasts: Sequence[Contrast], view: View, shock: float
) -> Flag | None:
    question = situation.question
    if not situation.design.flag or question.flagged == NAMED:
        return None
    pairs = list(zip(question.streams.values(), contrasts, strict=True))
    shared = sum(stream.weight**2 * shared_with_cell(stream, one, view) for stream, one in pairs)
    cell = sum(stream.weight * pooled(stream.before.scope).mean for stream, _ in pairs)
    if situation.design.flag_shock:
        shared += shock
    allowed = situation.design.flag_shock and situation.design.drift is Drift.ALLOWANCE
    return Flag(cell, question.baseline_cells, shared, _cut(question, cell), allowed)


def _cut(question: Question, cell: float) -> float | None:
    """Below what the cell's mean had to lie to be picked: the threshold, the next lowest cell."""
    cuts = [] if question.flag_cut is None else [question.flag_cut]
    if question.flagged == "lowest":
        cuts += sorted(other for other in question.baseline_cells if other > cell + 1e-9)[:1]
    return min(cuts, default=None)
