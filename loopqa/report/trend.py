"""The trend over waves: composite and dimensions on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.calc.detection.control_charts import SETTLED_FROM
from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Figure, Row, Table, TrendPanel, TrendPlot
from loopqa.report.limits import limits_of_composite, limits_of_dimension
from loopqa.report.reading import composite, measured_scores
from loopqa.report.words import NOTHING, joined, named, short_periods

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.report.report_input import ReportInput


def trend_figure(source: ReportInput) -> Figure | None:
    """Scores of all complete waves up to this one; None with fewer than two."""
    waves = source.trend
    panels = _panels(source)
    if len(waves) < 2 or not panels:
        return None
    ticks = short_periods(wave.window for wave in waves)
    scale = source.rubric.scale
    closings = tuple(sorted(one.closed_on.toordinal() for one in source.actions if one.closed_on))
    plot = TrendPlot(
        panels,
        tuple(wave.window.start.toordinal() for wave in waves),
        ticks,
        (scale.low, scale.high),
        source.rubric.finding.below,
        closings,
    )
    return Figure("figure-trend", _title(panels[0], len(waves)), _caption(plot), plot, _table(plot))


def _panels(source: ReportInput) -> tuple[TrendPanel, ...]:
    scores = [measured_scores(wave.scores) for wave in source.trend]
    whole = TrendPanel(
        text("Composite"),
        tuple(composite(wave.scores)[0] for wave in source.trend),
        limits_of_composite(source),
    )
    parts = (
        TrendPanel(
            named(one.title),
            tuple(wave.get(one.id, wave.get(one.was or "")) for wave in scores),
            limits_of_dimension(source, one),
        )
        for one in source.rubric.dimensions
    )
    return tuple(
        panel for panel in (whole, *parts) if any(value is not None for value in panel.values)
    )


def _title(panel: TrendPanel, waves: int) -> Text:
    values = [value for value in panel.values if value is not None]
    return text(
        "{name}: from {first} to {last} over {n} windows",
        name=panel.label,
        first=numbers.score(values[0]),
        last=numbers.score(values[-1]),
        n=waves,
    )


def _caption(plot: TrendPlot) -> Text:
    parts = [text("Score of every window; a gap: not shown.")]
    if plot.threshold is not None:
        parts.append(text("Dashed line: finding threshold {below}.", below=f"{plot.threshold:g}"))
    limits = [panel.limits for panel in plot.panels if panel.limits]
    if limits:
        parts.append(
            text("Dotted lines: control limits, from how the score moves from window to window.")
        )
    if any(one.provisional for one in limits):
        parts.append(
            text("They are provisional: fewer than {n} windows lie behind them.", n=SETTLED_FROM)
        )
    if any(plot.places[0] <= day <= plot.places[-1] for day in plot.closings):
        parts.append(text("Upright line: an action was done."))
    parts.append(text("The trend alone does not show what an action brought about."))
    return joined(parts, " ")


def _table(plot: TrendPlot) -> Table:
    columns = (Column(text("Window")), *(Column(one.label, number=True) for one in plot.panels))
    rows = tuple(
        Row((Cell.of(tick), *(Cell.of(numbers.score(one.values[at])) for one in plot.panels)))
        for at, tick in enumerate(plot.ticks)
    )
    return Table(text("Scores by window"), columns, (*rows, *_limit_rows(plot)))


def _limit_rows(plot: TrendPlot) -> list[Row]:
    """The control limits below the scores they belong to."""
    if not any(panel.limits for panel in plot.panels):
        return []
    limits = [panel.limits for panel in plot.panels]
    lines = (
        (text("Upper control limit"), [one.high if one else None for one in limits]),
        (text("Lower control limit"), [one.low if one else None for one in limits]),
    )
    windows = Row(
        (
            Cell(text("Windows behind the limits")),
            *(Cell.of(one.windows if one else NOTHING) for one in limits),
        )
    )
    return [
        *(
            Row((Cell(name), *(Cell.of(numbers.score(one)) for one in bounds)))
            for name, bounds in lines
        ),
        windows,
    ]
