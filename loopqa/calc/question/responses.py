"""Response rates: who was invited before and after, and whether the change of that matters.

Who answers depends on what he has to say. Where the share of those who answer moves, the mean
moves with it although nobody changed his mind; a comparison that was surveyed in the same way
moves along and takes most of that out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from loopqa.calc.intervals import normal_quantile
from loopqa.calc.question.arms import Arms
from loopqa.calc.question.request import Request
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.beside import ResponseChange, ResponseRates, Responses
from loopqa.model.tally import Tally
from loopqa.model.verdict import Arm, Asked, Question

STEADY = (0.75, 1.33)  #: rate after over rate before within which response counts as unchanged
_SURE = 0.95  #: one-sided, before a difference between two arms is called more than chance
_ASKED_AGAIN = 1.05  #: follow-up invitations per baseline answer when only respondents were asked
_CUSTOMER = "customer"  #: the rater who is invited, where there are several

ByArm = Mapping[Arm, ResponseChange]


def responses(tally: Tally, request: Request, arms: Arms) -> dict[str, ByArm]:
    """Response by rater and arm, where it is known who was invited.

    Given numbers count first. Otherwise an input tells only if it holds rows without any answer
    in both periods: without such rows it holds answers, not invitations.

    Raises:
        UsageError: fewer customers were invited than answered.
    """
    cases: dict[tuple[str, Arm, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in tally.responses:
        arm = arms.seat(row.group).arm
        if arm is not None and row.window in (request.before, request.after):
            sums = cases[row.rater, arm, row.window]
            sums[0] += row.cases
            sums[1] += row.silent
    raters = sorted({rater for rater, _, _ in cases})
    invited = _CUSTOMER if _CUSTOMER in raters else next(iter(raters), "")
    found: dict[str, ByArm] = {}
    for rater in raters:
        given = request.invited if rater == invited else {}
        by_arm = {
            arm: change
            for arm in Arm
            if (change := _change(cases, rater, arm, request, given)) is not None
        }
        if Arm.SCOPE in by_arm:
            found[rater] = by_arm
    return found


def _change(
    cases: Mapping[tuple[str, Arm, str], list[int]],
    rater: str,
    arm: Arm,
    request: Request,
    given: Mapping[tuple[Arm, str], int],
) -> ResponseChange | None:
    windows = (request.before, request.after)
    counted = [cases.get((rater, arm, window), [0, 0]) for window in windows]
    known, silent = zip(*counted, strict=True)
    answered = [one - without for one, without in counted]
    wanted = [given.get((arm, which)) for which in ("before", "after")]
    if None not in wanted:
        for which, sent, back in zip(("before", "after"), wanted, answered, strict=True):
            _refuse_too_few(which, sent or 0, back)
        known = tuple(one or 0 for one in wanted)
    elif not all(silent):
        return None
    if not all(known) or not all(answered):
        return None
    before, after = (Responses(*pair) for pair in zip(known, answered, strict=True))
    return ResponseChange(before, after)


def _refuse_too_few(which: str, invited: int, answered: int) -> None:
    if invited < answered:
        raise UsageError(
            text(
                "{invited} invited {which} the action can't be: {answered} answered",
                invited=invited,
                which=text("before") if which == "before" else text("after"),
                answered=answered,
            ),
            hint=text("count everybody who was asked, also those who did not answer"),
        )


@dataclass(frozen=True)
class Shift:
    """What the response rates of a question say about its verdict."""

    rates: ResponseRates
    moved: bool  #: the scope's rate changed by more than counts as steady
    apart: bool  #: and by more than the comparison's did, beyond chance


def response_shift(question: Question) -> Shift | None:
    """The rater whose response changed most; None where nothing is known of it.

    Response is held against the baseline's only where both periods asked alike. Customers who had
    answered once answer again more often than others do, so a follow-up among them alone is not.
    """
    known = [
        ResponseRates(rater, of[Arm.SCOPE], of.get(Arm.COMPARISON))
        for rater, stream in question.streams.items()
        if Arm.SCOPE in (of := stream.responses)
    ]
    if not known:
        return None
    rates = max(known, key=lambda one: abs(math.log(one.scope.ratio)))
    if not _asked_alike(question, rates.scope):
        return Shift(rates, moved=False, apart=False)
    moved = not _steady(rates.scope.ratio)
    return Shift(rates, moved, moved and _apart(rates))


def _asked_alike(question: Question, change: ResponseChange) -> bool:
    if question.asked is Asked.RANDOM:
        return True
    only_respondents = change.after.invited <= _ASKED_AGAIN * change.before.answered
    return question.asked is Asked.SAME and not only_respondents


def _steady(ratio: float) -> bool:
    return STEADY[0] <= ratio <= STEADY[1]


def _apart(rates: ResponseRates) -> bool:
    if rates.comparison is None:
        return False
    distance = math.log(rates.scope.ratio) - math.log(rates.comparison.ratio)
    error = math.sqrt(_log_variance(rates.scope) + _log_variance(rates.comparison))
    return not _steady(math.exp(distance)) and abs(distance) > normal_quantile(_SURE) * error


def _log_variance(change: ResponseChange) -> float:
    """Variance of the log of a ratio of two shares (Katz et al. 1978)."""
    sides = (change.before, change.after)
    return sum(1 / side.answered - 1 / side.invited for side in sides)
