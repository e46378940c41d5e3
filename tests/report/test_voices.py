"""Themes and typical cases in the report: tables, escaped, and nothing of small groups."""

from __future__ import annotations

import re
from dataclasses import replace

from loopqa.language import text
from loopqa.model.analysis import Insight, Lead
from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.report_input import ReportInput
from tests.report.test_analysis import kept

THEMES = Insight(
    text("comments on low answers speak more often of {words}", words="'queue'"),
    (
        Lead(text("x"), figures={"low": 21, "low_share": 0.5, "rest": 0, "rest_share": 0.0},
             details={"cause": "staffing"}),
        Lead(text("x"), figures={"low": 10, "low_share": 0.24, "rest": None, "rest_share": None},
             details={"word": "<i>queue</i>", "cause": "staffing"}),
        Lead(text("x"), figures={"low": 7, "low_share": 0.17, "rest": 9, "rest_share": 0.08},
             details={"keyword": "慢"}),
    ),
    (text("root causes to choose from: {causes}", causes="staffing"),),
    {"low": 42, "rest": 120, "tested": 30, "found": 1},
)  # fmt: skip
CASES = Insight(
    text("{n} of the lowest cases, at most one a customer", n=2),
    (
        Lead(text("x"), (("channel", ("phone",)),), figures={"score": 1.0},
             details={"case": "T-7", "at": "2026-10-03", "responsiveness.rating": "1",
                      "resolution.rating": "2", "comment": "<script>alert(1)</script> 😡 & *** "}),
        Lead(text("x"), figures={"score": 1.5}, details={"input": "ratings"}),
    ),
    (),
    {"shown": 2},
)  # fmt: skip


def shown(rich: ReportInput, insight: Insight, analyser: str) -> tuple[list[list[str]], str]:
    """The table in the card of finding 12 as words, and the page."""
    report = content(replace(rich, analyses=(kept(insight, analyser, 12),)))
    (view,) = [one for card in report.findings for one in card.insights]
    assert view.table is not None
    rows = [[cell.words.render("en") for cell in row.cells] for row in view.table.rows]
    return rows, render(report, "en")


def test_themes_are_a_table_of_causes_words_and_keywords(rich: ReportInput) -> None:
    rows, page = shown(rich, THEMES, "themes")
    assert rows == [
        ["Root cause: staffing", "21", "50.0%", "0.0%", ""],
        ["“<i>queue</i>”", "10", "24.0%", "—", "staffing"],
        ["“慢” (keyword of the rubric)", "7", "17.0%", "8.0%", ""],
    ]
    assert "<i>queue" not in page
    assert "root causes to choose from: staffing" in page
    assert "Shrunk mean" not in page  # what explains tables of slices


def test_cases_are_a_table_with_answers_under_their_titles(rich: ReportInput) -> None:
    rows, page = shown(rich, CASES, "cases")
    assert rows[0][:3] == ["T-7", "1.00", "channel = phone"]
    assert re.fullmatch(r".+ 1, .+ 2", rows[0][3])
    assert rows[1] == ["", "1.50", "", "", ""]
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 😡 &amp; ***" in page
    assert "2026-10-03" in page


def test_both_speak_chinese(rich: ReportInput) -> None:
    analyses = (kept(THEMES, "themes", 12), kept(CASES, "cases", 12))
    page = render(content(replace(rich, analyses=analyses)), "zh")
    for words in ("根本原因：staffing", "评价标准的关键词", "低分客户", "典型个案", "留言"):
        assert words in page


def test_nothing_is_told_of_a_finding_on_fewer_than_five_answers(rich: ReportInput) -> None:
    analyses = (kept(THEMES, "themes", 14), kept(CASES, "cases", 14))  # n = 4
    report = content(replace(rich, analyses=analyses))
    assert all(card.insights == () for card in report.findings)


def test_an_analysis_without_a_single_word_is_a_sentence(rich: ReportInput) -> None:
    none = replace(THEMES, leads=(), text=text("no single case to show"))
    report = content(replace(rich, analyses=(kept(none, "themes", 12),)))
    (view,) = [one for card in report.findings for one in card.insights]
    assert view.table is None
