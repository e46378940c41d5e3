"""What stands in the way of any verdict: the rows of the table that end in *inconclusive only*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loopqa.calc.effect.available import LEAST_ANSWERS, Available, has_pairs, pair_count, teams_of
from loopqa.calc.effect.contrast import pooled
from loopqa.calc.effect.drift import LEAST_WINDOWS
from loopqa.calc.effect.regression import RHO_RANGE, expected_gain
from loopqa.calc.question.responses import response_shift
from loopqa.language import Text, text
from loopqa.model.verdict import Arm, Asked, ModeChanged, Question


@dataclass(frozen=True)
class Obstacle:
    """Why no verdict is possible, and what would make one possible."""

    reason: Text
    remedy: Text


def obstacle(question: Question, offer: Available) -> Obstacle | None:
    """The first reason why this question can't be decided by any method."""
    return next((found for guard in _GUARDS if (found := guard(question, offer))), None)


def _few_answers(question: Question, offer: Available) -> Obstacle | None:
    for rater, stream in question.streams.items():
        after, before = int(pooled(stream.after.scope).n), int(pooled(stream.before.scope).n)
        if not after and not before:
            return _nobody(rater)
        if after < LEAST_ANSWERS:
            return Obstacle(
                text(
                    "only {n} answers by {rater} in the scope after the action; "
                    "the least is {least}",
                    n=after,
                    rater=rater,
                    least=LEAST_ANSWERS,
                ),
                _MORE,
            )
        if before < LEAST_ANSWERS:
            return Obstacle(
                text(
                    "only {n} answers by {rater} in the scope before the action; "
                    "the least is {least}",
                    n=before,
                    rater=rater,
                    least=LEAST_ANSWERS,
                ),
                text("choose a longer window before the action"),
            )
    return None


def _nobody(rater: str) -> Obstacle:
    return Obstacle(
        text("no answer by {rater} lies in the scope, neither before nor after", rater=rater),
        text("check how the scope is written (values are compared as text) and the two windows"),
    )


def _anonymous_low_scorers(question: Question, offer: Available) -> Obstacle | None:
    if question.asked is not Asked.LOW or has_pairs(question):
        return None
    return Obstacle(
        text(
            "only low scorers were asked, and no answer can be matched with an earlier low one: "
            "low scorers answer higher the next time even if nothing is done, and that can't be "
            "told from an effect"
        ),
        text("ask a fresh random sample, or keep customer ids"),
    )


def _few_pairs(question: Question, offer: Available) -> Obstacle | None:
    if offer.asked is Asked.RANDOM:
        return None
    n = min(pair_count(stream, Arm.SCOPE) for stream in question.streams.values())
    if n >= LEAST_ANSWERS:
        return None
    return Obstacle(
        text(
            "only {n} customers in the scope answered both times; the least is {least}",
            n=n,
            least=LEAST_ANSWERS,
        ),
        _MORE,
    )


def _mode_changed(question: Question, offer: Available) -> Obstacle | None:
    if question.mode_changed is ModeChanged.NO:
        return None
    if question.mode_changed is ModeChanged.SCOPE:
        return Obstacle(text("the survey's mode or wording changed in the scope only"), SAME_MODE)
    if question.asked is Asked.LOW:
        return Obstacle(
            text("the survey's mode or wording changed and only low scorers were asked"),
            SAME_MODE,
        )
    if offer.comparison:
        return None
    return Obstacle(
        text("the survey's mode or wording changed and there is no comparison"), SAME_MODE
    )


def _response_changed(question: Question, offer: Available) -> Obstacle | None:
    shift = response_shift(question)
    if shift is None or not shift.moved:
        return None
    scope, comparison = shift.rates.scope, shift.rates.comparison
    rates = {"before": f"{scope.before.rate:.0%}", "after": f"{scope.after.rate:.0%}"}
    if not offer.comparison:
        return Obstacle(
            text(
                "response in the scope went from {before} to {after}: a mean also moves when other "
                "people answer, and there is no comparison that shows by how much",
                **rates,
            ),
            _SAME_RESPONSE,
        )
    if comparison is None or not shift.apart:
        return None
    return Obstacle(
        text(
            "response in the scope went from {before} to {after}, but in the comparison from "
            "{first} to {second}: other people answer in one of them, so they can't be compared",
            **rates,
            first=f"{comparison.before.rate:.0%}",
            second=f"{comparison.after.rate:.0%}",
        ),
        _SAME_RESPONSE,
    )


def _nothing_to_hold_against(question: Question, offer: Available) -> Obstacle | None:
    if offer.comparison or offer.history:
        return None
    if question.asked is Asked.LOW:
        return Obstacle(_regression_alone(question), _WAIT_OR_COMPARE)
    small = _small_comparison(question)
    if small:
        return Obstacle(
            text(
                "the comparison has only {n} answers in one of the periods, the least is {least}, "
                "and fewer than {windows} earlier windows are known",
                n=small,
                least=LEAST_ANSWERS,
                windows=LEAST_WINDOWS,
            ),
            _WAIT_OR_COMPARE,
        )
    if question.whole_population:
        return Obstacle(
            text(
                "the scope is everything there is, and fewer than {windows} earlier windows are "
                "known",
                windows=LEAST_WINDOWS,
            ),
            text("collect six months of history, or try the action in one part first"),
        )
    return Obstacle(
        text(
            "without a comparison and without {windows} earlier windows a change can't be put down "
            "to the action, because scores also move by themselves",
            windows=LEAST_WINDOWS,
        ),
        _WAIT_OR_COMPARE,
    )


def _small_comparison(question: Question) -> int:
    """Answers of a comparison that exists but is too small; 0 otherwise."""
    sides = [
        int(pooled(period.comparison).n)
        for stream in question.streams.values()
        for period in (stream.before, stream.after)
    ]
    smallest = min(sides, default=0)
    return smallest if smallest < LEAST_ANSWERS else 0


def _regression_alone(question: Question) -> Text:
    low, high = (_blended_gain(question, rho) for rho in reversed(RHO_RANGE))
    return text(
        "only low scorers were asked, without comparison or history: they rise by {low} to {high} "
        "points even if nothing is done (regression to the mean)",
        low=f"{low:.2f}",
        high=f"{high:.2f}",
    )


def _blended_gain(question: Question, rho: float) -> float:
    return sum(
        stream.weight
        * (expected_gain(stream.pairs.get(Arm.SCOPE, {}), stream.before.scope, rho) or 0.0)
        for stream in question.streams.values()
    )


def _two_teams(question: Question, offer: Available) -> Obstacle | None:
    teams = teams_of(question)
    if offer.history or not offer.comparison or teams is None or sum(teams) > 2:
        return None
    return Obstacle(
        text(
            "one {team} against one other, without history: whatever else hit one {team} can't be "
            "told from an effect",
            team=question.team_name or question.cluster_name,
        ),
        text(
            "collect six months of history, or compare with more than one {team}",
            team=question.team_name or question.cluster_name,
        ),
    )


_MORE = text("ask more customers: at least {least} answers are needed", least=LEAST_ANSWERS)
SAME_MODE = text("ask in the same way and with the same wording in both periods")
_SAME_RESPONSE = text(
    "invite in the same way in both periods and everywhere, remind those who do not answer, and "
    "survey cases outside the scope as well"
)
_WAIT_OR_COMPARE = text(
    "compare with cases that the action does not touch, or collect six months of history"
)

_Guard = Callable[[Question, Available], Obstacle | None]

_GUARDS: tuple[_Guard, ...] = (
    _few_answers,
    _anonymous_low_scorers,
    _few_pairs,
    _mode_changed,
    _response_changed,
    _nothing_to_hold_against,
    _two_teams,
)
