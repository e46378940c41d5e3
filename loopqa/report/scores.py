"""Section 2: the dimension scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Figure, Row, ScorePlot, ScoreRow, Table
from loopqa.report.reading import (
    composite,
    dimension_scores,
    dimensions,
)
from loopqa.report.vocabulary import TARGET_GRADES, Tone
from loopqa.report.words import NOTHING, joined, period, plain

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.rubric import Condition, Scale
    from loopqa.report.reading import DimensionReading
    from loopqa.report.report_input import ReportInput

SCORES = "scores"  #: id of the dimension table in the page
HIDDEN = Cell(text("under 5"), Tone.DIM)
_SIGNS = {">=": "≥", "<=": "≤", "==": "="}


def is_short(source: ReportInput, entry: DimensionReading) -> bool:
    """Whether a score lies below the finding threshold or misses its target."""
    if entry.score is None:
        return False
    below = source.rubric.finding.below
    return (below is not None and entry.score < below) or (entry.gap is not None and entry.gap < 0)


def score_table(source: ReportInput) -> Table:
    """One row per dimension, the composite last."""
    before = dimension_scores(source.previous.scores) if source.previous else {}
    rows = [
        _dimension_row(source, entry, before)
        for entry in dimensions(source.scores)
        if not entry.only_shown
    ]
    columns = (
        Column(text("Dimension")),
        Column(text("n"), number=True),
        Column(text("Mean"), number=True),
        Column(text("High share"), number=True),
        Column(text("Low share"), number=True),
        Column(text("Score"), number=True),
        Column(text("Target"), number=True),
        Column(text("Gap"), number=True),
        Column(text("Change"), number=True),
        Column(text("Target met?")),
    )
    caption = text("Scores by dimension; below each mean its 95% interval")
    lines = (*rows, _composite_row(source)) if rows else ()
    return Table(caption, columns, lines, _score_notes(source)).without_empty_columns()


def _score_notes(source: ReportInput) -> tuple[Text, ...]:
    boxes = source.rubric.boxes
    notes = []
    if boxes.top and boxes.bottom:
        notes.append(
            text(
                "High share: answers of {top}; low share: answers of {bottom}.",
                top=joined(plain(f"{level:g}") for level in boxes.top),
                bottom=joined(plain(f"{level:g}") for level in boxes.bottom),
            )
        )
    if any(dimension.target for dimension in source.rubric.dimensions):
        notes.append(
            text("A target counts as met or missed only if the whole interval lies on one side.")
        )
    if source.previous:
        notes.append(
            text(
                "Change: plain difference from {period}, not tested for chance.",
                period=period(source.previous.window),
            )
        )
    if any(entry.carried or entry.measured for entry in dimensions(source.scores)):
        notes.append(
            text(
                "The composite is made of all dimensions, also of those measured over a longer "
                "period (their changes are since the measurement before) or carried forward from "
                "the last one (they are no findings again)."
            )
        )
    if any(entry.n > 0 and entry.small for entry in dimensions(source.scores)):
        notes.append(text("Groups of fewer than 5 answers are not shown."))
    return tuple(notes)


def _dimension_row(
    source: ReportInput, entry: DimensionReading, before: dict[str, float | None]
) -> Row:
    dimension = source.dimension(entry.id)
    name = Cell(source.dimension_name(entry.id), notes=period_notes(entry))
    target = Cell(target_words(dimension.target if dimension else None, entry.target, ""))
    if entry.n and entry.small:
        blank = Cell.of(NOTHING)
        return Row((name, HIDDEN, *[blank] * 4, target, *[blank] * 3))
    tone = Tone.BAD if is_short(source, entry) else Tone.PLAIN
    cells = (
        name,
        Cell.of(numbers.count(entry.n)),
        _mean(entry, source.rubric.scale),
        Cell.of(numbers.share(entry.top_share)),
        Cell.of(numbers.share(entry.bottom_share)),
        Cell(plain(numbers.score(entry.score)), tone, "▾" if tone is Tone.BAD else ""),
        target,
        Cell.of(numbers.signed(entry.gap)),
        Cell.of(_change(entry, before, dimension.was if dimension else None)),
        Cell.mark(TARGET_GRADES[entry.grade]),
    )
    return Row(cells)


def _mean(entry: DimensionReading, scale: Scale) -> Cell:
    """The mean with its interval, as far as that lies on the scale.

    Shares and attainments have a mean before they are held to the scale; beyond its ends that
    would look like a score.
    """
    if entry.mean is None or not scale.low <= entry.mean <= scale.high:
        return Cell.of(NOTHING)
    if entry.interval is None:
        return Cell.of(numbers.score(entry.mean))
    low, high = entry.interval
    bounds = numbers.interval((max(low, scale.low), min(high, scale.high)))
    return Cell(plain(numbers.score(entry.mean)), notes=(plain(bounds),))


def period_notes(entry: DimensionReading) -> tuple[Text, ...]:
    """Over which period a dimension was measured, where that is not the report's window."""
    if entry.measured is None:
        return (text("not due, and not measured before"),) if entry.carried else ()
    if entry.carried:
        return (text("carried forward from {period}", period=period(entry.measured)),)
    return (text("measured over {period}", period=period(entry.measured)),)


def _change(entry: DimensionReading, before: dict[str, float | None], was: str | None) -> str:
    earlier = before.get(entry.id, before.get(was or ""))
    if entry.score is None or earlier is None or entry.carried:
        return NOTHING
    return numbers.signed(entry.score - earlier)


def _composite_row(source: ReportInput) -> Row:
    score, n = composite(source.scores)
    earlier = composite(source.previous.scores)[0] if source.previous else None
    change = None if score is None or earlier is None else score - earlier
    blank = Cell.of("")
    cells = (
        Cell(text("Composite")),
        HIDDEN if n > 0 and score is None else Cell.of(numbers.count(n)),
        *[blank] * 3,
        Cell.of(numbers.score(score)),
        *[blank] * 2,
        Cell.of(numbers.signed(change)),
        blank,
    )
    return Row(cells, strong=True)


def target_words(condition: Condition | None, value: float | None, unit: str) -> Text:
    """A target with its comparison sign: ≥ 3.80."""
    if condition is None:
        return numbers.measured(value, unit)
    sign = _SIGNS.get(condition.operator, condition.operator)
    return joined((plain(sign), numbers.aimed(condition.value, unit)), " ")


def score_figure(source: ReportInput) -> Figure | None:
    """Scores with intervals and targets; its title names what falls short."""
    shown = [entry for entry in dimensions(source.scores) if entry.score is not None]
    if not shown:
        return None
    short = [entry for entry in shown if is_short(source, entry)]
    below = source.rubric.finding.below
    scale = source.rubric.scale
    plot = ScorePlot(
        tuple(_score_row(source, entry, entry in short) for entry in shown),
        (scale.low, scale.high),
        below,
    )
    caption = [text("Dot: score; bar: 95% interval of the mean.")]
    if any(entry.target is not None for entry in shown):
        caption.append(text("Upright stroke: target."))
    if below is not None:
        caption.append(text("Dashed line: finding threshold {below}.", below=f"{below:g}"))
    if short:
        caption.append(text("Orange diamond: below threshold or target."))
    return Figure(
        "figure-scores", _score_title(source, short), joined(caption, " "), plot, None, SCORES
    )


def _score_title(source: ReportInput, short: list[DimensionReading]) -> Text:
    if short:
        names = joined(source.dimension_name(entry.id) for entry in short[:3])
        if len(short) > 3:
            return text("{n} dimensions are below threshold or target", n=len(short))
        return text("Below threshold or target: {names}", names=names)
    has_aim = source.rubric.finding.below is not None or any(
        dimension.target for dimension in source.rubric.dimensions
    )
    if has_aim:
        return text("No dimension is below its threshold or target")
    return text("Scores by dimension")


def _score_row(source: ReportInput, entry: DimensionReading, short: bool) -> ScoreRow:
    score, interval = entry.score or 0.0, entry.interval
    # The interval is the mean's; a score on another footing (bands, attainment) has none.
    fits = interval is not None and interval[0] <= score <= interval[1]
    return ScoreRow(
        source.dimension_name(entry.id), score, interval if fits else None, entry.target, short
    )
