"""How a cycle of the varied worlds is staged: who is asked, what is hostile, what is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from loopqa.engine.proving.drifts import FIRST, Moves
from loopqa.engine.proving.effects import Effect, an_effect, an_evidence, one_of
from loopqa.engine.proving.evidence import Situation
from loopqa.engine.proving.varied import MOST_DIMENSIONS
from loopqa.model.verdict import Asked, Flagged

HOSTILE = 0.4  #: share of cycles
SEVERAL = 0.3  #: share of cycles in which more than one dimension is judged
_FLAGGED = ((Flagged.LOWEST, 0.45), (Flagged.BELOW, 0.35), (Flagged.NAMED, 0.20))
_GAPS = 0.4  #: share of months that a history with gaps lacks


@dataclass(frozen=True)
class Staging:
    """The plan of one cycle."""

    effect: Effect
    size: float
    moves: Moves
    situation: Situation
    asked: Asked
    comparison: bool
    history: tuple[int, ...]  #: months, oldest first
    lag: int  #: months from the baseline to the follow-up
    flagged: Flagged
    dimensions: int
    judged: int  #: how many of them are judged at once

    @property
    def volume(self) -> float:
        """How many answers there are, against the usual."""
        return 0.15 if self.situation is Situation.FEW_ANSWERS else 1.0


def drawn_staging(random: np.random.Generator) -> Staging:
    """Draw one, hostile in two of five cycles."""
    effect = an_effect(random)
    comparison, history = an_evidence(random)
    lag, dimensions = int(random.integers(2, 5)), int(random.integers(1, MOST_DIMENSIONS + 1))
    shares = [share for _, share in _FLAGGED]
    hostile = random.random() < HOSTILE
    several = dimensions > 1 and random.random() < SEVERAL
    return _hostile(
        random,
        Staging(
            effect,
            effect.drawn(random),
            one_of(random, list(Moves)),
            one_of(random, list(Situation)[1:]) if hostile else Situation.PLAIN,
            one_of(random, list(Asked)),
            comparison,
            _months(random) if history else (),
            lag,
            _FLAGGED[random.choice(len(_FLAGGED), p=shares)][0],
            dimensions,
            int(random.integers(2, dimensions + 1)) if several else 1,
        ),
    )


def _months(random: np.random.Generator) -> tuple[int, ...]:
    """Six to twelve months, sometimes up to two years."""
    longer = random.random() < 0.2
    count = int(random.integers(13, -FIRST + 1) if longer else random.integers(6, 13))
    return tuple(range(-count, 0))


def _hostile(random: np.random.Generator, plan: Staging) -> Staging:
    """Change the plan so that its situation can arise."""
    match plan.situation:
        case Situation.OTHER_ACTION | Situation.HIDDEN_ACTION | Situation.CEILING:
            return replace(plan, comparison=True)
        case Situation.IDS_MISSING:
            return replace(plan, asked=one_of(random, [Asked.SAME, Asked.LOW]))
        case Situation.UNEQUAL_WINDOWS:
            return replace(plan, asked=Asked.RANDOM)
        case Situation.GAPS:
            months = np.array(plan.history or _months(random))
            kept = months[random.random(len(months)) >= _GAPS]
            return replace(plan, history=tuple(int(one) for one in kept))
        case _:
            return plan
