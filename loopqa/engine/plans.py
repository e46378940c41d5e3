"""What a plan says: by dimension, and as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from loopqa.calc.power import POWER
from loopqa.calc.verdict.planning import Outlook
from loopqa.engine.prospects import AnswerDate
from loopqa.language import Text
from loopqa.model.verdict import design_text


@dataclass(frozen=True)
class Plan:
    """The plan for one dimension, or for any dimension where no data was given."""

    dimension: str | None
    n: int | None  #: answers in the scope and period
    outlook: Outlook
    change: float  #: worth seeing, in points

    @property
    def detectable(self) -> float | None:
        """Change that gets a verdict in four of five cases; None: no verdict is possible."""
        return self.outlook.verdict_detects(self.n) if self.n else None

    @property
    def answers(self) -> int | None:
        """Answers for a verdict on the change worth seeing; None: no number is enough."""
        return self.outlook.verdict_needs(self.change)

    @property
    def sampling_detectable(self) -> float | None:
        """What ``detectable`` is by sampling alone: the textbook number."""
        return self.outlook.sampling_detects(self.n) if self.n else None

    @property
    def sampling_answers(self) -> int:
        """What ``answers`` is by sampling alone: the textbook number."""
        return self.outlook.sampling_needs(self.change)

    def to_dict(self, response: float | None) -> dict[str, Any]:
        """One entry of ``loopqa.plan/1``."""
        return {
            "dimension": self.dimension,
            "n": self.n,
            "sd": self.outlook.sd,
            "retest": self.outlook.retest,
            "verdict": {
                "detectable": self.detectable,
                "answers_needed": self.answers,
                "invitations_needed": invitations(self.answers, response),
                "limit": self.outlook.verdict_limit(),
            },
            "sampling_alone": {
                "detectable": self.sampling_detectable,
                "answers_needed": self.sampling_answers,
                "invitations_needed": invitations(self.sampling_answers, response),
            },
        }


@dataclass(frozen=True)
class PlanResult:
    """The whole answer of ``loopqa plan``."""

    rubric: str
    plans: tuple[Plan, ...]
    response: float | None  #: share of those invited who answer
    notes: tuple[Text, ...]  #: what was assumed, and what stands in the way
    answer: AnswerDate | None = None  #: when the verdict will be known, by the workflow

    @property
    def design(self) -> str:
        """The design in short, as verdicts call it."""
        outlook = self.plans[0].outlook
        if outlook.lots is not None:
            return outlook.lots.design
        return design_text(
            outlook.asked.value, comparison=outlook.comparison, history=outlook.history
        )

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.plan/1``."""
        return {
            "schema": "loopqa.plan/1",
            "rubric": self.rubric,
            "design": self.design,
            "change": self.plans[0].change,
            "confidence": self.plans[0].outlook.confidence,
            "power": POWER,
            "response": self.response,
            "plans": [one.to_dict(self.response) for one in self.plans],
            "notes": [str(note) for note in self.notes],
            "answer": self.answer.to_dict() if self.answer else None,
        }


def invitations(answers: int | None, response: float | None) -> int | None:
    """Invitations that bring so many answers; None where either is not known."""
    return None if answers is None or response is None else math.ceil(answers / response)
