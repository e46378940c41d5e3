"""Why a verdict is inconclusive, and what would make it conclusive."""

from __future__ import annotations

from collections.abc import Mapping

from loopqa.calc.verdict.trial import Trial
from loopqa.language import Text, text
from loopqa.model.units import change_words, size_words
from loopqa.model.verdict import Draw


def reason(trial: Trial) -> Text:
    """Why no verdict was reached."""
    if trial.obstacle is not None:
        return trial.obstacle.reason
    low, high = trial.question.yardstick.changes(trial.interval or (0.0, 0.0))
    if low > 0 or high < 0:
        return text(
            "the effect, {low} to {high}, does not stand when all dimensions are judged together",
            low=_change(trial, low),
            high=_change(trial, high),
        )
    return text(
        "the effect lies between {low} and {high}, which neither leaves out 0 nor rules out the "
        "material change of {material}; only changes above {detectable} would be seen",
        low=_change(trial, low),
        high=_change(trial, high),
        material=_size(trial, trial.situation.material if trial.situation else 0.0),
        detectable=_size(trial, trial.detectable or 0.0),
    )


def _change(trial: Trial, told: float) -> Text:
    return change_words(told, trial.question.yardstick.change_unit)


def _size(trial: Trial, inner: float) -> Text:
    yardstick = trial.question.yardstick
    return size_words(yardstick.size(inner), yardstick.change_unit)


def remedy(trial: Trial) -> Text:
    """What would make the verdict conclusive."""
    if trial.obstacle is not None:
        return trial.obstacle.remedy
    if trial.question.draw is not None:
        return _more_lots(trial.question.draw, trial.question.cluster_name)
    needed = trial.answers_needed
    if needed is None:
        return _LACKING[trial.offer.comparison, trial.offer.history]
    if needed > trial.answers:
        return text(
            "about {needed} follow-up answers in the scope instead of {n} would show the material "
            "change",
            needed=needed,
            n=trial.answers,
        )
    return text("ask again: another follow-up of this size is likely to tell")


def _more_lots(draw: Draw, column: str) -> Text:
    if draw.held_out:
        return text(
            "more values of {column} in the draw, or more windows while some are still held out",
            column=column,
        )
    return text("more values of {column} in the draw, or more steps, or a hold-out", column=column)


_LACKING: Mapping[tuple[bool, bool], Text] = {
    (True, True): text(
        "more follow-up answers alone do not help: choose a wider scope, or expect a larger effect"
    ),
    (True, False): text(
        "more follow-up answers alone do not help: six months of history would, because drift is "
        "then measured"
    ),
    (False, True): text(
        "more follow-up answers alone do not help: a comparison with cases that the action does "
        "not touch would"
    ),
}
