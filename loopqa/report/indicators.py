"""Section 2, finer: the indicators with actual, target, gap and change in their own units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.calc.scoring.changes import value_change
from loopqa.language import text
from loopqa.model.words import word
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.reading import dimensions, indicators
from loopqa.report.scores import HIDDEN, period_notes, target_words
from loopqa.report.vocabulary import TARGET_GRADES
from loopqa.report.words import joined, named, period, plain

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.report.reading import DimensionReading, IndicatorReading
    from loopqa.report.report_input import ReportInput


_CHANGE = 5  #: column of the changes


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
    before = indicators(source.previous.scores) if source.previous else {}
    columns = (
        Column(text("Indicator")),
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
    return Table(caption, columns, rows, _notes(source, rows)).without_empty_columns()


def _notes(source: ReportInput, rows: tuple[Row, ...]) -> tuple[Text, ...]:
    """What the changes are measured against; nothing where there is none."""
    if source.previous is None or not any(row.cells[_CHANGE].notes for row in rows):
        return ()
    return (
        text(
            "Change: difference from {period}, below it its 95% interval. Unclear: chance alone "
            "may do that.",
            period=period(source.previous.window),
        ),
    )


def _change(entry: IndicatorReading, earlier: IndicatorReading | None) -> Cell:
    """The change since the period before, and whether it is more than chance."""
    if entry.value is None or earlier is None or earlier.value is None:
        return Cell(numbers.measured_difference(None, entry.unit))
    change = value_change(earlier.value, entry.value, earlier.interval, entry.interval)
    shown = numbers.measured_difference(change.difference, entry.unit)
    if change.interval is None or change.moved is None:
        return Cell(shown)
    bounds = plain(numbers.interval(change.interval, plus=True))
    return Cell(shown, notes=(bounds, word(change.moved)))


def _indicator_row(
    source: ReportInput,
    dimension: DimensionReading,
    entry: IndicatorReading,
    before: dict[tuple[str, str], IndicatorReading],
) -> Row:
    known = source.indicator(dimension.id, entry.id)
    title = named(known.title) if known else plain(entry.id)
    belongs = joined((source.dimension_name(dimension.id), source.rater_name(entry.rater)), " · ")
    cells = (
        Cell(title, notes=(belongs, *period_notes(dimension))),
        HIDDEN if entry.n and entry.small else Cell.of(numbers.count(entry.n)),
        Cell(numbers.measured(entry.value, entry.unit)),
        Cell(target_words(known.target if known else None, entry.target, entry.unit)),
        Cell(numbers.measured_difference(entry.gap, entry.unit)),
        _change(entry, None if dimension.carried else before.get((dimension.id, entry.id))),
        Cell.of(numbers.score(entry.score)),
        Cell.mark(TARGET_GRADES[entry.grade]),
    )
    return Row(cells)
