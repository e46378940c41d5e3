"""What the charts of docs/picture_charts.py share: sizes, languages and single marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from loopqa.report import theme
from loopqa.report.charts.lettering import tidy_ticks, wrapped
from loopqa.report.charts.marks import Rows

Numbers = Mapping[str, Any]
Said = tuple[str, str]
"""The same words in English and in Chinese."""

LANGUAGES = ("en", "zh")
WIDTHS = {True: 728, False: 332}  #: of the drawing, wide and narrow
ROW = 34  #: px from one row to the next


def said(meant: Said, language: str) -> str:
    """The words in one language."""
    return meant[LANGUAGES.index(language)]


def phrase(x: float, y: float, words_: str, colour: str) -> dict[str, Any]:
    """Words at a place."""
    return {"x": x, "y": y, "text": words_, "colour": colour}


def dot(x: float, y: float, colour: str) -> dict[str, Any]:
    """A round point."""
    return {"x": x, "y": y, "colour": colour, "shape": "circle"}


def upright(x: float, top: float, bottom: float, colour: str) -> dict[str, Any]:
    """A stroke from top to bottom."""
    return {"x": x, "x2": x, "y": top, "y2": bottom, "colour": colour}


def pathway(places: Sequence[float], values: Sequence[float]) -> Rows:
    """The points of a line without gaps."""
    return [{"x": x, "y": y, "piece": 0} for x, y in zip(places, values, strict=True)]


def signed_ticks(reach: float) -> dict[float, str]:
    """Ticks on both sides of zero, with their signs."""
    ticks = tidy_ticks(-reach, reach)
    return {place: name if place <= 0 else f"+{name}" for place, name in ticks.items()}


def kept_apart(rows: Rows, least: float) -> Rows:
    """Labels at least so far from each other, the lower ones pushed down."""
    ordered = sorted(rows, key=lambda row: -row["y"])
    for above, below in pairwise(ordered):
        below["y"] = min(below["y"], above["y"] - least)
    return ordered


def row_label(name: Said, language: str, y: float, room: float) -> Rows:
    """The label of a row, wrapped around its middle."""
    rows = wrapped(said(name, language), room / theme.SIZE - 1)
    top = y - (len(rows) - 1) * 7.5
    return [phrase(0, top + 15 * at, row, theme.INK) for at, row in enumerate(rows)]
