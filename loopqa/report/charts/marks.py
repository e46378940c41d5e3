"""The few marks our charts are made of, in Altair: rules, points, boxes, lines and words.

Heights are pixels from the top, so that rows and labels stand exactly where the chart puts them;
only the trend has a value axis upwards. A finished layer is a plain Vega-Lite dictionary: Altair
copies all it holds with every step, which took longer than drawing.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loopqa.report import theme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Rows = list[dict[str, Any]]
Layer = dict[str, Any]
"""A Vega-Lite specification."""


@dataclass(frozen=True)
class Frame:
    """Plot area: its size in pixels, what its axes span, and where they are labelled."""

    width: float
    height: float
    x: tuple[float, float]
    ticks: Mapping[float, str] = field(default_factory=dict)  #: along x
    y: tuple[float, float] | None = None  #: None: pixels from the top
    y_ticks: Mapping[float, str] = field(default_factory=dict)
    grid: bool = True
    title: str = ""


def rules(frame: Frame, rows: Rows, *, width: float = 2, **style: Any) -> Layer:
    """Straight strokes from (x, y) to (x2, y2) in ``colour``."""
    alt = _altair()
    mark = alt.MarkDef(type="rule", strokeWidth=width, strokeCap="butt", **style)
    return _layer(frame, rows, mark, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))


def boxes(frame: Frame, rows: Rows) -> Layer:
    """Filled rectangles between (x, y) and (x2, y2) in ``colour``."""
    alt = _altair()
    return _layer(frame, rows, alt.MarkDef(type="rect"), x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))


def points(frame: Frame, rows: Rows, *, size: float = 90, hollow: bool = False) -> Layer:
    """Points at (x, y) in ``colour`` and ``shape``; hollow ones are filled with the paper."""
    alt = _altair()
    fill = {"fill": theme.PAPER} if hollow else {}
    mark = alt.MarkDef(type="point", size=size, opacity=1, strokeWidth=2, filled=not hollow, **fill)
    shape = alt.Shape("shape:N", scale=None, legend=None)
    outline = {"stroke": alt.Stroke("colour:N", scale=None, legend=None), "color": alt.Undefined}
    return _layer(frame, rows, mark, shape=shape, **(outline if hollow else {}))


def line(frame: Frame, rows: Rows, *, colour: str, width: float = 2) -> Layer:
    """A line through (x, y); ``piece`` parts it where a value is missing."""
    alt = _altair()
    mark = alt.MarkDef(type="line", strokeWidth=width, strokeJoin="round")
    return _layer(frame, rows, mark, detail=alt.Detail("piece:N"), color=alt.ColorValue(colour))


def words(
    frame: Frame, rows: Rows, *, at: float | None = None, align: str = "left", **style: Any
) -> Layer:
    """Texts at (x, y), or all at ``at`` pixels from the left."""
    alt = _altair()
    mark = alt.MarkDef(type="text", align=align, baseline="middle", **style)
    place = {} if at is None else {"x": alt.XValue(at)}
    return _layer(frame, rows, mark, text=alt.Text("text:N"), **place)


def panel(frame: Frame, layers: Sequence[Layer]) -> Layer:
    """Layers on one plot area, first one at the back."""
    title = {"title": frame.title} if frame.title else {}
    return {"layer": list(layers), "width": frame.width, "height": frame.height, **title}


def grid(panels: Sequence[Layer], columns: int) -> Layer:
    """Panels side by side in rows of ``columns``."""
    return {"concat": list(panels), "columns": columns}


@contextmanager
def unchecked() -> Iterator[None]:
    """Altair checks each part of a chart against its schema; what we write ourselves is right."""
    from altair.utils.schemapi import debug_mode  # noqa: PLC0415 - as below

    with debug_mode(False):
        yield


def to_svg(chart: Layer) -> str:
    """The chart as SVG text, in the theme; the same chart is drawn once."""
    return _svg(json.dumps({**chart, "config": theme.config()}, sort_keys=True))


@lru_cache(maxsize=128)
def _svg(specification: str) -> str:
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine

    return str(vl_convert.vegalite_to_svg(specification))


def _layer(frame: Frame, rows: Rows, mark: Any, **channels: Any) -> Layer:
    alt = _altair()
    usual = {"x": _x(frame), "y": _y(frame), "color": alt.Color("colour:N", scale=None)}
    # Not Chart().encode(): its guessing of channel types takes most of the time.
    encoding = alt.FacetedEncoding(**{**usual, **channels})
    return {
        "data": {"values": rows},
        "mark": mark.to_dict(validate=False),
        "encoding": encoding.to_dict(validate=False),
    }


def _x(frame: Frame) -> Any:
    alt = _altair()
    scale = alt.Scale(domain=list(frame.x), nice=False, zero=False)
    if not frame.ticks:
        return alt.X("x:Q", scale=scale, axis=None)
    axis = alt.Axis(values=list(frame.ticks), labelExpr=_lookup(frame.ticks), grid=frame.grid)
    return alt.X("x:Q", scale=scale, axis=axis)


def _y(frame: Frame) -> Any:
    alt = _altair()
    if frame.y is None:
        scale = alt.Scale(domain=[0, frame.height], reverse=True, nice=False, zero=False)
        return alt.Y("y:Q", scale=scale, axis=None)
    scale = alt.Scale(domain=list(frame.y), nice=False, zero=False)
    axis = alt.Axis(
        values=list(frame.y_ticks),
        labelExpr=_lookup(frame.y_ticks),
        minExtent=28,
        maxExtent=28,
        labelFontSize=theme.SMALL,
    )
    return alt.Y("y:Q", scale=scale, axis=axis)


def _lookup(ticks: Mapping[float, str]) -> str:
    """A Vega expression that names each place; places print as JavaScript prints numbers."""
    names = {repr(float(place)).removesuffix(".0"): name for place, name in ticks.items()}
    return f"{json.dumps(names)}[datum.value]"


def _altair() -> Any:
    import altair  # noqa: PLC0415 - its import costs as much as a whole report

    return altair
