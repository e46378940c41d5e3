"""What the evidence of a varied cycle can carry: the decision table, and what nobody can see.

Written down apart from the core, whose guards it is to judge.
"""

from __future__ import annotations

from dataclasses import dataclass

from loopqa.engine.proving.drifts import Moves
from loopqa.engine.proving.evidence import Design, Ground, Situation
from loopqa.engine.proving.staging import Staging
from loopqa.model.verdict import Asked

ENOUGH = 10  #: answers, or customers asked twice; fewer decide nothing
WINDOWS = 6  #: earlier windows that make a history

HIDDEN = "another action that nobody told of"
SHAKEN = "channel shocks and no history"
FEWER = "fewer respond and no comparison"
PEAK = "a yearly peak not seen before and no comparison"


@dataclass(frozen=True)
class Facts:
    """What the evidence of a cycle consists of."""

    design: Design
    answers: int  #: in the scope, in the smaller period; of customers matched, where they are
    teams: int  #: in scope and comparison together
    known: float  #: share of customers whose id is known
    history: tuple[int, ...]  #: months


def ground(plan: Staging, facts: Facts) -> Ground:
    """What this evidence can carry."""
    if _undecidable(plan, facts):
        return Ground.UNDECIDABLE
    return Ground.UNIDENTIFIED if unclear(plan, facts) else Ground.IDENTIFIED


def _undecidable(plan: Staging, facts: Facts) -> bool:
    """The rows of the decision table that allow no verdict."""
    design, low = facts.design, plan.asked is Asked.LOW
    return (
        facts.answers < ENOUGH
        or not (design.comparison or design.history)
        or plan.situation is Situation.MODE_IN_SCOPE
        or (plan.situation is Situation.MODE_EVERYWHERE and (low or not design.comparison))
        or (low and not facts.known)
        or (facts.teams <= 2 and not design.history)
    )


def unclear(plan: Staging, facts: Facts) -> str:
    """What can't be told from an effect, and can't be seen in the data either; "" where nothing."""
    if facts.design.comparison:
        if plan.situation is Situation.HIDDEN_ACTION:
            return HIDDEN
        return SHAKEN if plan.moves is Moves.SHOCKS and not facts.design.history else ""
    if plan.situation is Situation.FEWER_RESPOND:
        return FEWER
    seen_before = {-12, plan.lag - 12} <= set(facts.history)
    return PEAK if plan.moves is Moves.PEAK and not seen_before else ""
