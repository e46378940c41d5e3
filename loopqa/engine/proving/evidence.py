"""What a simulated cycle puts before those who judge it, and the truth behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from loopqa.engine.evaluate import compare
from loopqa.engine.proving.practices import Arm
from loopqa.model.verdict import Asked, Outcome, design_text


class Make(StrEnum):
    """How a world was made; the standard ones share no code with the others."""

    STANDARD = "standard"  #: three channels of four teams, five ratings
    VARIED = "varied"  #: any shape, drift and habit of rating, and hostile situations
    KPI = "kpi"  #: tickets with times, shares and NPS


class Situation(StrEnum):
    """What makes a cycle harder than it looks."""

    PLAIN = "plain"
    MODE_IN_SCOPE = "mode changed in the scope"
    MODE_EVERYWHERE = "mode changed everywhere"
    FEWER_RESPOND = "fewer respond"
    OTHER_ACTION = "another action, told"
    HIDDEN_ACTION = "another action, not told"
    ONE_TEAM = "scope of one team"
    TWO_TEAMS = "scope of two teams"
    FEW_ANSWERS = "very few answers"
    CEILING = "comparison near the ceiling"
    IDS_MISSING = "customer ids missing"
    GAPS = "history with gaps"
    UNEQUAL_WINDOWS = "windows of unequal length"
    EVERYTHING = "everything in scope"


class Ground(StrEnum):
    """What the evidence of a cycle can carry, by the decision table."""

    IDENTIFIED = "identified"  #: it can tell the effect from everything else
    UNIDENTIFIED = "unidentified"  #: nobody can, and nobody can see from the data that nobody can
    UNDECIDABLE = "undecidable"  #: nobody can, and that is plain: only inconclusive is right


@dataclass(frozen=True)
class Design:
    """How a follow-up is set up."""

    asked: Asked
    comparison: bool
    history: bool

    @property
    def name(self) -> str:
        """In short, as verdicts call it."""
        return design_text(self.asked.value, comparison=self.comparison, history=self.history)


@dataclass(frozen=True)
class Setting:
    """What a cycle is like, the truth included."""

    make: Make
    design: Design  #: as the evidence has it, whatever was wished for
    drift: str
    effect: str  #: a name of :data:`loopqa.engine.proving.effects.EFFECTS`
    truth: Mapping[str, float]  #: judged dimension → true effect; above 0 is better
    ground: Ground
    unclear: str = ""  #: what can't be told from an effect, where the ground is unidentified
    situation: Situation = Situation.PLAIN
    measure: str = "ratings"


@dataclass(frozen=True)
class Evidence:
    """What is put before LoopQA and before the naive practices."""

    setting: Setting
    asked: Mapping[str, Any]  #: the arguments of :func:`loopqa.compare`
    arms: Mapping[str, tuple[Arm, Arm]]  #: dimension → scope and comparison, higher is better


def judged(evidence: Evidence) -> dict[str, Outcome]:
    """LoopQA's verdicts, by dimension."""
    return {one.dimension: one.outcome for one in compare(**evidence.asked).verdicts}
