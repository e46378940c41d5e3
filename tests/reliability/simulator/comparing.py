"""Ready-made comparisons: what a real one hands to the settling, without reading any data."""

from __future__ import annotations

import random
from datetime import datetime

from loopqa.engine.rounds import Comparison
from loopqa.language import text
from loopqa.model.cycle import Finding, ReSurvey, Wave, WaveKind
from loopqa.model.score import Composite, DimensionScore, Grade, ScoreCard
from loopqa.model.verdict import Change, EffectSize, Judgement, Outcome, ScoreChange, Side
from tests.reliability.simulator.definitions import wave_of

ANSWERS = 120

#: Outcome → score afterwards, whether it moved, and how many answers would decide it.
_MADE = {
    "solved": (Outcome.IMPROVED, 3.9, ScoreChange.UP, None),
    "better": (Outcome.IMPROVED, 2.9, ScoreChange.UP, None),
    "worse": (Outcome.WORSENED, 1.9, ScoreChange.DOWN, None),
    "same": (Outcome.NO_CHANGE, 2.6, ScoreChange.UNCLEAR, None),
    "open": (Outcome.INCONCLUSIVE, 2.8, ScoreChange.UNCLEAR, 100),
    "hopeless": (Outcome.INCONCLUSIVE, 2.8, ScoreChange.UNCLEAR, None),
}


def ending(seed: int, action: int, round_number: int) -> str:
    """What a round comes to, by its own dice: the same however often it is compared."""
    dice = random.Random(f"{seed} {action} {round_number}")
    return dice.choices(list(_MADE), weights=(4, 1, 1, 1, 4, 1))[0]


def outcome_of(end: str) -> Outcome:
    """The verdict that an ending means."""
    return _MADE[end][0]


def comparison(
    resurvey: ReSurvey, baseline: Wave, findings: tuple[Finding, ...], end: str, at: datetime
) -> Comparison:
    """The comparison of a round that ends so, on every dimension its action is about."""
    assert resurvey.window is not None
    dimensions = tuple(dict.fromkeys(one.dimension for one in findings))
    wave = wave_of(resurvey.window, WaveKind.RE_SURVEY, baseline.rubric_hash, at)
    card = ScoreCard(
        tuple(_score(name, _MADE[end][1]) for name in dimensions),
        Composite(_MADE[end][1], ANSWERS, _MADE[end][1]),
    )
    return Comparison(wave, baseline, tuple(_judged(name, end) for name in dimensions), card)


def _score(dimension: str, score: float) -> DimensionScore:
    return DimensionScore(
        dimension, ANSWERS, score, 1.0, 0.2, 0.1, None, score, None, None, Grade.NONE, ()
    )


def _judged(dimension: str, end: str) -> Judgement:
    outcome, score, moved, needed = _MADE[end]
    return Judgement(
        dimension=dimension,
        outcome=outcome,
        score_change=moved,
        before=Side(ANSWERS, 2.6),
        after=Side(ANSWERS, score),
        change=Change(round(score - 2.6, 2), None, None),
        estimate=round(score - 2.6, 2),
        interval=None,
        confidence=0.95,
        effect_size=EffectSize(None, None),
        design="random+comparison",
        reason=text("{name}", name=end) if outcome is Outcome.INCONCLUSIVE else None,
        answers_needed=needed,
    )
