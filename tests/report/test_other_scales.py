"""Reports of shares, attainments and several raters: nothing looks like a score that is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from loopqa.language import text
from loopqa.model.cycle import Finding, FindingGrade, Reason
from loopqa.model.rubric import Boxes, Label
from loopqa.report.blocks import DistributionPlot, Table
from loopqa.report.content import content
from loopqa.report.report_input import ReportInput


def words(table: Table) -> list[list[str]]:
    return [[cell.words.render("en") for cell in row.cells] for row in table.rows]


def changed(source: ReportInput, change: Callable[[Any], None]) -> ReportInput:
    """The same report with another score document."""
    scores = json.loads(json.dumps(source.wave.scores))
    change(scores)
    return replace(source, wave=replace(source.wave, scores=scores))


def test_a_share_whose_cases_all_say_yes_is_no_answer_of_the_lowest_level(
    rich: ReportInput,
) -> None:
    def all_yes(scores: Any) -> None:
        scores["dimensions"][1]["indicators"][1]["counts"] = {"1": 50}

    shown = content(changed(rich, all_yes)).distribution
    assert shown is not None
    assert isinstance(shown.plot, DistributionPlot)
    assert len(shown.plot.rows) == 5
    assert "First-contact" not in shown.title.render("en")


def test_a_mean_beyond_the_scale_is_not_shown_as_one(rich: ReportInput) -> None:
    def beyond(scores: Any) -> None:
        scores["dimensions"][0].update(mean=5.79, interval=[5.09, 6.48])
        scores["dimensions"][1].update(mean=4.9, interval=[4.6, 5.2])

    first, second = content(changed(rich, beyond)).scores.rows[:2]
    assert (first.cells[2].words.render("en"), first.cells[2].notes) == ("—", ())
    assert second.cells[2].notes[0].render("en").split() == ["[4.60,", "5.00]"]


def test_a_rubric_without_boxes_has_no_sentence_about_them(rich: ReportInput) -> None:
    source = replace(rich, rubric=replace(rich.rubric, boxes=Boxes((), ())))
    notes = [note.render("en") for note in content(source).scores.notes]
    assert notes
    assert not any("High share" in note for note in notes)


def test_raters_are_called_as_the_rubric_calls_them(rich: ReportInput) -> None:
    raters = {"customer": {"title": Label("Callers", "来电客户")}, "internal": {}}
    source = replace(rich, rubric=replace(rich.rubric, raters=raters))
    facts = {name.render("en"): value.render("zh") for name, value in content(source).method}
    assert facts["Rated by"] == "来电客户 60%、内部质检 40%"


def test_a_missed_target_is_told_with_the_title_and_the_readers_unit(rich: ReportInput) -> None:
    sentence = text(
        "{indicator} is {value}, which misses the target {target} (n = {n})",
        indicator="first_response",
        value="19.00 min",
        target="<= 15 min",
        n=48,
    )
    reason = Reason(
        "target_missed", FindingGrade.CONFIRMED, sentence, {"value": 19.0, "target": 15.0}
    )
    one: Finding = replace(rich.findings[0], dimension="responsiveness", reasons=(reason,))
    (card,) = content(replace(rich, findings=(one,))).findings
    assert (
        card.reasons[0][1].render("zh")
        == "首次响应时长 为 19.00 分钟，未达到目标 ≤ 15 分钟（n = 48）"
    )


def test_cases_without_a_segment_have_no_empty_row(rich: ReportInput) -> None:
    def add(scores: Any) -> None:
        blank = json.loads(json.dumps(scores["segments"][0]))
        blank["by"] = {"channel": ""}
        blank["composite"] = {"score": None, "n": 0, "minimum": None}
        for one in blank["dimensions"]:
            one.update(score=None, n=one["n"] if one["id"] == "resolution" else 0)
        scores["segments"].append(blank)

    before = words(content(rich).segments[0])
    assert words(content(changed(rich, add)).segments[0]) == before
