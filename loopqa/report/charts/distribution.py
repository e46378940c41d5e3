"""Shares of answers by level, to the left and right of the middle of the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.report import theme
from loopqa.report.charts.marks import Frame, Layer, Rows, boxes, panel, rules, words
from loopqa.report.charts.rows import ROW, Layout, middle, row_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopqa.report.blocks import DistributionPlot


def distribution_chart(plot: DistributionPlot, layout: Layout, language: str) -> Layer:
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
        {"x": 0, "y": middle(at), "text": f"n {sum(row.counts):,}", "colour": theme.MUTED}
        for at, row in enumerate(plot.rows)
    ]
    layers = [
        rules(frame, [zero], width=1),
        boxes(frame, bars),
        words(frame, inside, align="center"),
        words(frame, totals, at=frame.width + values, align="right"),
        row_labels(frame, [row.label for row in plot.rows], layout, language),
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
                    "y": middle(at) - 13,
                    "y2": middle(at) + 13,
                    "colour": colour,
                    "text": f"{part * 100:.0f}%",
                }
            )
        place += part
    return rows
