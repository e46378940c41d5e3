"""Analysers: where a finding sits, what goes along with it; proposals for people, no changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from loopqa.calc.detection.findings import MergedCandidate
from loopqa.language import Text
from loopqa.model.analysis import Insight
from loopqa.model.behind import NO_CASES, NO_COMMENTS, Comments, RatedCases
from loopqa.model.rubric import Rubric
from loopqa.model.score import ScoreCard, Segment
from loopqa.model.tally import Tally

if TYPE_CHECKING:
    import numpy as np

    from loopqa.plugin.options import OptionsClass


def no_comments() -> Comments:
    """What there is to read for an analyser of whole waves."""
    return NO_COMMENTS


def no_cases(most: int) -> RatedCases:
    """What there is to show for an analyser of whole waves."""
    return NO_CASES


@dataclass(frozen=True)
class AnalyseContext:
    """One evaluated window, and the finding in it that is asked about."""

    rubric: Rubric
    card: ScoreCard  #: of all cases of the window
    segments: tuple[Segment, ...]
    tally: Tally  #: grouped by the workflow's segments; ``cross`` counts scores jointly
    window: str  #: label of the window inside the tally
    finding: MergedCandidate | None  #: None for an analyser of whole waves
    random: np.random.Generator  #: seeded by workflow and window: a repeat draws the same
    comments: Callable[[], Comments] = no_comments
    """The comments on the finding's cases; looked for when called, and the same every time."""
    cases: Callable[[int], RatedCases] = no_cases
    """At most so many of the finding's lowest cases; looked for when called."""


class Analyser(ABC):
    """Looks behind a finding, or behind the scores of a whole wave."""

    type: ClassVar[str]  #: the name in YAML
    summary: ClassVar[Text]  #: one line for people
    Config: ClassVar[OptionsClass]
    per_finding: ClassVar[bool] = True  #: asked for every finding; False: once a wave
    reads_cases: ClassVar[bool] = False
    """Whether it asks for ``context.comments()`` or ``context.cases()``: then inputs that map a
    comment are read row by row, and not counted in their database."""

    def __init__(self, config: Any) -> None:
        """Keep ``config``, a ``Config``; no I/O here."""
        self.config = config

    @abstractmethod
    def analyse(self, context: AnalyseContext) -> Insight | None:
        """What there is to say; None: nothing. Pure, and it changes no state."""
