"""Scoring schemes: how the answers of one indicator become a value and a score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from loopqa.language import Text
from loopqa.model.coding import Coding, Histogram, Score
from loopqa.model.rubric import Boxes, Condition, Measure, Scale

if TYPE_CHECKING:
    from loopqa.plugin.options import OptionsClass


@dataclass(frozen=True)
class ScoringContext:
    """What the rubric says about the indicator that is scored."""

    scale: Scale  #: the rubric's, on which ``Score.score`` is expressed
    boxes: Boxes
    measure: Measure
    target: Condition | None  #: in the unit of the value
    unit: str  #: of the value, as the rubric writes it; "" if it says nothing
    aggregate: str  #: mean, median, p90, share or nps


class Scoring(ABC):
    """Scores one indicator, without ever seeing a single case.

    ``code`` says in a closed form how one raw value is read; the host counts; ``score`` works on
    the counts. So the same scheme runs on any engine and inside intervals. Both are pure.
    """

    type: ClassVar[str]  #: the name in YAML
    summary: ClassVar[Text]  #: one line for people
    Config: ClassVar[OptionsClass]

    def __init__(self, config: Any, context: ScoringContext) -> None:
        """Keep ``config`` (a ``Config``) and ``context``.

        Raises:
            UsageError: the options make no sense for this indicator.
        """
        self.config = config
        self.context = context

    @abstractmethod
    def code(self) -> Coding:
        """How one raw value becomes a level or a number, and what it contributes to a mean."""

    @abstractmethod
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """Value and score of counted answers; ``inputs["value"]`` holds the indicator's own."""

    @property
    def unit(self) -> str:
        """Unit of ``Score.value``: "" for scores, "%", "points", or the indicator's own."""
        return self.context.unit
