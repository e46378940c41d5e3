"""Before and after: the means, and beside them the estimated effect with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loopqa.language import text
from loopqa.report import theme
from loopqa.report.charts.lettering import tidy_ticks, wrapped
from loopqa.report.charts.marks import (
    Frame,
    Layer,
    Rows,
    boxes,
    grid,
    panel,
    points,
    rules,
    words,
)
from loopqa.report.charts.rows import ROW, Layout, middle, row_labels, stacked

if TYPE_CHECKING:
    from loopqa.report.blocks import ChangePlot, ChangeRow


def change_chart(plot: ChangePlot, layout: Layout, language: str) -> Layer:
    verdict = 132 if layout.wide else 22
    room = layout.width - layout.label - verdict
    widths = ((room - 30) * 0.46, (room - 30) * 0.54) if layout.wide else (room, room)
    left = _before_after(plot, layout, widths[0], language)
    right = _effect(plot, layout, widths[1], language)
    return grid([left, right], 2 if layout.wide else 1)


def _before_after(plot: ChangePlot, layout: Layout, width: float, language: str) -> Layer:
    span = _zoomed(plot)
    title = text("mean: before ○ → after ●").render(language)
    frame = Frame(width, len(plot.rows) * ROW, span, tidy_ticks(*span), title=title)
    pairs = [
        (at, row)
        for at, row in enumerate(plot.rows)
        if row.before is not None and row.after is not None
    ]
    strokes = [
        {
            "x": row.before,
            "x2": row.after,
            "y": middle(at),
            "y2": middle(at),
            "colour": theme.BEFORE,
        }
        for at, row in pairs
    ]
    before = [
        {"x": row.before, "y": middle(at), "colour": theme.BEFORE, "shape": "circle"}
        for at, row in enumerate(plot.rows)
        if row.before is not None
    ]
    after = [
        {"x": row.after, "y": middle(at), "colour": theme.TONES[row.mark.tone], "shape": "circle"}
        for at, row in enumerate(plot.rows)
        if row.after is not None
    ]
    layers = [
        row_labels(frame, [row.label for row in plot.rows], layout, language),
        rules(frame, strokes, width=2),
        points(frame, before, hollow=True),
        points(frame, after, size=100),
    ]
    return panel(frame, layers)


def _zoomed(plot: ChangePlot) -> tuple[float, float]:
    """The part of the scale that holds all means, to the next quarter of it, never under a half."""
    low, high = plot.scale
    step = (high - low) / 8
    means = [mean for row in plot.rows for mean in (row.before, row.after) if mean is not None]
    if not means:
        return plot.scale
    first = low + ((min(means) - low - step / 4) // step) * step
    last = low - ((low - max(means) - step / 4) // step) * step
    spare = max(0.0, (high - low) / 2 - (last - first)) / 2
    return max(low, first - spare), min(high, last + spare)


def _effect(plot: ChangePlot, layout: Layout, width: float, language: str) -> Layer:
    least, most = plot.material
    bounds = [abs(end) for row in plot.rows for end in (*(row.interval or ()), row.estimate or 0.0)]
    reach = max([most * 2, *bounds]) * 1.12
    title = text("estimated effect; grey band: no material change").render(language)
    if not layout.wide:
        title = text("estimated effect").render(language)
    height = len(plot.rows) * ROW
    frame = Frame(width, height, (-reach, reach), _signed_ticks(reach), grid=False, title=title)
    band = {"x": least, "x2": most, "y": 0, "y2": height, "colour": theme.BAND}
    zero = {"x": 0, "x2": 0, "y": 0, "y2": height, "colour": theme.MUTED}
    shown = [(at, row) for at, row in enumerate(plot.rows) if row.estimate is not None]
    layers = [
        boxes(frame, [band]),
        rules(frame, [zero], width=1),
        rules(frame, [_effect_bar(row, at) for at, row in shown if row.interval], width=2.5),
        points(frame, [_effect_point(row, at) for at, row in shown], size=100),
        words(frame, _no_estimate(plot, language), align="center"),
        words(frame, _outcomes(plot, layout, language), at=width + 12, fontWeight="bold"),
    ]
    if not layout.wide:
        layers.append(row_labels(frame, [row.label for row in plot.rows], layout, language))
    return panel(frame, layers)


def _signed_ticks(reach: float) -> dict[float, str]:
    return {
        place: name if place <= 0 else f"+{name}"
        for place, name in tidy_ticks(-reach, reach).items()
    }


def _effect_bar(row: ChangeRow, at: int) -> dict[str, Any]:
    low, high = row.interval or (0.0, 0.0)
    colour = theme.TONES[row.mark.tone]
    return {"x": low, "x2": high, "y": middle(at), "y2": middle(at), "colour": colour}


_SHAPES = {"▲": "triangle-up", "▼": "triangle-down", "=": "square"}


def _effect_point(row: ChangeRow, at: int) -> dict[str, Any]:
    shape = _SHAPES.get(row.mark.sign, "circle")
    return {
        "x": row.estimate,
        "y": middle(at),
        "colour": theme.TONES[row.mark.tone],
        "shape": shape,
    }


def _no_estimate(plot: ChangePlot, language: str) -> Rows:
    words_ = text("no estimate").render(language)
    return [
        {"x": 0, "y": middle(at), "text": words_, "colour": theme.MUTED}
        for at, row in enumerate(plot.rows)
        if row.estimate is None
    ]


def _outcomes(plot: ChangePlot, layout: Layout, language: str) -> Rows:
    """Sign and word of each verdict, the sign alone where there is no room."""
    rows: Rows = []
    for at, row in enumerate(plot.rows):
        # Grey for what is unknown is for marks only; words are written in the readable grey.
        colour = theme.TONES[row.mark.tone]
        colour = theme.MUTED if colour == theme.BEFORE else colour
        lines = [row.mark.sign]
        if layout.wide:
            lines = wrapped(f"{row.mark.sign} {row.mark.word.render(language)}", 8.5)
        rows += stacked(at, lines, colour)
    return rows
