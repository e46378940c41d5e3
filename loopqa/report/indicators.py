"""Section 2, finer: the indicators with actual, target, gap and change in their own units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.reading import dimensions, indicator_values
from loopqa.report.scores import HIDDEN, target_words
from loopqa.report.vocabulary import TARGET_GRADES, rater_words
from loopqa.report.words import named, plain

if TYPE_CHECKING:
    from loopqa.report.reading import DimensionReading, IndicatorReading
    from loopqa.report.report_input import ReportInput


def indicator_table(source: ReportInput) -> Table | None:
    """Indicators in their own units; not those that only repeat their dimension."""
    entries = [
        (dimension, indicator)
        for dimension in dimensions(source.scores)
        for indicator in dimension.indicators
        if indicator.unit or len(dimension.indicators) > 1
    ]
    if not entries:
        return None
    before = indicator_values(source.previous.scores) if source.previous else {}
    columns = (
        Column(text("Indicator")),
        Column(text("Rated by")),
        Column(text("n"), number=True),
        Column(text("Actual"), number=True),
        Column(text("Target"), number=True),
        Column(text("Gap"), number=True),
        Column(text("Change"), number=True),
        Column(text("Score"), number=True),
        Column(text("Target met?")),
    )
    rows = tuple(_indicator_row(source, d, i, before) for d, i in entries)
    caption = text("Indicators in their own units")
    return Table(caption, columns, rows).without_empty_columns()


def _indicator_row(
    source: ReportInput,
    dimension: DimensionReading,
    entry: IndicatorReading,
    before: dict[tuple[str, str], float | None],
) -> Row:
    known = source.indicator(dimension.id, entry.id)
    title = named(known.title) if known else plain(entry.id)
    earlier = before.get((dimension.id, entry.id))
    moved = None if entry.value is None or earlier is None else entry.value - earlier
    cells = (
        Cell(title, notes=(source.dimension_name(dimension.id),)),
        Cell(rater_words(entry.rater)),
        HIDDEN if entry.n and entry.small else Cell.of(numbers.count(entry.n)),
        Cell(numbers.measured(entry.value, entry.unit)),
        Cell(target_words(known.target if known else None, entry.target, entry.unit)),
        Cell(numbers.measured_difference(entry.gap, entry.unit)),
        Cell(numbers.measured_difference(moved, entry.unit)),
        Cell.of(numbers.score(entry.score)),
        Cell.mark(TARGET_GRADES[entry.grade]),
    )
    return Row(cells)
