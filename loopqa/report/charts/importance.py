"""The importance-performance matrix: points with their intervals, cut into quarters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.calc.analysis.importance import Quarter
from loopqa.language import text
from loopqa.report import theme
from loopqa.report.charts.free_places import Box, free_places
from loopqa.report.charts.lettering import tidy_ticks, wrapped
from loopqa.report.charts.marks import Frame, Layer, Rows, panel, points, rules, words
from loopqa.report.vocabulary import QUARTERS

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.score import Interval
    from loopqa.report.blocks import ImportancePlot, ImportancePoint
    from loopqa.report.charts.rows import Layout

_AXIS = 44  #: px left of the plot area
_HEIGHT = (340, 300)  #: px, on a page and on a phone
_CORNER = 18  #: px kept free above and below for the names of the quarters
_LONGEST = 16  #: ems of a name
_SHAPES = {"\N{BLACK DIAMOND}": "diamond"}


@dataclass(frozen=True)
class Ruler:
    """Places in the data as pixels from the top left, and back."""

    frame: Frame

    def pixels(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the data is drawn."""
        (left, right), (low, high) = self.frame.x, self.frame.y or (0.0, 1.0)
        across = (x - left) / (right - left) * self.frame.width
        return across, (high - y) / (high - low) * self.frame.height

    def data(self, across: float, down: float) -> tuple[float, float]:
        """The place of the data that is drawn there."""
        (left, right), (low, high) = self.frame.x, self.frame.y or (0.0, 1.0)
        x = left + across / self.frame.width * (right - left)
        return x, high - down / self.frame.height * (high - low)


def importance_chart(plot: ImportancePlot, layout: Layout, language: str) -> Layer:
    """The matrix; importance to the right, performance upwards."""
    height = _HEIGHT[0] if layout.wide else _HEIGHT[1]
    across, upwards = _spans(plot, height)
    ticks = {place: f"{name}%" for place, name in tidy_ticks(*across, most=5).items()}
    frame = Frame(
        layout.width - _AXIS,
        height,
        across,
        ticks,
        y=upwards,
        y_ticks=tidy_ticks(*upwards, most=5),
        grid=False,
        title=_title(plot, layout).render(language),
    )
    return panel(
        frame,
        [
            rules(frame, _cuts(plot, frame), width=1.5, strokeDash=[4, 3]),
            rules(frame, _intervals(plot), width=1, strokeOpacity=0.6),
            *_dots(frame, plot),
            *_names(frame, plot, language),
            *_corners(frame, language),
        ],
    )


def _title(plot: ImportancePlot, layout: Layout) -> Text:
    """What the axes are, as long as there is room for."""
    if plot.distances:
        if not layout.wide:
            return text("up: score above its aim; right: share")
        return text("upwards: score above its aim; to the right: share of what is explained")
    if not layout.wide:
        return text("up: score; right: share")
    return text("upwards: score; to the right: share of what is explained")


def _spans(plot: ImportancePlot, height: float) -> tuple[Interval, Interval]:
    """What the axes reach over: all points with their intervals, both cuts, and some air."""
    shares = [end for one in plot.points for end in one.share_interval] + [plot.equal]
    heights = [end for one in plot.points for end in (one.height_interval or (one.height,))]
    low, high = min([*heights, plot.aim]), max([*heights, plot.aim])
    air = max(high - low, 0.1) * (_CORNER + 10) / (height - 2 * (_CORNER + 10))
    left, right = 100 * min(shares), 100 * max(shares)
    beside = max(right - left, 1.0) * 0.06
    return (max(0.0, left - beside), min(100.0, right + beside)), (low - air, high + air)


def _cuts(plot: ImportancePlot, frame: Frame) -> Rows:
    (left, right), (low, high) = frame.x, frame.y or (0.0, 1.0)
    equal = 100 * plot.equal
    return [
        {"x": left, "x2": right, "y": plot.aim, "y2": plot.aim, "colour": theme.MUTED},
        {"x": equal, "x2": equal, "y": low, "y2": high, "colour": theme.MUTED},
    ]


def _intervals(plot: ImportancePlot) -> Rows:
    rows: Rows = []
    for one in plot.points:
        x, (left, right) = 100 * one.share, one.share_interval
        level = {"y": one.height, "y2": one.height, "colour": theme.BEFORE}
        rows.append({"x": 100 * left, "x2": 100 * right, **level})
        if one.height_interval:
            low, high = one.height_interval
            rows.append({"x": x, "x2": x, "y": low, "y2": high, "colour": theme.BEFORE})
    return rows


def _dots(frame: Frame, plot: ImportancePlot) -> list[Layer]:
    """Solid points; hollow ones where chance could put them into another quarter."""
    return [
        points(frame, [_dot(one) for one in plot.points if one.borderline is hollow], hollow=hollow)
        for hollow in (True, False)
    ]


def _dot(one: ImportancePoint) -> dict[str, Any]:
    shape = _SHAPES.get(one.mark.sign, "circle")
    colour = theme.TONES[one.mark.tone]
    return {"x": 100 * one.share, "y": one.height, "colour": colour, "shape": shape}


def _names(frame: Frame, plot: ImportancePlot, language: str) -> list[Layer]:
    """The points' names where there is room for them, the most important ones first."""
    ruler = Ruler(frame)
    drawn = [ruler.pixels(100 * one.share, one.height) for one in plot.points]
    named = [wrapped(one.label.render(language), _LONGEST, lines=1)[0] for one in plot.points]
    area = Box(0, _CORNER, frame.width, frame.height - _CORNER)
    rows: dict[str, Rows] = {"left": [], "right": [], "center": []}
    for name, place in zip(named, free_places(drawn, named, area), strict=True):
        if place is not None:
            x, y = ruler.data(place.x, place.y)
            rows[place.align].append({"x": x, "y": y, "text": name, "colour": theme.INK})
    return [words(frame, found, align=align) for align, found in rows.items()]


def _corners(frame: Frame, language: str) -> list[Layer]:
    """What each quarter means, in its corner."""
    ruler = Ruler(frame)
    layers = []
    for align, edge, quarters in (
        ("left", 4.0, (Quarter.ENOUGH, Quarter.LATER)),
        ("right", frame.width - 4, (Quarter.KEEP, Quarter.FIRST)),
    ):
        rows: Rows = []
        for down, quarter in zip((8.0, frame.height - 8), quarters, strict=True):
            x, y = ruler.data(edge, down)
            word = QUARTERS[quarter].word.render(language)
            rows.append({"x": x, "y": y, "text": word, "colour": theme.MUTED})
        layers.append(words(frame, rows, align=align, fontSize=theme.SMALL))
    return layers
