"""Sections of plugins at the end of a report: each asked, checked, and replaced where it fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.plugin.loading import why
from loopqa.plugin.report_section import ReportContext, ReportSection, Words
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.safe_html import Unsafe, safe
from loopqa.report.words import NOTHING, plain

if TYPE_CHECKING:
    from loopqa.report.report_input import ReportInput


@dataclass(frozen=True)
class Opened:
    """A section that the workflow names."""

    type: str
    make: Callable[[], ReportSection]
    told: ReportContext
    note: Callable[[Text], None]  #: told what it returned that can't be shown


@dataclass(frozen=True)
class Shown:
    """A section in one language, as it stands in the page."""

    title: str
    body: Markup


@dataclass(frozen=True)
class InLanguage:
    """The blocks of the report in one language, for sections; all words are escaped."""

    language: str
    macros: Any  #: of the template ``blocks``

    def say(self, words: Words) -> Markup:
        """Words in the page's language."""
        return escape(_text(words).render(self.language))

    def paragraph(self, words: Words) -> Markup:
        """A paragraph."""
        return Markup("<p>{}</p>").format(self.say(words))

    def facts(self, pairs: Sequence[tuple[Words, Words]]) -> Markup:
        """Pairs of a word and what it stands for."""
        return Markup(self.macros.facts([(_text(name), _text(value)) for name, value in pairs]))

    def table(
        self,
        caption: Text,
        columns: Sequence[Text],
        rows: Sequence[Sequence[Words]],
        *,
        numbers: Collection[int] = (),
        notes: Sequence[Text] = (),
    ) -> Markup:
        """A table as the report's others."""
        heads = tuple(Column(title, number=at in numbers) for at, title in enumerate(columns))
        lines = tuple(Row(tuple(Cell(_text(one)) for one in row)) for row in rows)
        return Markup(self.macros.table(Table(caption, heads, lines, tuple(notes))))


def seen_by(source: ReportInput) -> ReportContext:
    """What sections are told of."""
    return ReportContext(
        rubric=source.rubric,
        workflow=source.workflow,
        wave=source.wave,
        previous=source.previous,
        waves=source.series,
        findings=source.findings,
        actions=source.actions,
        resurveys=source.resurveys,
        verdicts=source.verdicts,
        notes=source.notes,
        analyses=source.analyses,
        today=source.today,
    )


def shown(sections: Sequence[Opened], page: InLanguage) -> list[Shown]:
    """The sections that have something to tell, and a mark in place of those that failed."""
    made = (_shown(one, page) for one in sections)
    return [one for one in made if one is not None]


def _shown(one: Opened, page: InLanguage) -> Shown | None:
    title = plain(one.type).render(page.language)
    try:
        section = one.make()
        title = section.title.render(page.language)
        body = _body(section.html(one.told, page), page)
    except LoopQAError as error:
        body = _failed(one.type, error.problems[0].message, page)
    except Unsafe as error:
        one.note(error.why)
        body = _failed(one.type, error.why, page)
    except (Exception, SystemExit) as error:
        body = _failed(one.type, why(error), page)
    return None if body is None else Shown(title, body)


def _body(returned: object, page: InLanguage) -> Markup | None:
    if returned is None:
        return None
    if isinstance(returned, Markup):
        return safe(returned)
    if isinstance(returned, str):
        return page.paragraph(returned)
    raise Unsafe(text("it returned no text, but {kind}", kind=type(returned).__name__))


def _failed(type_: str, reason: Text, page: InLanguage) -> Markup:
    told = text("! The section '{type}' could not be made: {why}", type=type_, why=reason)
    return Markup('<p class="bad">{}</p>').format(page.say(told))


def _text(words: Words) -> Text:
    if isinstance(words, Text):
        return words
    return plain(NOTHING if words is None else words)
