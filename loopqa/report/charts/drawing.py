"""The charts: each turns one plot into an SVG, wide for a page or narrow for a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.report.blocks import (
    ChangePlot,
    DistributionPlot,
    ImportancePlot,
    ScorePlot,
    TrendPlot,
)
from loopqa.report.charts.change import change_chart
from loopqa.report.charts.distribution import distribution_chart
from loopqa.report.charts.importance import importance_chart
from loopqa.report.charts.marks import Layer, to_svg, unchecked
from loopqa.report.charts.scores import score_chart
from loopqa.report.charts.trend import trend_chart

if TYPE_CHECKING:
    from loopqa.report.blocks import Plot
    from loopqa.report.charts.rows import Layout


def draw(plot: Plot, layout: Layout, language: str) -> str:
    """The plot as SVG text."""
    with unchecked():
        chart = _chart(plot, layout, language)
    return to_svg(chart)


def _chart(plot: Plot, layout: Layout, language: str) -> Layer:
    match plot:
        case ScorePlot():
            return score_chart(plot, layout, language)
        case DistributionPlot():
            return distribution_chart(plot, layout, language)
        case ChangePlot():
            return change_chart(plot, layout, language)
        case TrendPlot():
            return trend_chart(plot, layout, language)
        case ImportancePlot():
            return importance_chart(plot, layout, language)
