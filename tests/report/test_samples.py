"""The sample in the report: who was drawn, who was reviewed, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loopqa.model.sample import Coverage, StratumCoverage
from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.report_input import ReportInput

STRATA = (
    StratumCoverage("complaint", 100, 30, 30),
    StratumCoverage("enquiry <b>", 600, 60, 20),
    StratumCoverage("repair", 4, 0, 0),
)


def covered(source: ReportInput, **more: object) -> ReportInput:
    usual = {"per": "stratum", "at_least": 30, "promised": 0.1, "strata": STRATA}
    told = Coverage(3, 1, "tickets", "reviews", **{**usual, **more})
    return replace(
        source, wave=replace(source.wave, scores={**source.scores, "sample": told.to_dict()})
    )


def test_a_report_without_a_sample_has_no_such_section(rich: ReportInput) -> None:
    assert content(rich).sample is None
    assert 'id="sample"' not in render(content(rich), "en")


def test_the_strata_are_listed_with_what_is_missing(rich: ReportInput) -> None:
    view = content(covered(rich)).sample
    assert view is not None
    rows = [[cell.words.render("en") for cell in row.cells] for row in view.table.rows]
    assert rows == [
        ["complaint", "100", "30", "30", "30.0%", "3.33"],
        ["enquiry <b>", "600", "60", "20", "3.3%", "30.00"],
        ["repair", "4", "0", "0", "0.0%", "—"],
        ["All", "704", "90", "50", "7.1%", ""],
    ]
    marks = [row.cells[0].warning and row.cells[0].warning.render("en") for row in view.table.rows]
    assert marks == [None, "below the rule: 40 are missing", "none drawn", None]
    assert view.shortfalls[0].render("en") == (
        "50 of 704 cases were reviewed: 7.1%, below the promised 10%"
    )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "at least 10% and 30 cases of every stratum"),
        ("zh", "704 个个案中已质检 50 个，占 7.1%，低于约定的 10%"),
    ],
)
def test_the_page_tells_it_in_both_languages_and_escapes_names(rich, language, line) -> None:
    page = render(content(covered(rich)), language)
    assert line in page
    assert "enquiry &lt;b&gt;" in page
    assert "enquiry <b>" not in page


def test_many_strata_fold_away(rich: ReportInput) -> None:
    many = tuple(StratumCoverage(f"s{n:02d}", 50, 30, 30) for n in range(40))
    page = render(content(covered(rich, strata=many)), "en")
    assert "<summary>Strata (40)</summary>" in page


def test_reviews_without_weights_stand_for_nothing(rich: ReportInput) -> None:
    view = content(covered(rich, unweighted="attitude")).sample
    assert view is not None
    assert {row.cells[-1].words.render("en") for row in view.table.rows} == {"—", ""}
    assert view.table.notes == ()
