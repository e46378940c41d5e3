"""The trend: one small panel per score, all on the same axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.report import numbers, theme
from loopqa.report.charts.lettering import tidy_ticks, wrapped
from loopqa.report.charts.marks import Frame, Layer, Rows, grid, line, panel, points, rules, words

if TYPE_CHECKING:
    from loopqa.report.blocks import TrendPanel, TrendPlot
    from loopqa.report.charts.rows import Layout

_AXIS = 28  #: px left of every panel
_GAP = 20
_VALUE = 46  #: px right of every panel, for the last value


def trend_chart(plot: TrendPlot, layout: Layout, language: str) -> Layer:
    """All panels of the plot, three in a row on a page, two on a phone."""
    columns = 3 if layout.wide else 2
    each = (layout.width - _GAP * (columns - 1)) / columns - _AXIS - _VALUE
    panels = [_panel(plot, one, each, language) for one in plot.panels]
    return grid(panels, columns)


def _panel(plot: TrendPlot, one: TrendPanel, width: float, language: str) -> Layer:
    low, high = _reach(plot)
    first, last = plot.places[0], plot.places[-1]
    title = wrapped(one.label.render(language), (width + _VALUE + _AXIS) / 13, lines=1)[0]
    frame = Frame(
        width,
        84,
        (first, last),
        {first: plot.ticks[0], last: plot.ticks[-1]},
        y=(low, high),
        y_ticks=tidy_ticks(low, high, most=3),
        grid=False,
        title=title,
    )
    rows = _values(plot, one)
    layers = [
        *_limits(frame, one),
        *_reference(frame, plot),
        line(frame, rows, colour=theme.BLUE),
        points(frame, rows, size=22),
        words(frame, _last(rows), align="left", dx=8, fontWeight="bold"),
    ]
    return panel(frame, layers)


def _reach(plot: TrendPlot) -> tuple[float, float]:
    """Ends of the value axis: on an eighth of the scale, around all that is drawn."""
    low, high = plot.scale
    step = (high - low) / 8
    values = [value for one in plot.panels for value in one.values if value is not None]
    limits = [one.limits for one in plot.panels if one.limits]
    values += [end for one in limits for end in (one.low, one.high)]
    values += [plot.threshold] if plot.threshold is not None else []
    if not values:
        return plot.scale
    first = max(low, low + ((min(values) - low - step / 4) // step) * step)
    last = min(high, low - ((low - max(values) - step / 4) // step) * step)
    return (first, last) if last > first else (low, high)


def _values(plot: TrendPlot, one: TrendPanel) -> Rows:
    """Shown values; ``piece`` counts the gaps before them, so that no line bridges a gap."""
    rows: Rows = []
    piece = 0
    for place, value in zip(plot.places, one.values, strict=True):
        if value is None:
            piece += 1
        else:
            rows.append(
                {"x": place, "y": value, "piece": piece, "colour": theme.BLUE, "shape": "circle"}
            )
    return rows


def _last(rows: Rows) -> Rows:
    return [{**row, "text": numbers.score(row["y"]), "colour": theme.INK} for row in rows[-1:]]


def _limits(frame: Frame, one: TrendPanel) -> list[Layer]:
    """The control limits, dotted."""
    if one.limits is None:
        return []
    start, end = frame.x
    rows = [
        {"x": start, "x2": end, "y": level, "y2": level, "colour": theme.BEFORE}
        for level in (one.limits.low, one.limits.high)
    ]
    return [rules(frame, rows, width=1.25, strokeDash=[1.5, 3])]


def _reference(frame: Frame, plot: TrendPlot) -> list[Layer]:
    """Threshold across, closing days of actions upright."""
    low, high = frame.y or (0.0, 1.0)
    start, end = frame.x
    layers = []
    if plot.threshold is not None:
        level = {"x": start, "x2": end, "y": plot.threshold, "y2": plot.threshold}
        layers.append(
            rules(frame, [{**level, "colour": theme.MUTED}], width=1.5, strokeDash=[4, 3])
        )
    inside = [day for day in plot.closings if start <= day <= end]
    if inside:
        marks = [
            {"x": day, "x2": day, "y": low, "y2": high, "colour": theme.BEFORE} for day in inside
        ]
        layers.append(rules(frame, marks, width=1.5))
    return layers
