"""Section 2, finer: the distribution of answers, and the scores of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import (
    Cell,
    Column,
    DistributionPlot,
    DistributionRow,
    Figure,
    Row,
    Table,
)
from loopqa.report.privacy import hidden_groups
from loopqa.report.reading import composite, dimensions
from loopqa.report.theme import level_colours
from loopqa.report.vocabulary import Tone
from loopqa.report.words import NOTHING, Named, joined, named, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loopqa.language import Text
    from loopqa.model.rubric import Scale
    from loopqa.report.reading import DimensionReading, Document, IndicatorReading
    from loopqa.report.report_input import ReportInput

_MOST_LEVELS = 7
_MOST_COLUMNS = 8  #: of scores that fit beside each other
_NO_SCORE = plain(NOTHING)
_NOT_SHOWN = text("not shown")
_NO_LEVELS = {"%", "points"}  #: units of shares and net promoter scores: their codes are no levels


def distribution_figure(source: ReportInput) -> Figure | None:
    """Answers by level of every indicator that lives on the rubric's own small scale."""
    levels = _levels(source.rubric.scale)
    rows = tuple(_distribution_rows(source, levels))
    if not rows:
        return None
    names = _level_names(source.rubric.scale, levels)
    bottom = [levels.index(level) for level in source.rubric.boxes.bottom if level in levels]
    return Figure(
        "figure-distribution",
        _distribution_title(rows, bottom),
        text("Share of answers by level; the middle level is centred on the zero line."),
        DistributionPlot(rows, names),
        _distribution_table(rows, names),
        legend=tuple(zip(level_colours(len(levels)), names, strict=True)),
    )


def _levels(scale: Scale) -> tuple[float, ...]:
    span = scale.high - scale.low
    if span != int(span) or not 1 <= span < _MOST_LEVELS:
        return ()
    return tuple(scale.low + step for step in range(int(span) + 1))


def _level_names(scale: Scale, levels: Sequence[float]) -> tuple[Text, ...]:
    """``1 very dissatisfied`` where the rubric names its levels, else the bare figure."""
    numbered = [plain(f"{level:g}") for level in levels]
    words = {language: scale.labels.get(language, ()) for language in ("en", "zh")}
    fitting = {language: own for language, own in words.items() if len(own) == len(levels)}
    if not fitting:
        return tuple(numbered)
    english, chinese = (fitting.get(language) for language in ("en", "zh"))
    titles = zip(english or chinese or (), chinese or english or (), strict=True)
    return tuple(
        joined((figure, Named(pair[0], zh=pair[1])), " ")
        for figure, pair in zip(numbered, titles, strict=True)
    )


def _distribution_rows(source: ReportInput, levels: Sequence[float]) -> list[DistributionRow]:
    rows = []
    for dimension in dimensions(source.scores):
        fitting = [one for one in dimension.indicators if _fits(one, levels)]
        for indicator in fitting:
            label = _distribution_label(source, dimension, indicator, alone=len(fitting) == 1)
            counts = tuple(indicator.counts.get(level, 0) for level in levels)
            rows.append(DistributionRow(label, counts))
    return rows


def _fits(indicator: IndicatorReading, levels: Sequence[float]) -> bool:
    if indicator.unit in _NO_LEVELS:
        return False
    return bool(indicator.counts) and set(indicator.counts) <= set(levels)


def _distribution_label(
    source: ReportInput, dimension: DimensionReading, indicator: IndicatorReading, *, alone: bool
) -> Text:
    title = source.dimension_name(dimension.id)
    if alone:
        return title
    known = source.indicator(dimension.id, indicator.id)
    return joined((title, named(known.title) if known else plain(indicator.id)), " · ")


def _distribution_title(rows: Sequence[DistributionRow], bottom: Sequence[int]) -> Text:
    def low_share(row: DistributionRow) -> float:
        return sum(row.counts[level] for level in bottom) / max(1, sum(row.counts))

    worst = max(rows, key=low_share)
    return text(
        "Largest low share: {name}, {share}",
        name=worst.label,
        share=numbers.share(low_share(worst)),
    )


def _distribution_table(rows: Sequence[DistributionRow], names: Sequence[Text]) -> Table:
    columns = (
        Column(text("Dimension")),
        Column(text("n"), number=True),
        *(Column(name, number=True) for name in names),
    )
    return Table(text("Answers by level"), columns, tuple(_distribution_line(row) for row in rows))


def _distribution_line(row: DistributionRow) -> Row:
    total = sum(row.counts)
    shares = (
        Cell(plain(numbers.count(n)), notes=(plain(numbers.share(n / total if total else None)),))
        for n in row.counts
    )
    return Row((Cell(row.label), Cell.of(numbers.count(total)), *shares))


def segment_tables(source: ReportInput) -> tuple[Table, ...]:
    """One table per set of segment columns; small groups hidden, also against subtraction."""
    by: dict[tuple[str, ...], list[Document]] = {}
    for segment in source.scores.get("segments", ()):
        by.setdefault(tuple(segment["by"]), []).append(segment)
    return tuple(_segment_table(source, names, segments) for names, segments in by.items())


def _segment_table(
    source: ReportInput, names: Sequence[str], segments: Sequence[Document]
) -> Table:
    ids = [entry.id for entry in dimensions(source.scores) if not entry.only_shown]
    scores = [_composite_cells(segments), *(_segment_cells(segments, one) for one in ids)]
    measures = [text("Composite"), *(source.dimension_name(one) for one in ids)]
    shown = _told(segments, scores)
    segments = [segments[at] for at in shown]
    scores = [[cells[at] for at in shown] for cells in scores]
    groups = [_segment_name(segment["by"]) for segment in segments]
    corner = joined((plain(name) for name in names), " × ")
    if len(measures) > max(_MOST_COLUMNS, len(groups)):
        columns, rows = _laid_out(text("Dimension"), groups, measures, scores)
    else:
        flipped = [list(cells) for cells in zip(*scores, strict=True)]
        columns, rows = _laid_out(corner, measures, groups, flipped)
    notes = (
        text(
            "Small figures: answers. Groups under 5 are not shown, and further ones where they "
            "could be worked out from the total."
        ),
    )
    title = text("Scores by {names}", names=joined((plain(name) for name in names), " × "))
    return Table(title, columns, rows, notes)


def _told(segments: Sequence[Document], scores: Sequence[Sequence[Cell]]) -> list[int]:
    """Which segments say something: not cases without a segment of which there is no score."""
    return [
        at
        for at, segment in enumerate(segments)
        if any(segment["by"].values())
        or any(cells[at].words not in (_NO_SCORE, _NOT_SHOWN) for cells in scores)
    ]


def _laid_out(
    corner: Text, across: Sequence[Text], down: Sequence[Text], cells: Sequence[Sequence[Cell]]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Columns and rows of a table with these heads; ``cells`` row by row."""
    columns = (Column(corner), *(Column(title, number=True) for title in across))
    return columns, tuple(
        Row((Cell(title), *line)) for title, line in zip(down, cells, strict=True)
    )


def _segment_name(by: Mapping[str, str]) -> Text:
    return plain(" / ".join(value or NOTHING for value in by.values()))


def _segment_cells(segments: Sequence[Document], dimension: str) -> list[Cell]:
    readings = [
        next((entry for entry in dimensions(segment) if entry.id == dimension), None)
        for segment in segments
    ]
    pairs = [(entry.score, entry.n) if entry else (None, 0) for entry in readings]
    return _guarded(pairs)


def _composite_cells(segments: Sequence[Document]) -> list[Cell]:
    return _guarded([composite(segment) for segment in segments])


def _guarded(pairs: Sequence[tuple[float | None, int]]) -> list[Cell]:
    """Scores with their n below; hidden groups show neither."""
    hidden = hidden_groups([n for _, n in pairs])
    return [
        _hidden(n)
        if at in hidden
        else Cell(plain(numbers.score(score)), notes=(plain(numbers.count(n)),))
        for at, (score, n) in enumerate(pairs)
    ]


def _hidden(n: int) -> Cell:
    return Cell(_NOT_SHOWN, Tone.DIM) if n else Cell(_NO_SCORE)
