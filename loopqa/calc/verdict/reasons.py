"""Why a verdict is inconclusive, and what would make it conclusive."""

from __future__ import annotations

from collections.abc import Mapping

from loopqa.calc.verdict.ceiling import Ceiling
from loopqa.calc.verdict.trial import Trial
from loopqa.language import Text, text
from loopqa.model.score import Interval
from loopqa.model.units import change_words, size_words
from loopqa.model.verdict import Draw


def reason(trial: Trial, ceiling: Ceiling | None = None, together: int = 1) -> Text:
    """Why no verdict was reached; ``together``: dimensions that were judged at once."""
    if trial.obstacle is not None:
        return trial.obstacle.reason
    low, high = trial.question.yardstick.changes(trial.interval or (0.0, 0.0))
    if _stands(trial.interval):
        return text(
            "the effect, {low} to {high}, would stand alone, but {together} dimensions were "
            "judged together, and among several one looks changed by chance more easily",
            low=_change(trial, low),
            high=_change(trial, high),
            together=together,
        )
    if ceiling is not None and _stands(ceiling.plain):
        return text(
            "the comparison is at {level}, near the top of the scale, where equal improvements "
            "look smaller: its change of {seen} would be {there} where the scope stands, and then "
            "nothing of the effect is certain",
            level=f"{ceiling.level:.2f}",
            seen=f"{ceiling.seen:+.2f}",
            there=f"{ceiling.there:+.2f}",
        )
    return text(
        "the effect lies between {low} and {high}: it may be nothing, and it may be more than the "
        "{material} that would matter; only changes above {detectable} could have been seen",
        low=_change(trial, low),
        high=_change(trial, high),
        material=_size(trial, trial.situation.material if trial.situation else 0.0),
        detectable=_size(trial, trial.detectable or 0.0),
    )


def _stands(interval: Interval | None) -> bool:
    return interval is not None and (interval[0] > 0 or interval[1] < 0)


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
    if _stands(trial.interval):
        return text(
            "say before the next follow-up which dimension the action is meant to improve: what is "
            "named alone is judged alone; naming it now would be picking the winner"
        )
    needed = trial.answers_needed
    if needed is None:
        return _LACKING[trial.offer.comparison, trial.offer.history]
    if needed > trial.answers:
        return text(
            "about {needed} answers in the scope after the action, instead of {n}, would show a "
            "change of {material}",
            needed=needed,
            n=trial.answers,
            material=f"{trial.situation.material if trial.situation else 0.0:.2f}",
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
        "more follow-up answers alone do not help: six months of history would, because they show "
        "how far scores move by themselves"
    ),
    (False, True): text(
        "more follow-up answers alone do not help: a comparison with cases that the action does "
        "not touch would"
    ),
}
