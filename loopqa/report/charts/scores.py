"""Scores on the scale: dot, interval, target and threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loopqa.report import numbers, theme
from loopqa.report.charts.lettering import tidy_ticks
from loopqa.report.charts.marks import Frame, Layer, panel, points, rules, words
from loopqa.report.charts.rows import ROW, Layout, middle, row_labels

if TYPE_CHECKING:
    from loopqa.report.blocks import ScorePlot, ScoreRow


def score_chart(plot: ScorePlot, layout: Layout, language: str) -> Layer:
    values = 56  # room for 100.00 beside a dot at the end of the scale
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
            [_interval(row, at, plot.scale) for at, row in enumerate(plot.rows) if row.interval],
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
        row_labels(frame, [row.label for row in plot.rows], layout, language),
    ]
    return panel(frame, layers)


def _colour(row: ScoreRow) -> str:
    return theme.ORANGE if row.short else theme.BLUE


def _interval(row: ScoreRow, at: int, scale: tuple[float, float]) -> dict[str, Any]:
    """The interval as far as it lies on the scale."""
    low, high = (min(max(end, scale[0]), scale[1]) for end in row.interval or (0.0, 0.0))
    return {"x": low, "x2": high, "y": middle(at), "y2": middle(at), "colour": _colour(row)}


def _target(row: ScoreRow, at: int) -> dict[str, Any]:
    place = {"x": row.target, "x2": row.target, "colour": theme.INK}
    return {**place, "y": middle(at) - 11, "y2": middle(at) + 11}


def _score_point(row: ScoreRow, at: int) -> dict[str, Any]:
    shape = "diamond" if row.short else "circle"
    return {"x": row.score, "y": middle(at), "colour": _colour(row), "shape": shape}


def _score_value(row: ScoreRow, at: int) -> dict[str, Any]:
    colour = theme.ORANGE if row.short else theme.INK
    return {"x": 0, "y": middle(at), "text": numbers.score(row.score), "colour": colour}
