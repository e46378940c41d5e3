"""Report sections: parts of the report of a wave that a workflow names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from loopqa.language import Text
from loopqa.model.analysis import Analysis
from loopqa.model.cycle import Action, Finding, Note, ReSurvey, Verdict, Wave
from loopqa.model.rubric import Rubric
from loopqa.model.workflow import Workflow

if TYPE_CHECKING:
    from markupsafe import Markup

    from loopqa.plugin.options import OptionsClass

Words = Text | str | float | None
"""What may stand in a cell: a sentence, words or a figure as they are, or nothing (a dash)."""


@dataclass(frozen=True)
class ReportContext:
    """What one report tells of; nothing here names a customer.

    The report shows no group of fewer than five people. A section that shows counts keeps to that.
    """

    rubric: Rubric
    workflow: Workflow
    wave: Wave  #: whose report it is; ``wave.scores`` is its ``loopqa.score/1`` document
    previous: Wave | None  #: the wave of the window before
    waves: tuple[Wave, ...]  #: one for each window up to this one, oldest first
    findings: tuple[Finding, ...]  #: of the workflow, whenever they were found
    actions: tuple[Action, ...]
    resurveys: tuple[ReSurvey, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[Note, ...]  #: on findings and actions
    analyses: tuple[Analysis, ...]  #: of this wave, and the latest of every finding
    today: date  #: in the workspace's time zone


class Page(Protocol):
    """Puts things the way the rest of the report does, in one language. All of it is escaped."""

    @property
    def language(self) -> str:
        """The language of this page: "en" or "zh"."""

    def say(self, words: Words) -> Markup:
        """Words in the page's language."""

    def paragraph(self, words: Words) -> Markup:
        """A paragraph."""

    def facts(self, pairs: Sequence[tuple[Words, Words]]) -> Markup:
        """Pairs of a word and what it stands for, one a line."""

    def table(
        self,
        caption: Text,
        columns: Sequence[Text],
        rows: Sequence[Sequence[Words]],
        *,
        numbers: Collection[int] = (),
        notes: Sequence[Text] = (),
    ) -> Markup:
        """A table; ``numbers`` are the positions of columns with figures, from 0."""


class ReportSection(ABC):
    """A part of the report; ``report: {sections: [{type: ...}]}`` of a workflow names it.

    It is asked once for each language. What it returns is checked: it must be well-formed, without
    scripts, styles, forms, ids, and anything that is loaded from elsewhere; classes are those of
    the page, such as ``small``, ``good`` and ``bad``. Drawings are SVG. A section that fails leaves
    a line that says so, and the rest of the report is whole.
    """

    type: ClassVar[str]  #: the name in YAML
    summary: ClassVar[Text]  #: one line for people
    Config: ClassVar[OptionsClass]
    title: ClassVar[Text]  #: the heading of the section

    def __init__(self, config: Any) -> None:
        """Keep ``config``, a ``Config``; no I/O here."""
        self.config = config

    @abstractmethod
    def html(self, report: ReportContext, page: Page) -> Markup | str | None:
        """The section below its heading; None: there is nothing to tell, and no heading either.

        A ``str`` is words and is escaped; HTML is a ``Markup``, as ``page`` makes it and as
        ``Markup("<p>{}</p>").format(words)`` does.
        """
