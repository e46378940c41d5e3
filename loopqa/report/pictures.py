"""Charts as parts of a page: named, described, with ids of their own and without Vega's extras."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from loopqa.language import text
from loopqa.report.charts.drawing import draw
from loopqa.report.charts.rows import NARROW, WIDE, Layout

if TYPE_CHECKING:
    from loopqa.report.blocks import Figure

_EXTRAS = re.compile(
    r' (?:role|aria-[a-z]+|class|font-family|pointer-events|version|xmlns(?::xlink)?)="[^"]*"'
)
_EMPTY = re.compile(r'<path d="M0,0h[^"]*"(?: [^>]*)?/>|<g></g>|<g/>')
_ID = re.compile(r'\bid="([^"]+)"|url\(#([^)]+)\)')
_HEAD = re.compile(r'^<svg[^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')


def pictures(figure: Figure, language: str) -> Markup:
    """The figure twice, for a page and for a phone; the stylesheet shows one of them."""
    return Markup("").join(
        _picture(figure, layout, name, language)
        for layout, name in ((WIDE, "wide"), (NARROW, "narrow"))
    )


def _picture(figure: Figure, layout: Layout, name: str, language: str) -> Markup:
    key = f"{figure.id}-{name}"
    title, body = figure.title.render(language), draw(figure.plot, layout, language)
    drawn, height, inside = stripped(body, key)
    # Vega measures words with the fonts it has; the layout's own width holds them everywhere.
    width = max(float(drawn), layout.width)
    description = f"{figure.caption.render(language)} {_WHERE.render(language)}"
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{0}" role="img" viewBox="0 0 {1} {2}" '
        'width="{1}" height="{2}" aria-labelledby="{3}-title {3}-desc">'
        '<title id="{3}-title">{4}</title><desc id="{3}-desc">{5}</desc>{6}</svg>'
    ).format(name, f"{width:g}", height, key, escape(title), escape(description), Markup(inside))


_WHERE = text("The figures are in the table that goes with it.")


def stripped(svg: str, key: str) -> tuple[str, str, str]:
    """Width, height and inside of Vega's SVG, without roles, fonts and unused paths.

    ``key`` makes the ids unique where several pictures stand on one page.
    """
    head = _HEAD.match(svg)
    if head is None:
        raise ValueError("the chart library returned no SVG of known size")
    inside = svg[head.end() : svg.rindex("</svg>")]
    inside = _EMPTY.sub("", _EXTRAS.sub("", inside))
    inside = _ID.sub(
        lambda found: f'id="{key}-{found[1]}"' if found[1] else f"url(#{key}-{found[2]})", inside
    )
    return head[1], head[2], inside
