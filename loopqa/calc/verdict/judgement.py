"""The verdict: was it the action? One judgement for each question.

The decision table (:mod:`loopqa.calc.effect.designs`) picks the method, the guards say where none
can decide, several dimensions are corrected for being several, and the rest is put in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from loopqa.calc.effect.available import Available
from loopqa.calc.effect.shocks import Movements
from loopqa.calc.question.responses import response_shift
from loopqa.calc.verdict.assumptions import assumptions
from loopqa.calc.verdict.ceiling import Ceiling, on_both_scales
from loopqa.calc.verdict.change import change, score_change, sides, told_change, told_side
from loopqa.calc.verdict.effect_size import superiority
from loopqa.calc.verdict.families import benjamini_hochberg, holm
from loopqa.calc.verdict.plain_words import certainty, found
from loopqa.calc.verdict.randomised import randomised
from loopqa.calc.verdict.reasons import reason, remedy
from loopqa.calc.verdict.recovery import recovery
from loopqa.calc.verdict.trial import Trial, tried
from loopqa.model.rubric import Decide
from loopqa.model.verdict import Asked, EffectSize, Judgement, Outcome, Question, design_text

_FALSE_DISCOVERIES = 0.10  #: among the secondary dimensions
_RAISED, _LOWERED = "raised", "lowered"

Passed = set[tuple[int, str]]
"""(position of the trial, raised or lowered) that stand although several were looked at."""


def judge(
    questions: Sequence[Question], decide: Decide, *, primary: Collection[str] | None = None
) -> tuple[Judgement, ...]:
    """The judgements on ``questions``, in their order.

    Dimensions in ``primary`` (default: all) were named before the follow-up; Holm holds the error
    of all of them together. The others are secondary: Benjamini-Hochberg at 10 %, and never
    decisive for the action.
    """
    movements = Movements()
    plain = [
        _tried(one, decide, primary is None or one.dimension in primary, movements)
        for one in questions
    ]
    held = [on_both_scales(trial) for trial in plain]
    trials = [trial for trial, _ in held]
    passed = _passed(trials, 1 - decide.confidence)
    together = Counter(trial.primary for trial in trials)
    return tuple(
        _judgement(trial, ceiling, _outcome(trial, position, passed), together[trial.primary])
        for position, (trial, ceiling) in enumerate(held)
    )


def _tried(question: Question, decide: Decide, primary: bool, movements: Movements) -> Trial:
    if question.draw is not None:
        return randomised(question, question.draw, decide, primary=primary)
    return tried(question, decide, primary=primary, movements=movements)


def _passed(trials: Sequence[Trial], level: float) -> Passed:
    passed: Passed = set()
    for direction in (_RAISED, _LOWERED):
        p_values = {place: _p(trial, direction, level) for place, trial in enumerate(trials)}
        decisive = {place: p for place, p in p_values.items() if trials[place].primary}
        beside = {place: p for place, p in p_values.items() if not trials[place].primary}
        found = holm(decisive, level) | benjamini_hochberg(beside, _FALSE_DISCOVERIES)
        passed |= {(place, direction) for place in found}
    return passed


def _p(trial: Trial, direction: str, level: float) -> float:
    """One-sided p on the common level: where half the error is allowed it counts double."""
    if trial.effect is None:
        return 1.0
    estimate = trial.effect.estimate
    p = estimate.p_up() if direction == _RAISED else estimate.p_down()
    return min(1.0, p * level / trial.alpha)


def _outcome(trial: Trial, position: int, passed: Passed) -> Outcome:
    if trial.interval is None or trial.situation is None:
        return Outcome.INCONCLUSIVE
    low, high = trial.interval
    if low > 0 and (position, _RAISED) in passed:
        return Outcome.IMPROVED
    if high < 0 and (position, _LOWERED) in passed:
        return Outcome.WORSENED
    # Equivalence by two one-sided tests (Schuirmann 1987).
    material = trial.situation.material
    return Outcome.NO_CHANGE if -material < low and high < material else Outcome.INCONCLUSIVE


def _judgement(trial: Trial, ceiling: Ceiling | None, outcome: Outcome, together: int) -> Judgement:
    question, yardstick = trial.question, trial.question.yardstick
    before, after = (told_side(side, yardstick) for side in sides(question))
    moved = told_change(change(question), yardstick)
    unclear = outcome is Outcome.INCONCLUSIVE
    shift = response_shift(trial.question)
    return Judgement(
        dimension=question.dimension,
        outcome=outcome,
        score_change=score_change(moved),
        before=before,
        after=after,
        change=moved,
        estimate=yardstick.change(trial.effect.estimate.value) if trial.effect else None,
        interval=yardstick.changes(trial.interval) if trial.interval else None,
        confidence=1 - trial.alpha,
        effect_size=_effect_size(question),
        design=design_name(question, trial.offer),
        assumptions=assumptions(trial.situation, ceiling) if trial.situation else (),
        reason=reason(trial, ceiling, together) if unclear else None,
        remedy=remedy(trial) if unclear else None,
        primary=trial.primary,
        detectable=yardstick.size(trial.detectable) if trial.detectable is not None else None,
        answers_needed=trial.answers_needed,
        indicator=question.indicator,
        split=question.split,
        unit=yardstick.unit,
        change_unit=yardstick.change_unit,
        ratio=yardstick.ratio,
        quantile=question.quantile,
        material=yardstick.size(trial.situation.material) if trial.situation else None,
        found=found(trial, outcome, score_change(moved), before, after),
        certainty=certainty(trial, outcome),
        response=shift.rates if shift else None,
        recovery=recovery(question),
    )


def design_name(question: Question, offer: Available) -> str:
    """The design in short, e.g. ``random+comparison+history`` or ``same-unpaired``."""
    if question.draw is not None:
        return question.draw.design
    unpaired = question.asked is Asked.SAME and offer.asked is Asked.RANDOM
    asked = f"{question.asked.value}-unpaired" if unpaired else question.asked.value
    return design_text(asked, comparison=offer.comparison, history=offer.history)


def _effect_size(question: Question) -> EffectSize:
    """How often a later answer is the better one; only one rater's answers can be ranked."""
    if len(question.streams) != 1:
        return EffectSize(None, None)
    stream = next(iter(question.streams.values()))
    return superiority(stream.histogram_before, stream.histogram_after)
