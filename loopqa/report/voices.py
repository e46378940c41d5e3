"""What customers said about a finding: themes of their comments and typical cases, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.words import joined, named, plain, scope_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loopqa.language import Text
    from loopqa.model.analysis import Insight, Lead
    from loopqa.report.report_input import ReportInput

THEMES, CASES = "themes", "cases"  #: the analysers whose leads these are


def theme_table(insight: Insight) -> Table:
    """Root causes, words that stand out, and keywords, with the customers who use them."""
    columns = (
        Column(text("Word or root cause"), prose=True),
        Column(text("Low answers"), number=True),
        Column(text("Share"), number=True),
        Column(text("Share of the others"), number=True),
        Column(text("Points to")),
    )
    rows = tuple(_theme(lead) for lead in insight.leads)
    return Table(text("What comments on low answers speak of"), columns, rows)


def _theme(lead: Lead) -> Row:
    found, low = lead.figures, lead.figures.get("low")
    cells = (
        Cell(_called(lead)),
        Cell.of(numbers.count(None if low is None else int(low))),
        Cell.of(numbers.share(found.get("low_share"))),
        Cell.of(numbers.share(found.get("rest_share"))),
        Cell(plain(lead.details.get("cause", "") if "word" in lead.details else "")),
    )
    return Row(cells)


def _called(lead: Lead) -> Text:
    told = lead.details
    if "word" in told:
        return plain(f"“{told['word']}”")
    if "keyword" in told:
        return text("“{word}” (keyword of the rubric)", word=told["keyword"])
    return text("Root cause: {cause}", cause=told.get("cause", ""))


def case_table(source: ReportInput, insight: Insight) -> Table:
    """One row a case: which, where, what was answered and what was said."""
    columns = (
        Column(text("Case"), fixed=True),
        Column(text("Score"), number=True),
        Column(text("Where")),
        Column(text("Answers")),
        Column(text("Comment"), prose=True),
    )
    rows = tuple(_case(source, lead) for lead in insight.leads)
    return Table(text("Typical cases"), columns, rows)


def _case(source: ReportInput, lead: Lead) -> Row:
    told = lead.details
    cells = (
        Cell(plain(told.get("case", "")), notes=(plain(told["at"]),) if "at" in told else ()),
        Cell.of(numbers.score(lead.figures.get("score"))),
        Cell(scope_words(lead.scope) if lead.scope else plain("")),
        Cell(joined(_answers(source, lead))),
        Cell(plain(f"“{told['comment']}”") if "comment" in told else plain("")),
    )
    return Row(cells)


def _answers(source: ReportInput, lead: Lead) -> Iterator[Text]:
    """The answers of a case under the titles of the rubric."""
    for dimension in source.rubric.dimensions:
        for one in dimension.indicators:
            answer = lead.details.get(f"{dimension.id}.{one.id}")
            if answer:
                alone = len(dimension.indicators) == 1
                title = named(dimension.title if alone else one.title)
                yield joined((title, plain(answer)), " ")
