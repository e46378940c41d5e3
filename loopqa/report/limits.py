"""Control limits for the trend: the same that the detector holds the latest window against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.calc.detection.control_charts import Limits, Point, limits_of
from loopqa.model.cycle import WaveKind
from loopqa.model.window import windows_alike
from loopqa.report.blocks import ControlLimits
from loopqa.report.reading import composite, dimensions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loopqa.model.rubric import Dimension
    from loopqa.report.reading import Document
    from loopqa.report.report_input import ReportInput


def limits_of_composite(source: ReportInput) -> ControlLimits | None:
    """Limits of the composite; None with fewer than eight earlier windows."""
    return _limits(source, (composite(document) for document in _documents(source)))


def limits_of_dimension(source: ReportInput, dimension: Dimension) -> ControlLimits | None:
    """Limits of a dimension's score; None with fewer than eight earlier windows."""
    names = {dimension.id, dimension.was}
    read = (dimensions(document) for document in _documents(source))
    scores = ((one.score, one.n) for entries in read for one in entries if one.id in names)
    return _limits(source, scores)


def _documents(source: ReportInput) -> list[Document]:
    """Scores of the windows as long as this one, as they were evaluated in their turn."""
    return [
        wave.scores
        for wave in source.series
        if windows_alike(wave.window, source.wave.window) and wave.kind is not WaveKind.RE_SURVEY
    ]


def _limits(
    source: ReportInput, scores: Iterable[tuple[float | None, int]]
) -> ControlLimits | None:
    least = source.rubric.finding.min_n
    points = [Point(score, n) for score, n in scores if score is not None and n >= least]
    limits = limits_of(points)
    return _drawn(source, limits) if limits else None


def _drawn(source: ReportInput, limits: Limits) -> ControlLimits:
    """The limits as far as the scale reaches."""
    low, high = limits.at(0)
    scale = source.rubric.scale
    return ControlLimits(
        max(low, scale.low), limits.centre, min(high, scale.high), limits.k, limits.provisional
    )
