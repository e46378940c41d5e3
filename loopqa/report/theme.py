"""Colours and type of the charts: the one place where they are decided.

The stylesheet maps the same hex values to their dark shades (``[fill="#0b5fa5"]``), so a static SVG
follows the reader's colour scheme without a script. A colour that is not here stays as it is.
"""

from __future__ import annotations

from typing import Any

from loopqa.report.vocabulary import Tone

INK = "#1b2430"
MUTED = "#56606b"
LINE = "#d9dee3"
PAPER = "#ffffff"
BAND = "#e8ebee"
BEFORE = "#7b8794"
BLUE = "#0b5fa5"
ORANGE = "#b0430a"
LEVELS = ("#a63c06", "#f0a35e", "#e3e5e8", "#86b6dd", "#1f62a8")  #: lowest to highest level
ON_DARK = "#fefefe"  #: text on the outer levels
ON_LIGHT = "#1b2431"  #: text on the inner levels

#: what every colour becomes on a dark screen
DARK = {
    INK: "#e7eaee",
    MUTED: "#a8b2bc",
    LINE: "#343d47",
    PAPER: "#14191f",
    BAND: "#28313a",
    BEFORE: "#8d99a5",
    BLUE: "#62aee8",
    ORANGE: "#f08c4e",
    LEVELS[0]: "#c9581c",
    LEVELS[2]: "#59626c",
    LEVELS[4]: "#3b7cc4",
}

TONES = {
    Tone.GOOD: BLUE,
    Tone.BAD: ORANGE,
    Tone.EVEN: MUTED,
    Tone.DIM: BEFORE,
    Tone.PLAIN: INK,
}

FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', sans-serif"
)
SIZE = 12  #: px, of nearly all text in a chart
SMALL = 11  #: px, the least


def level_colours(count: int) -> tuple[str, ...]:
    """One colour per level, lowest first; between the five of the theme they are mixed.

    >>> level_colours(3)
    ('#a63c06', '#e3e5e8', '#1f62a8')
    """
    if count == 1:
        return (LEVELS[2],)
    return tuple(_mixed(step * (len(LEVELS) - 1) / (count - 1)) for step in range(count))


def _mixed(place: float) -> str:
    left = min(int(place), len(LEVELS) - 2)
    part = place - left
    channels = zip(_channels(LEVELS[left]), _channels(LEVELS[left + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in channels)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def text_on(colour: str) -> str:
    """A text colour that can be read on a level's colour, on a light and on a dark screen."""
    if colour == LEVELS[2]:
        return INK  # the neutral level turns dark on a dark screen, and ink turns light
    red, green, blue = _channels(colour)
    return ON_LIGHT if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else ON_DARK


def config() -> dict[str, Any]:
    """The Vega-Lite ``config`` of every chart."""
    return {
        "aria": False,  # the figure has one name and description; Vega's own are English
        "background": None,
        "font": FONT,
        "padding": 0,
        "view": {"stroke": None},
        "concat": {"spacing": 20},
        "axis": {
            "labelFontSize": SIZE,
            "labelColor": MUTED,
            "gridColor": LINE,
            "domain": False,
            "ticks": False,
            "title": None,
            "labelPadding": 6,
            "labelFlush": False,
            "labelOverlap": False,
        },
        "title": {
            "fontSize": SIZE,
            "fontWeight": "bold",
            "color": INK,
            "anchor": "start",
            "offset": 6,
        },
        "text": {"fontSize": SIZE, "color": INK},
    }
