"""What report sections keep to: safe HTML, in both languages, and nothing that runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from loopqa.conformance import common, specimen
from loopqa.conformance.checking import CannotTell, Check
from loopqa.conformance.simple_case import SimpleCase
from loopqa.language import LANGUAGES, Text, text
from loopqa.plugin.report_section import Words


@dataclass(frozen=True)
class PlainPage:
    """A page that puts words into the plainest HTML."""

    language: str

    def say(self, words: Words) -> Markup:
        """Words in the page's language, escaped."""
        shown = words.render(self.language) if isinstance(words, Text) else words
        return escape("-" if shown is None else shown)

    def paragraph(self, words: Words) -> Markup:
        """A paragraph."""
        return Markup("<p>{}</p>").format(self.say(words))

    def facts(self, pairs: Sequence[tuple[Words, Words]]) -> Markup:
        """Pairs of a word and what it stands for."""
        lines = (
            Markup("<dt>{}</dt><dd>{}</dd>").format(*map(self.say, (one, other)))
            for one, other in pairs
        )
        return Markup("<dl>{}</dl>").format(Markup("").join(lines))

    def table(
        self,
        caption: Text,
        columns: Sequence[Text],
        rows: Sequence[Sequence[Words]],
        *,
        numbers: Collection[int] = (),
        notes: Sequence[Text] = (),
    ) -> Markup:
        """A table."""
        lines = [self._row("th", columns), *(self._row("td", row) for row in rows)]
        body = Markup("<table><caption>{}</caption>{}</table>")
        return body.format(self.say(caption), Markup("").join(lines)) + Markup("").join(
            map(self.paragraph, notes)
        )

    def _row(self, cell: str, words: Sequence[Words]) -> Markup:
        made = Markup(f"<{cell}>{{}}</{cell}>")
        return Markup("<tr>{}</tr>").format(
            Markup("").join(made.format(self.say(one)) for one in words)
        )


@dataclass(frozen=True)
class SectionCase(SimpleCase):
    """A report section with its options."""

    safe: Callable[[str], Any] | None = None
    """Raises an exception for HTML that may not stand in a report; None: nobody knows here."""


def returns_words_or_html(case: SectionCase) -> Iterator[Text]:
    """A str, a Markup or None, and the same each time."""
    for language in LANGUAGES:
        found = _html(case, language)
        if found is not None and not isinstance(found, str):
            yield text("it returns {what}, not text or Markup", what=type(found).__name__)
        if found != _html(case, language):
            yield text("it returns something else each time")


def _html(case: SectionCase, language: str, many: int = 120) -> Any:
    return case.made().html(specimen.report_context(many=many), PlainPage(language))


def is_safe(case: SectionCase) -> Iterator[Text]:
    """Its HTML is well-formed, without scripts, styles, forms, and anything from elsewhere."""
    if case.safe is None:
        raise CannotTell(text("what is safe is not known here"))
    for language in LANGUAGES:
        found = _html(case, language)
        if isinstance(found, Markup):
            try:
                case.safe(found)
            except Exception as error:
                yield text("its HTML is refused: {why}", why=str(error))


def is_calm(case: SectionCase) -> Iterator[Text]:
    """A window without answers leaves it calm."""
    found = _html(case, "en", many=0)
    if found is not None and not isinstance(found, str):
        yield text("it returns {what}, not text or Markup", what=type(found).__name__)


def has_a_title(case: SectionCase) -> Iterator[Text]:
    """The heading is a Text."""
    if not isinstance(getattr(case.made(), "title", None), Text):
        yield text("its title is no Text")


SECTION_CHECKS = (
    *common.WITHOUT_OPTIONS,
    *common.WITH_OPTIONS,
    Check("title", text("the heading is a Text"), has_a_title),
    Check("html", text("it returns text or Markup, the same each time"), returns_words_or_html),
    Check("safe", text("its HTML may stand in a report"), is_safe),
    Check("calm", text("it fails on no lack of data"), is_calm),
)
