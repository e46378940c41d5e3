"""From the evidence on one question to an estimate of the effect: contrast, drift, flag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from loopqa.calc.effect.available import one_team
from loopqa.calc.effect.blends import shared_contrast
from loopqa.calc.effect.contrast import Contrast, pooled, pooled_pairs
from loopqa.calc.effect.designs import Design, Drift, Method
from loopqa.calc.effect.drift import FLOOR, lag_drift, local_shock
from loopqa.calc.effect.fits import Estimate, Fit, Part, satterthwaite, union
from loopqa.calc.effect.flag import Flag, corrected
from loopqa.calc.effect.regression import RHO_CONFIDENCE, Line, retest_line
from loopqa.calc.effect.season import Season, deseasoned, season
from loopqa.calc.effect.shocks import Movements
from loopqa.calc.effect.streams import (
    FROM_HISTORY,
    TOWARDS_A_MEAN,
    View,
    shared_with_cell,
    spells,
    stream_contrast,
)
from loopqa.calc.intervals import normal_quantile
from loopqa.model.rubric import Decide
from loopqa.model.verdict import PairMoments, Question, Stream

NAMED = "named"  #: value of ``Question.flagged`` for a finding that was not picked by its score


QUARTER = 365.25 / 4  #: days
_SURE = Part(0.0)


@dataclass(frozen=True)
class Situation:
    """A question with the row of the decision table that fits it."""

    question: Question
    design: Design
    comparison: bool  #: whether the comparison is used
    history: bool  #: whether the history is used
    decide: Decide
    movements: Movements = field(default_factory=Movements)

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
        """Retest correlations in force, over all streams.

        Where everybody was asked again the pairs of each arm tell them, too: a shift of all later
        scores leaves a correlation as it is.
        """
        streams = self.question.streams.values()
        groups = [sum((stream.retest for stream in streams), PairMoments())]
        if self.design.method is Method.PAIRS_TO_HISTORY:
            groups += [pooled_pairs(arm) for stream in streams for arm in stream.pairs.values()]
        return retest_line(*groups)

    @cached_property
    def seasons(self) -> tuple[Season, ...]:
        """The season of each stream, where the history without a comparison shows all of them."""
        if self.design.drift is not Drift.LAG:
            return ()
        lag, streams = self.question.window_days_apart, self.question.streams.values()
        found = [season(self.movements.levels(stream, False)[0][0], lag) for stream in streams]
        known = tuple(one for one in found if one is not None)
        return known if len(known) == len(found) else ()

    @property
    def weights(self) -> list[float]:
        """Weights of the streams in the blend."""
        return [stream.weight for stream in self.question.streams.values()]

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
    if situation.line.measured:
        return _effect(situation, views[1], _unsure(situation, views[0], views[1]))
    effects = [effect for view in views if (effect := _effect(situation, view)) is not None]
    if len(effects) < len(views):
        return None
    return replace(effects[1], estimate=union(effect.estimate for effect in effects))


def _unsure(situation: Situation, low: View, middle: View) -> Part:
    """What is not known of a measured rho adds: (dD/drho)^2 var(rho) (delta method).

    D is linear in rho, so from one end of the 90 % interval to its middle it moves by 1.645
    standard errors of that part.
    """
    ends = [_contrasts(situation, view) for view in (low, middle)]
    if not all(ends):
        return _SURE
    first, last = (_blended(known, situation.weights).estimate for known in ends)
    error = (last - first) / normal_quantile(0.5 + RHO_CONFIDENCE / 2)
    return Part(error**2, situation.line.df)


def _contrasts(situation: Situation, view: View) -> list[Contrast]:
    """The contrasts of all streams; none unless every one can be told. Worked out once a view."""
    return situation.movements.once("contrasts", situation, view, lambda: _told(situation, view))


def _told(situation: Situation, view: View) -> list[Contrast]:
    streams = situation.question.streams.values()
    found = [stream_contrast(stream, view, situation.movements) for stream in streams]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else []


def _effect(situation: Situation, view: View, unsure: Part = _SURE) -> Effect | None:
    known = _contrasts(situation, view)
    if not known:
        return None
    whole = _blended(known, situation.weights)
    shock, drift = _drift(situation, view, known)
    usual, doubt = _usual(situation, known)
    shared = shared_contrast(situation.question, view)
    total = satterthwaite([whole.sampling, shared, drift, unsure, doubt])
    fit = Fit(whole.estimate - usual, total.variance, total.df)
    flag = _flag(situation, known, view, shock)
    return Effect(corrected(fit, flag), whole, drift, shock > situation.floor)


def _usual(situation: Situation, known: Sequence[Contrast]) -> tuple[float, Part]:
    """What the season does between the two months, as far as it is known, and its variance."""
    seasons = list(zip(situation.weights, situation.seasons, known, strict=False))
    return (
        sum(weight * season.change for weight, season, _ in seasons),
        Part(sum(weight**2 * season.sampling(one.shocks) for weight, season, one in seasons)),
    )


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


def _drift(situation: Situation, view: View, known: Sequence[Contrast]) -> tuple[float, Part]:
    """Variance of one local shock, and the drift that the design adds to the variance."""
    kind = situation.design.drift
    if kind is Drift.ALLOWANCE:
        return situation.allowance, Part(2 * situation.allowance * situation.quarters)
    measured = _over_streams(situation, known)
    if kind is Drift.LAG:
        return measured.variance / 2, measured
    streams = situation.question.streams.values()
    times = spells(view, min(len(stream.history) for stream in streams))
    return measured.variance, Part(measured.variance * times, measured.df)


def _over_streams(situation: Situation, known: Sequence[Contrast]) -> Part:
    """Measured drift of the blend: raters are taken to drift together, which is the worst case."""
    deviation, df = 0.0, math.inf
    for stream, one in zip(situation.question.streams.values(), known, strict=True):
        part = _measured(situation, stream, one.shocks)
        deviation += stream.weight * math.sqrt(part.variance)
        df = min(df, part.df)
    return Part(deviation**2, df)


def _measured(situation: Situation, stream: Stream, shocks: float) -> Part:
    evidence = situation.movements.levels(stream, situation.comparison)
    if situation.design.drift is not Drift.LAG:
        return local_shock(evidence, situation.floor, shocks)
    lag = situation.question.window_days_apart
    if not situation.seasons:
        return lag_drift(evidence, lag, situation.floor, shocks)
    # The earlier years drifted between the two months as well, each by itself.
    years = min(one.years for one in situation.seasons)
    calm = [(deseasoned(points), share) for points, share in evidence]
    part = lag_drift(calm, lag, situation.floor, shocks)
    return Part(part.variance * (1 + 1 / years), part.df)


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
        shared += shock * (view.rho if view.method in FROM_HISTORY else 1.0)
    allowed = situation.design.flag_shock and situation.design.drift is Drift.ALLOWANCE
    return Flag(cell, question.baseline_cells, shared, _cut(question, cell), allowed)


def _cut(question: Question, cell: float) -> float | None:
    """Below what the cell's mean had to lie to be picked: the threshold, the next lowest cell."""
    cuts = [] if question.flag_cut is None else [question.flag_cut]
    if question.flagged == "lowest":
        cuts += sorted(other for other in question.baseline_cells if other > cell + 1e-9)[:1]
    return min(cuts, default=None)
