"""Detectors: which scores fall short and should become findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from loopqa.language import Text
from loopqa.model.cycle import Candidate
from loopqa.model.rubric import Rubric
from loopqa.model.score import ScoreCard, Segment
from loopqa.model.tally import Tally

if TYPE_CHECKING:
    from loopqa.plugin.options import OptionsClass


@dataclass(frozen=True)
class DetectContext:
    """One evaluated window, and the one before it."""

    rubric: Rubric
    card: ScoreCard  #: of all cases of the window
    segments: tuple[Segment, ...]
    previous: ScoreCard | None  #: of the window before; None in the first
    previous_segments: tuple[Segment, ...]
    tally: Tally
    window: str  #: label of the current window inside the tally


class Detector(ABC):
    """Looks through the scores of one window and proposes what falls short."""

    type: ClassVar[str]  #: the name in YAML
    summary: ClassVar[Text]  #: one line for people
    Config: ClassVar[OptionsClass]

    def __init__(self, config: Any) -> None:
        """Keep ``config``, a ``Config``; no I/O here."""
        self.config = config

    @abstractmethod
    def detect(self, context: DetectContext) -> Iterable[Candidate]:
        """Candidates for findings, any number, in any order; pure."""
