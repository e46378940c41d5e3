"""What reviewers judge is measured every quarter, while samples are drawn every month."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from loopqa.engine.drawing import draw_sample
from loopqa.engine.review_lists import export_list
from loopqa.engine.run import run_workflow
from loopqa.engine.run_report import RunReport
from loopqa.model.window import Window
from tests.engine.reviewed_desk import ReviewedDesk, build

MARKS = {"T07": {"complaint": 1, "enquiry": 2}, "T08": {"complaint": 3, "enquiry": 3}}
MARKS["T09"] = {"complaint": 2, "enquiry": 5}
SIZES = {"T07": {"complaint": 400, "enquiry": 100}, "T08": {"complaint": 50, "enquiry": 100}}
SIZES["T09"] = {"complaint": 100, "enquiry": 600}


@pytest.fixture
def desk(tmp_path: Path) -> ReviewedDesk:
    made = build(tmp_path)
    rubric = tmp_path / "rubrics" / "desk.yaml"
    title = "title: {en: Attitude, zh: 服务态度}\n"
    written = rubric.read_text("utf-8")
    rubric.write_text(written.replace(title, f"{title}    cadence: quarter\n"), "utf-8")
    for month in (7, 8):
        made.open_tickets(date(2026, month, 1), SIZES[f"T0{month}"])
    return made


def judged(desk: ReviewedDesk, months: tuple[int, ...]) -> tuple[dict[str, Any], RunReport]:
    """Attitude in the quarter, where these months' samples were drawn and reviewed."""
    lists = [desk.draw(f"2026-{month + 1:02}-02", f"{month}.csv") for month in months]
    desk.review(lists, lambda case, kind: MARKS[case[:3]][kind])
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    dimensions = report.wave.scores["dimensions"]  # type: ignore[union-attr]
    return next(one for one in dimensions if one["id"] == "attitude"), report


def weighed(*months: str) -> float:
    """The mean mark of all cases of these months, by hand."""
    pairs = [(SIZES[m][kind], MARKS[m][kind]) for m in months for kind in SIZES[m]]
    return sum(n * mark for n, mark in pairs) / sum(n for n, _ in pairs)


def test_a_quarter_rests_on_the_samples_of_all_its_months(desk: ReviewedDesk) -> None:
    found, report = judged(desk, (7, 8, 9))
    assert found["measured"] == "2026-07-01..2026-09-30"
    assert found["score"] == pytest.approx(weighed("T07", "T08", "T09"))
    assert found["n"] == 40 + 30 + 30 + 30 + 30 + 60
    assert report.coverage is not None
    assert (report.coverage.drawn, report.coverage.outside) == (90, 0)
    assert report.warnings == ()


def test_a_month_without_a_sample_is_told_and_not_mixed_in(desk: ReviewedDesk) -> None:
    found, report = judged(desk, (8, 9))
    assert found["score"] == pytest.approx(weighed("T08", "T09"))
    assert [one.render("en") for one in report.warnings] == [
        "of the reviews in 2026-07-01..2026-09-30, only those of drawn cases count: "
        "samples were drawn for 2026-08-01..2026-08-31, 2026-09-01..2026-09-30"
    ]


def test_a_draw_of_some_days_within_a_month_counts_no_case_twice(desk: ReviewedDesk) -> None:
    from_days = desk.root / "days.csv"
    with desk.on("2026-09-02") as ws:
        part = draw_sample(ws, "desk", window=Window.parse("2026-08-01..2026-08-10"))
        export_list(ws, part.sample, from_days)
    found, _ = judged(desk, (7, 8, 9))
    assert found["score"] == pytest.approx(weighed("T07", "T08", "T09"))
