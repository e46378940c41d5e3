"""The sample that was drawn for review: aim, size, and how much of it came back reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.calc.coverage import percent, shortfalls
from loopqa.language import Text, text
from loopqa.model.sample import Coverage, StratumCoverage, sample_ref
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.words import NOTHING, plain

if TYPE_CHECKING:
    from loopqa.report.report_input import ReportInput

FEW = 12  #: strata that are shown at once; more of them fold away


@dataclass(frozen=True)
class SampleView:
    """What the page says of the sample."""

    facts: tuple[tuple[Text, Text], ...]
    shortfalls: tuple[Text, ...]  #: what weakens the reviews' say
    table: Table

    @property
    def long(self) -> bool:
        """Whether the table is better folded away."""
        return len(self.table.rows) > FEW


def sample_view(source: ReportInput) -> SampleView | None:
    """The sample of the wave; None where none was drawn for its window."""
    document = source.scores.get("sample")
    if document is None:
        return None
    coverage = Coverage.from_dict(document)
    return SampleView(_facts(coverage), shortfalls(coverage), _table(coverage))


def _facts(coverage: Coverage) -> tuple[tuple[Text, Text], ...]:
    return (
        (
            text("Purpose"),
            text(
                "reviews of input '{reviews}' are to speak for all cases of input '{population}'",
                reviews=coverage.for_input,
                population=coverage.draw_from,
            ),
        ),
        (text("Rule"), _rule(coverage)),
        (
            text("Drawn"),
            text(
                "{drawn} of {population} cases ({sample}, by lot)",
                drawn=numbers.count(coverage.drawn),
                population=numbers.count(coverage.population),
                sample=sample_ref(coverage.sample),
            ),
        ),
        (
            text("Reviewed"),
            text(
                "{reviewed} of {drawn} drawn, {share} of all cases",
                reviewed=numbers.count(coverage.reviewed),
                drawn=numbers.count(coverage.drawn),
                share=percent(coverage.share),
            ),
        ),
    )


def _rule(coverage: Coverage) -> Text:
    words = {
        "stratum": text(
            "at least {share} and {n} cases of every stratum",
            share=percent(coverage.promised),
            n=coverage.at_least,
        ),
        "total": text(
            "at least {share} and {n} cases in all, in proportion to the strata",
            share=percent(coverage.promised),
            n=coverage.at_least,
        ),
    }
    return words[coverage.per]


def _table(coverage: Coverage) -> Table:
    columns = (
        Column(text("Stratum")),
        Column(text("Cases"), number=True),
        Column(text("Drawn"), number=True),
        Column(text("Reviewed"), number=True),
        Column(text("Share reviewed"), number=True),
        Column(text("One stands for"), number=True),
    )
    rows = [_row(coverage, one) for one in coverage.strata]
    whole = StratumCoverage("", coverage.population, coverage.drawn, coverage.reviewed)
    if len(rows) > 1:
        rows.append(Row((Cell(text("All")), *_figures(whole), Cell.of("")), strong=True))
    notes: tuple[Text, ...] = ()
    if coverage.unweighted is None:
        notes = (
            text(
                "Every review stands for as many cases of its stratum as its column says; scores, "
                "intervals and changes are those of all cases."
            ),
        )
    return Table(text("Sample by stratum"), columns, tuple(rows), notes)


def _row(coverage: Coverage, one: StratumCoverage) -> Row:
    name = Cell(plain(one.stratum), warning=_warning(one))
    weight = f"{one.population / one.reviewed:,.2f}" if one.reviewed else NOTHING
    if coverage.unweighted is not None:
        weight = NOTHING
    return Row((name, *_figures(one), Cell.of(weight)))


def _warning(one: StratumCoverage) -> Text | None:
    if not one.drawn:
        return text("none drawn")
    if one.reviewed < one.drawn:
        return text("below the rule: {n} are missing", n=numbers.count(one.drawn - one.reviewed))
    return None


def _figures(one: StratumCoverage) -> tuple[Cell, ...]:
    counts = (one.population, one.drawn, one.reviewed)
    share = numbers.share(one.reviewed / one.population)
    return (*(Cell.of(numbers.count(n)) for n in counts), Cell.of(share))
