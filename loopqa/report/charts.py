"""The charts: each turns one plot into an SVG, wide for a page or narrow for a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.language import text
from loopqa.report import numbers, theme
from loopqa.report.blocks import ChangePlot, DistributionPlot, ScorePlot, TrendPlot
from loopqa.report.lettering import tidy_ticks, wrapped
from loopqa.report.marks import Frame, Layer, Rows, boxes, grid, panel, points, rules, to_svg, words
from loopqa.report.trend_chart import trend_chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopqa.language import Text
    from loopqa.report.blocks import ChangeRow, Plot, ScoreRow

ROW = 38  #: px from one row to the next


@dataclass(frozen=True)
class Layout:
    """Room of a chart: all its width, and the part that row labels take, in pixels."""

    width: int
    label: int

    @property
    def wide(self) -> bool:
        """Whether panels fit side by side."""
        return self.width > 500


WIDE = Layout(752, 152)
NARROW = Layout(328, 84)


def draw(plot: Plot, layout: Layout, language: str) -> str:
    """The plot as SVG text."""
    match plot:
        case ScorePlot():
            return to_svg(_score_chart(plot, layout, language))
        case DistributionPlot():
            return to_svg(_distribution_chart(plot, layout, language))
        case ChangePlot():
            return to_svg(_change_chart(plot, layout, language))
        case TrendPlot():
            return to_svg(trend_chart(plot, layout.width, 3 if layout.wide else 2, language))


def _middle(row: int) -> float:
    return row * ROW + ROW / 2


def _labels(frame: Frame, labels: Sequence[Text], layout: Layout, language: str) -> Layer:
    """Row labels left of the plot area, at most two lines each."""
    rows: Rows = []
    most = layout.label / theme.SIZE - 1
    for at, label in enumerate(labels):
        lines = wrapped(label.render(language), most)
        top = _middle(at) - (len(lines) - 1) * 7.5
        rows += [
            {"x": 0, "y": top + 15 * step, "text": piece, "colour": theme.INK}
            for step, piece in enumerate(lines)
        ]
    return words(frame, rows, at=-layout.label)


def _score_chart(plot: ScorePlot, layout: Layout, language: str) -> Layer:
    values = 44
    height = len(plot.rows) * ROW
    low, high = plot.scale
    frame = Frame(layout.width - layout.label - values, height, plot.scale, tidy_ticks(low, high))
    layers = []
    if plot.threshold is not None:
        at = {"x": plot.threshold, "x2": plot.threshold, "colour": theme.MUTED}
        layers.append(rules(frame, [{**at, "y": 0, "y2": height}], width=1.5, strokeDash=[4, 3]))
    layers += [
        rules(
            frame,
            [_interval(row, at) for at, row in enumerate(plot.rows) if row.interval],
            width=5,
            opacity=0.35,
        ),
        rules(
            frame,
            [_target(row, at) for at, row in enumerate(plot.rows) if row.target is not None],
            width=2.5,
        ),
        points(frame, [_score_point(row, at) for at, row in enumerate(plot.rows)], size=110),
        words(
            frame,
            [_score_value(row, at) for at, row in enumerate(plot.rows)],
            at=frame.width + values,
            align="right",
            fontWeight="bold",
            fontSize=13,
        ),
        _labels(frame, [row.label for row in plot.rows], layout, language),
    ]
    return panel(frame, layers)


def _colour(row: ScoreRow) -> str:
    return theme.ORANGE if row.short else theme.BLUE


def _interval(row: ScoreRow, at: int) -> dict[str, Any]:
    low, high = row.interval or (0.0, 0.0)
    return {"x": low, "x2": high, "y": _middle(at), "y2": _middle(at), "colour": _colour(row)}


def _target(row: ScoreRow, at: int) -> dict[str, Any]:
    place = {"x": row.target, "x2": row.target, "colour": theme.INK}
    return {**place, "y": _middle(at) - 11, "y2": _middle(at) + 11}


def _score_point(row: ScoreRow, at: int) -> dict[str, Any]:
    shape = "diamond" if row.short else "circle"
    return {"x": row.score, "y": _middle(at), "colour": _colour(row), "shape": shape}


def _score_value(row: ScoreRow, at: int) -> dict[str, Any]:
    colour = theme.ORANGE if row.short else theme.INK
    return {"x": 0, "y": _middle(at), "text": numbers.score(row.score), "colour": colour}


def _distribution_chart(plot: DistributionPlot, layout: Layout, language: str) -> Layer:
    values = 56
    bars = [bar for at, row in enumerate(plot.rows) for bar in _bars(row.counts, at)]
    left = min((bar["x"] for bar in bars), default=-1.0)
    right = max((bar["x2"] for bar in bars), default=1.0)
    height = len(plot.rows) * ROW
    frame = Frame(layout.width - layout.label - values, height, (left, right))
    room = frame.width / (right - left)
    inside = [
        {
            **bar,
            "x": (bar["x"] + bar["x2"]) / 2,
            "y": (bar["y"] + bar["y2"]) / 2,
            "colour": theme.text_on(bar["colour"]),
        }
        for bar in bars
        if (bar["x2"] - bar["x"]) * room >= 30
    ]
    zero = {"x": 0, "x2": 0, "y": 0, "y2": height, "colour": theme.MUTED}
    totals = [
        {"x": 0, "y": _middle(at), "text": f"n {sum(row.counts):,}", "colour": theme.MUTED}
        for at, row in enumerate(plot.rows)
    ]
    layers = [
        rules(frame, [zero], width=1),
        boxes(frame, bars),
        words(frame, inside, align="center"),
        words(frame, totals, at=frame.width + values, align="right"),
        _labels(frame, [row.label for row in plot.rows], layout, language),
    ]
    return panel(frame, layers)


def _bars(counts: Sequence[int], at: int) -> Rows:
    """The levels of one row side by side, so that zero lies in the middle of the scale."""
    total = sum(counts) or 1
    below = sum(counts[: len(counts) // 2]) + (
        counts[len(counts) // 2] / 2 if len(counts) % 2 else 0
    )
    place = -below / total
    rows: Rows = []
    for n, colour in zip(counts, theme.level_colours(len(counts)), strict=True):
        part = n / total
        if n:
            rows.append(
                {
                    "x": place,
                    "x2": place + part,
                    "y": _middle(at) - 13,
                    "y2": _middle(at) + 13,
                    "colour": colour,
                    "text": f"{part * 100:.0f}%",
                }
            )
        place += part
    return rows


def _change_chart(plot: ChangePlot, layout: Layout, language: str) -> Layer:
    verdict = 132 if layout.wide else 22
    room = layout.width - layout.label - verdict
    widths = ((room - 30) * 0.46, (room - 30) * 0.54) if layout.wide else (room, room)
    left = _before_after(plot, layout, widths[0], language)
    right = _effect(plot, layout, widths[1], verdict, language)
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
            "y": _middle(at),
            "y2": _middle(at),
            "colour": theme.BEFORE,
        }
        for at, row in pairs
    ]
    before = [
        {"x": row.before, "y": _middle(at), "colour": theme.BEFORE, "shape": "circle"}
        for at, row in enumerate(plot.rows)
        if row.before is not None
    ]
    after = [
        {"x": row.after, "y": _middle(at), "colour": theme.TONES[row.mark.tone], "shape": "circle"}
        for at, row in enumerate(plot.rows)
        if row.after is not None
    ]
    layers = [
        _labels(frame, [row.label for row in plot.rows], layout, language),
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


def _effect(plot: ChangePlot, layout: Layout, width: float, verdict: int, language: str) -> Layer:
    margin = plot.material_change
    bounds = [abs(end) for row in plot.rows for end in (*(row.interval or ()), row.estimate or 0.0)]
    reach = max([margin * 2, *bounds]) * 1.12
    title = text("estimated effect; grey band: no material change").render(language)
    if not layout.wide:
        title = text("estimated effect").render(language)
    height = len(plot.rows) * ROW
    frame = Frame(width, height, (-reach, reach), _signed_ticks(reach), grid=False, title=title)
    band = {"x": -margin, "x2": margin, "y": 0, "y2": height, "colour": theme.BAND}
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
        layers.append(_labels(frame, [row.label for row in plot.rows], layout, language))
    return panel(frame, layers)


def _signed_ticks(reach: float) -> dict[float, str]:
    return {
        place: name if place <= 0 else f"+{name}"
        for place, name in tidy_ticks(-reach, reach).items()
    }


def _effect_bar(row: ChangeRow, at: int) -> dict[str, Any]:
    low, high = row.interval or (0.0, 0.0)
    colour = theme.TONES[row.mark.tone]
    return {"x": low, "x2": high, "y": _middle(at), "y2": _middle(at), "colour": colour}


_SHAPES = {"▲": "triangle-up", "▼": "triangle-down", "=": "square"}


def _effect_point(row: ChangeRow, at: int) -> dict[str, Any]:
    shape = _SHAPES.get(row.mark.sign, "circle")
    return {
        "x": row.estimate,
        "y": _middle(at),
        "colour": theme.TONES[row.mark.tone],
        "shape": shape,
    }


def _no_estimate(plot: ChangePlot, language: str) -> Rows:
    words_ = text("no estimate").render(language)
    return [
        {"x": 0, "y": _middle(at), "text": words_, "colour": theme.MUTED}
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
        top = _middle(at) - (len(lines) - 1) * 7.5
        rows += [
            {"x": 0, "y": top + 15 * step, "text": piece, "colour": colour}
            for step, piece in enumerate(lines)
        ]
    return rows
