"""A comparison near the top of the scale: the verdict has to hold on both scales.

There equal improvements look smaller (a latent shift of .3 moves a mean of 2.8 by .33 and one of
4.5 by .17), so the scope seems to gain on a comparison that improved just as much. The
comparison's change is taken to the scope's place on the scale
(:mod:`loopqa.calc.verdict.latent`), and that effect joins the plain one: only what both claim is
claimed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from loopqa.calc.effect.contrast import pooled
from loopqa.calc.effect.designs import Method
from loopqa.calc.effect.estimation import Effect, Situation
from loopqa.calc.effect.fits import Bound, Estimate, Fit
from loopqa.calc.intervals import spread
from loopqa.calc.verdict.latent import Moved, moved
from loopqa.calc.verdict.trial import Trial
from loopqa.model.score import Interval
from loopqa.model.verdict import Arm, Levels, Question, Stream
from loopqa.model.yardstick import Kind

CEILING = 0.75  #: share of the scale from which equal improvements look smaller
_MEASURED = frozenset({Method.BASELINE, Method.HISTORY, Method.PAIRS, Method.PAIRS_TO_HISTORY})


@dataclass(frozen=True)
class Ceiling:
    """How the comparison's change looks where the scope stands."""

    level: float  #: the comparison's mean, the higher of before and after
    seen: float | None  #: its change in points; None: answers are not known one by one
    there: float | None  #: the same change at the scope's place on the scale
    plain: Interval | None = None  #: of the effect on the plain scale alone


def comparison_level(question: Question) -> float:
    """The comparison's mean: the higher one of before and after."""
    streams = question.streams.values()
    return max(
        sum(stream.weight * pooled(stream.before.comparison).mean for stream in streams),
        sum(stream.weight * pooled(stream.after.comparison).mean for stream in streams),
    )


def on_both_scales(trial: Trial) -> tuple[Trial, Ceiling | None]:
    """The trial held to both scales where its comparison is near the top; else as it was."""
    situation, effect = trial.situation, trial.effect
    if (
        _has_no_top(trial.question)
        or situation is None
        or effect is None
        or not situation.comparison
    ):
        return trial, None
    low, high = trial.question.scale
    level = comparison_level(trial.question)
    if not level > low + CEILING * (high - low):
        return trial, None
    if trial.question.yardstick.kind is not Kind.POINTS:
        return trial, Ceiling(level, None, None)
    changes = [_moved(stream, situation) for stream in trial.question.streams.values()]
    known = [one for one in changes if one is not None and math.isfinite(one.stretch)]
    if len(known) < len(changes):
        return trial, Ceiling(level, None, None)
    weights = [stream.weight for stream in trial.question.streams.values()]
    pairs = list(zip(weights, known, strict=True))
    seen, there = (
        sum(weight * getattr(one, name) for weight, one in pairs) for name in ("seen", "there")
    )
    stretch = max(one.stretch for one in known) ** 2 * _narrowness(trial.question)
    both = replace(effect, estimate=_both(effect, seen - there, stretch))
    return replace(trial, effect=both), Ceiling(level, seen, there, trial.interval)


def _has_no_top(question: Question) -> bool:
    """Amounts have no end; lots need no comparison of places on a scale."""
    return question.draw is not None or question.yardstick.kind in (Kind.RATIO, Kind.AMOUNT)


def _moved(stream: Stream, situation: Situation) -> Moved | None:
    scope, comparison = (stream.levels.get(arm, Levels()) for arm in (Arm.SCOPE, Arm.COMPARISON))
    method = situation.design.method
    if method not in _MEASURED:
        return None
    return moved(scope, comparison, history=method is Method.HISTORY)


def _narrowness(question: Question) -> float:
    """Variance of the comparison's answers over that of all: the top narrows them; at most 1."""
    streams = question.streams.values()
    scope, comparison = (
        sum(stream.weight * spread(pooled(getattr(stream.after, arm))) for stream in streams)
        for arm in ("scope", "comparison")
    )
    return min(1.0, 2 * comparison / (scope + comparison)) if scope + comparison > 0 else 1.0


def _both(effect: Effect, shift: float, stretch: float) -> Estimate:
    """The estimate together with the one that is shifted by what the scale hid.

    The comparison's part of the sampling variance, which the design takes to be as large as the
    scope's, is stretched with its change; ``stretch`` is the factor of that variance.
    """
    sampling = effect.contrast.sampling.variance
    comparison = max(0.0, sampling - effect.contrast.scope_variance)
    extra = max(0.0, stretch - 1) * comparison
    plain = effect.estimate
    return Estimate(
        plain.value,
        (*plain.low, *_shifted(plain.low, shift, extra)),
        (*plain.high, *_shifted(plain.high, shift, extra)),
    )


def _shifted(bounds: tuple[Bound, ...], shift: float, extra: float) -> list[Bound]:
    return [
        Fit(one.estimate + shift, one.variance + extra, one.df)
        for one in bounds
        if isinstance(one, Fit)
    ]
