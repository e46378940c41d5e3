"""HTML of plugins, put together anew from what is known to be harmless, or refused.

Everything is written out again piece by piece: what this parser took for text is escaped, so that
no browser can take it for anything else.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

from loopqa.language import Text, text


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


VOID = _names("br hr wbr col")
#: In the page's own words; nothing here loads, runs, submits or styles.
TAGS = VOID | _names(
    "p div span section article aside h3 h4 h5 ul ol li dl dt dd table caption thead tbody tfoot "
    "tr th td colgroup a b strong i em small s sub sup code pre kbd samp q cite blockquote time "
    "details summary figure figcaption abbr mark"
)
DRAWING = _names("svg g path rect circle ellipse line polyline polygon text tspan desc")
ATTRIBUTES = _names(
    "class lang dir title role scope colspan rowspan headers datetime open start value tabindex "
    "href aria-label aria-hidden aria-describedby"
)
SHAPES = _names(
    "viewbox width height x y x1 y1 x2 y2 cx cy r rx ry d points transform fill stroke "
    "stroke-width stroke-dasharray stroke-linecap stroke-linejoin opacity fill-opacity "
    "stroke-opacity text-anchor dominant-baseline font-size font-weight preserveaspectratio "
    "dx dy textlength"
)
#: SVG knows large letters.
_SPELLED = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
_LINKS = ("https://", "http://", "mailto:", "#")


class Unsafe(ValueError):
    """Why some HTML can't stand in a report; a sentence for people."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


def safe(html: str) -> Markup:
    """The same HTML, written out anew.

    Raises:
        Unsafe: something in it may not stand in a report, or it is not well-formed.

    >>> safe('<p class=small>5 &gt; 3</p>')
    Markup('<p class="small">5 &gt; 3</p>')
    """
    rewriter = _Rewriter()
    rewriter.feed(html)
    rewriter.close()
    return rewriter.result()


class _Rewriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._open: list[str] = []

    def result(self) -> Markup:
        if self._open:
            raise Unsafe(text("<{tag}> is never closed", tag=self._open[-1]))
        return Markup("".join(self._pieces))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._pieces.append(f"<{tag}{self._attributes(tag, attrs)}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            raise Unsafe(text("</{tag}> closes nothing", tag=tag))
        self._pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._pieces.append(escape(data, quote=False))

    def handle_comment(self, data: str) -> None:
        """Comments are left out."""

    def handle_decl(self, decl: str) -> None:
        raise Unsafe(text("<!{what} ...> may not stand in a report", what=decl.split()[0]))

    def unknown_decl(self, data: str) -> None:
        raise Unsafe(text("<!{what} ...> may not stand in a report", what="["))

    def handle_pi(self, data: str) -> None:
        raise Unsafe(text("<!{what} ...> may not stand in a report", what="?"))

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        drawn = "svg" in self._open or tag == "svg"
        if tag not in (DRAWING if drawn else TAGS):
            raise Unsafe(text("<{tag}> may not stand in a report", tag=tag))
        allowed = ATTRIBUTES | SHAPES if drawn else ATTRIBUTES
        return "".join(self._attribute(tag, name, value or "", allowed) for name, value in attrs)

    def _attribute(self, tag: str, name: str, value: str, allowed: frozenset[str]) -> str:
        squeezed = "".join(value.split()).lower()
        if name not in allowed or "url(" in squeezed or (name == "href" and tag != "a"):
            raise Unsafe(text("<{tag} {name}=...> may not stand in a report", tag=tag, name=name))
        if name == "href" and not squeezed.startswith(_LINKS):
            raise Unsafe(text("a link leads to '{target}'", target=value[:60]))
        return f' {_SPELLED.get(name, name)}="{escape(value)}"'
