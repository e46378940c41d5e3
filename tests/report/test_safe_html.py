"""HTML of plugins: what is harmless comes through unchanged, all else is refused or escaped."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.report.safe_html import ATTRIBUTES, DRAWING, SHAPES, TAGS, Unsafe, safe


@pytest.mark.parametrize(
    "html",
    [
        "<p>5 &gt; 3 &amp; 2 &lt; 4</p>",
        '<p class="small">a<br>b</p>',
        '<a href="#A-1">A-1</a> <a href="https://example.com/?a=1&amp;b=2">there</a>',
        '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        '<svg viewBox="0 0 10 10"><path d="M0 0L5 5" stroke="#0b5fa5"></path></svg>',
        "响应及时性",
        "",
    ],
)
def test_harmless_html_stays_as_it_is(html: str) -> None:
    assert safe(html) == html


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<script>alert(1)</script>", "<script> may not stand in a report"),
        ("<style>p{}</style>", "<style> may not stand in a report"),
        ("<img src=x onerror=alert(1)>", "<img> may not stand in a report"),
        ("<iframe srcdoc=x></iframe>", "<iframe> may not stand in a report"),
        ("<form><input></form>", "<form> may not stand in a report"),
        ("<h1>Report</h1>", "<h1> may not stand in a report"),
        ("<p onclick=alert(1)>x</p>", "<p onclick=...> may not stand in a report"),
        ("<p style='color:red'>x</p>", "<p style=...> may not stand in a report"),
        ("<p id=results>x</p>", "<p id=...> may not stand in a report"),
        ("<p href='#x'>x</p>", "<p href=...> may not stand in a report"),
        ("<a href='javascript:alert(1)'>x</a>", "a link leads to 'javascript:alert(1)'"),
        ("<a href=' JaVa\tscript:x'>x</a>", "a link leads to ' JaVa\tscript:x'"),
        ("<a href='data:text/html,x'>x</a>", "a link leads to 'data:text/html,x'"),
        ("<svg><foreignObject></foreignObject></svg>", "<foreignobject> may not stand in a report"),
        ("<svg><use href='#x'></use></svg>", "<use> may not stand in a report"),
        ("<svg><rect fill='url(#x)'></rect></svg>", "<rect fill=...> may not stand in a report"),
        ("<p><path d='M0 0'></path></p>", "<path> may not stand in a report"),
        ("<div>", "<div> is never closed"),
        ("</main>", "</main> closes nothing"),
        ("<b><i>x</b></i>", "</b> closes nothing"),
        ("<!doctype html>", "<!doctype ...> may not stand in a report"),
        ("<?php x ?>", "<!? ...> may not stand in a report"),
        ("<svg><![CDATA[x]]></svg>", None),
    ],
)
def test_other_html_is_refused_with_the_reason(html: str, why: str | None) -> None:
    if why is None:
        assert "<!" not in _or_refused(html)
        return
    with pytest.raises(Unsafe) as caught:
        safe(html)
    assert caught.value.why.render("en") == why


def _or_refused(html: str) -> str:
    try:
        return safe(html)
    except Unsafe:
        return ""


class Seen(HTMLParser):
    """What a reader of the outcome finds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}


pieces = st.sampled_from(
    ["<p>", "</p>", "<b", "<svg>", "</svg>", "<title>", "<script>", "<!--", "-->", "<![CDATA[",
     "]]>", "<a href=", "'", '"', ">", "<", "&lt;", "onload=x ", "<style>", "</style>", "x", "/",
     "<img src=x onerror=y>", "\0", "&", "#", "<textarea>", "<?", "<!", "\n"]
)  # fmt: skip


@given(st.lists(pieces, max_size=12).map("".join))
def test_nothing_but_allowed_tags_and_attributes_ever_comes_out(html: str) -> None:
    found = Seen(_or_refused(html))
    assert found.tags <= TAGS | DRAWING
    assert found.names <= ATTRIBUTES | SHAPES


@given(st.lists(pieces, max_size=12).map("".join))
def test_what_came_out_once_comes_out_unchanged_again(html: str) -> None:
    once = _or_refused(html)
    assert _or_refused(once) == once


@given(st.text())
def test_escaped_words_come_through(words: str) -> None:
    from markupsafe import escape

    shown = Seen(safe(f"<p>{escape(words)}</p>"))
    assert shown.tags == {"p"}
