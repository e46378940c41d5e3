"""A judgement in two plain sentences: what was found, and how sure that is."""

from __future__ import annotations

from typing import Any

from loopqa.calc.verdict.trial import Trial
from loopqa.language import Text, text
from loopqa.model.units import change_words, level_words, size_words
from loopqa.model.verdict import Outcome, ScoreChange, Side


def found(trial: Trial, outcome: Outcome, moved: ScoreChange, before: Side, after: Side) -> Text:
    """What was found; means of ``before`` and ``after`` as they are told, in the own unit."""
    if outcome is Outcome.INCONCLUSIVE or trial.effect is None or trial.interval is None:
        return _not_told(moved, before, after, trial.question.yardstick.unit)
    yardstick = trial.question.yardstick
    low, high = yardstick.changes(trial.interval)
    unit = yardstick.change_unit
    bounds: dict[str, Any] = {"low": change_words(low, unit), "high": change_words(high, unit)}
    if outcome is Outcome.NO_CHANGE:
        return text(
            "whatever the action did is less than the {material} that would matter: between {low} "
            "and {high}",
            material=_material(trial),
            **bounds,
        )
    estimate = change_words(yardstick.change(trial.effect.estimate.value), unit)
    if outcome is Outcome.IMPROVED:
        return text(
            "the action improved this: it moved the score by about {estimate} (between {low} and "
            "{high})",
            estimate=estimate,
            **bounds,
        )
    return text(
        "the action made this worse: it moved the score by about {estimate} (between {low} and "
        "{high})",
        estimate=estimate,
        **bounds,
    )


def _not_told(moved: ScoreChange, before: Side, after: Side, unit: str) -> Text:
    if before.mean is None or after.mean is None:
        return text("there are no answers on one side: nothing can be told")
    means: dict[str, Any] = {
        "before": level_words(before.mean, unit),
        "after": level_words(after.mean, unit),
    }
    match moved:
        case ScoreChange.UP:
            return text(
                "the score rose from {before} to {after}, but it can't be told whether the action "
                "did it",
                **means,
            )
        case ScoreChange.DOWN:
            return text(
                "the score fell from {before} to {after}, but it can't be told whether the action "
                "did it",
                **means,
            )
        case ScoreChange.UNCLEAR:
            return text(
                "the score went from {before} to {after}, which chance alone may do; whether the "
                "action did anything can't be told",
                **means,
            )


def _material(trial: Trial) -> Text:
    return _size(trial, trial.situation.material if trial.situation else 0.0)


def _size(trial: Trial, inner: float) -> Text:
    yardstick = trial.question.yardstick
    return size_words(yardstick.size(inner), yardstick.change_unit)


def certainty(trial: Trial, outcome: Outcome) -> Text:
    """How sure that is, in cases out of a hundred."""
    share = f"{100 * trial.alpha:.3g}"
    if trial.effect is None or trial.situation is None:
        return text("nothing is claimed: with this evidence any claim could be wrong")
    if outcome in (Outcome.IMPROVED, Outcome.WORSENED):
        return text(
            "had the action done nothing, figures like these would come up in at most {share} of "
            "100 such comparisons",
            share=share,
        )
    if outcome is Outcome.NO_CHANGE:
        return text(
            "had the action done as much as {material}, figures like these would come up in at "
            "most {share} of 100 such comparisons",
            share=share,
            material=_material(trial),
        )
    return text(
        "nothing is claimed: a comparison like this one shows a change of {detectable} in 4 of 5 "
        "cases, and smaller ones less often",
        detectable=_size(trial, trial.detectable or 0.0),
    )
