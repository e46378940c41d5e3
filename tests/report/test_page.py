"""The page as a whole: safe, self-contained, complete in both languages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from loopqa.model.rubric import Label
from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.report_input import ReportInput

CASES = ("rich", "empty", "three", "nine")
VOID = {"meta", "br", "hr", "img", "input", "link", "rect", "path", "line", "col"}


class Page(HTMLParser):
    """Collects what the tests ask about: tags, ids, attributes and the visible words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"style", "code"} & set(self.open):
            self.words.append(" ".join(data.split()))

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def page(source: ReportInput, language: str) -> Page:
    return Page(render(content(source), language))


@pytest.fixture(
    params=[(case, language) for case in CASES for language in ("en", "zh")], ids="-".join
)
def any_page(request: pytest.FixtureRequest) -> Page:
    case, language = request.param
    return page(request.getfixturevalue(case), language)


def test_every_tag_is_closed_in_order(any_page: Page) -> None:
    assert (any_page.unbalanced, any_page.open) == ([], [])


def test_there_is_no_script_and_nothing_comes_from_outside(any_page: Page) -> None:
    forbidden = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "use"}
    assert forbidden & set(any_page.tags) == set()
    assert [link for link in any_page.values("href") if not link.startswith("#")] == []
    assert any_page.values("src") == any_page.values("style") == []
    handlers = [name for _, one in any_page.elements for name in one if name.startswith("on")]
    assert handlers == []


def test_no_address_appears_but_the_svg_name_space(rich: ReportInput) -> None:
    html = render(content(rich), "en")
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []


def test_the_policy_allows_this_style_sheet_and_nothing_else(rich: ReportInput) -> None:
    from base64 import b64encode
    from hashlib import sha256

    html = render(content(rich), "zh")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    policy = Page(html).values("content")[0]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_ids_are_unique_and_every_link_leads_to_one(any_page: Page) -> None:
    ids = Counter(any_page.values("id"))
    assert [name for name, n in ids.items() if n > 1] == []
    known = set(ids) | {"A-3", "A-4", "A-5"}  # actions of other reports
    assert [link for link in any_page.values("href") if link[1:] not in known] == []


def test_every_figure_is_named_described_and_has_its_data_as_a_table(any_page: Page) -> None:
    ids = set(any_page.values("id"))
    drawings = [one for tag, one in any_page.elements if tag == "svg" and "aria-hidden" not in one]
    figures = [one["id"] for tag, one in any_page.elements if tag == "figure"]
    assert len(drawings) == 2 * len(figures)
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert set(drawing["aria-labelledby"].split()) <= ids
    for figure in figures:
        table = "scores" if figure == "figure-scores" else f"{figure}-table"
        assert table in ids


def test_the_rich_report_shows_all_its_figures_and_the_empty_one_none(
    rich: ReportInput, empty: ReportInput
) -> None:
    figures = [one["id"] for tag, one in page(rich, "en").elements if tag == "figure"]
    assert figures == ["figure-scores", "figure-distribution", "figure-effects", "figure-trend"]
    assert page(empty, "en").tags["figure"] == 0


def test_the_empty_report_says_what_is_missing(empty: ReportInput) -> None:
    words = page(empty, "zh").words
    for sentence in (
        "本次评价没有得分。",
        "本次评价未发现问题。",
        "尚未制定改进措施。",
        "尚无验证结论：措施完成并复评后得出。",
    ):
        assert sentence in words


@pytest.mark.parametrize("case", CASES)
def test_no_english_sentence_is_left_on_a_chinese_page(
    case: str, request: pytest.FixtureRequest
) -> None:
    words = page(request.getfixturevalue(case), "zh").words
    assert [one for one in words if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", one)] == []


def test_no_chinese_is_left_on_an_english_page_of_english_records(nine: ReportInput) -> None:
    words = page(nine, "en").words
    assert [one for one in words if re.search(r"[\u3000-\u9fff\uff00-\uffef]", one)] == []


def test_labels_and_descriptions_are_translated_too(rich: ReportInput) -> None:
    shown = page(rich, "zh")
    assert shown.elements[0] == ("html", {"lang": "zh-CN"})
    labels = shown.values("aria-label")
    assert labels
    assert [one for one in labels if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", one)] == []


def test_user_texts_cannot_bring_in_markup(rich: ReportInput) -> None:
    evil = "</style><script>alert(1)</script>{{ 7 * 7 }} {n} <b onclick=x>"
    dimension = replace(rich.rubric.dimensions[0], title=Label(evil, evil))
    source = replace(
        rich,
        rubric=replace(rich.rubric, dimensions=(dimension, *rich.rubric.dimensions[1:])),
        workflow=replace(rich.workflow, title=Label(evil, evil)),
        findings=(replace(rich.findings[0], scope=((evil, (evil,)),), owner=evil, note=evil),),
        actions=tuple(replace(one, title=evil, cost=evil, evidence=evil) for one in rich.actions),
        notes=tuple(replace(one, text=evil, actor=evil) for one in rich.notes),
        command=evil,
    )
    shown = page(source, "en")
    assert shown.tags["script"] == 0
    assert [one for _, one in shown.elements if "onclick" in one] == []
    assert shown.words[0].startswith(
        "</style><script>alert(1)</script>{{ 7 * 7 }} {n} <b onclick=x>"
    )
    assert (shown.unbalanced, shown.open) == ([], [])


def test_the_same_records_give_the_same_page(rich: ReportInput) -> None:
    assert render(content(rich), "zh") == render(content(rich), "zh")


def test_the_footer_seals_the_report(rich: ReportInput) -> None:
    html = render(content(rich), "en")
    for seal in (
        "9f2c" * 16,
        "5a" * 32,
        "6b" * 32,
        "d1" * 32,
        rich.audit_head,
        "loopqa report make after-sales-monthly --wave 9",
    ):
        assert f"<code>{seal}</code>" in html
    assert "2026-11-22 09:30 (Asia/Shanghai)" in html
