"""Detectors: which scores fall short and should become findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from loopqa.language import Text
from loopqa.model.cycle import Candidate, Scope
from loopqa.model.rubric import Rubric
from loopqa.model.score import ScoreCard, Segment
from loopqa.model.tally import Tally

if TYPE_CHECKING:
    from loopqa.plugin.options import OptionsClass


@dataclass(frozen=True)
class PastScore:
    """One dimension in one scope, in an earlier window."""

    window: str
    n: int
    score: float | None
    bottom_share: float | None  #: 0..1


@dataclass(frozen=True)
class DetectContext:
    """One evaluated window, the one before it, and what is known of those before that."""

    rubric: Rubric
    card: ScoreCard  #: of all cases of the window
    segments: tuple[Segment, ...]
    previous: ScoreCard | None  #: of the window before; None in the first
    previous_segments: tuple[Segment, ...]
    tally: Tally
    window: str  #: label of the current window inside the tally
    #: Earlier windows of the same length, oldest first, by (dimension, scope); never this one.
    history: Mapping[tuple[str, Scope], tuple[PastScore, ...]] = field(default_factory=dict)


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
