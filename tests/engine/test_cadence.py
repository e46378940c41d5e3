"""Dimensions that are measured once a quarter in a workflow that runs every month."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from loopqa.model.cycle import WaveKind
from loopqa.model.window import Window

RUBRIC = """\
rubric: r
version: "1"
title: {en: Centre, zh: 服务中心}
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 10}
dimensions:
  speed: {title: {en: Speed, zh: 速度}, weight: 50%, rater: system, column: speed}
  mood:
    title: {en: Mood, zh: 体验}
    weight: 50%
    cadence: quarter
    indicators:
      mood: {rater: customer, column: mood, target: ">= 3"}
"""

WORKFLOW = """\
workflow: w
rubric: r
window: month
inputs:
  calls: {type: csv, path: data/calls.csv, rater: system}
  mails: {type: csv, path: data/mails.csv, rater: customer}
segments: [channel]
detect: [{type: below_threshold}, {type: target_missed}, {type: drop}]
"""

#: mails go out in the first or second month of a quarter only
MAILS = {"2026-01-20": 4, "2026-05-11": 2}


@pytest.fixture
def folder(tmp_path):
    for name in ("rubrics", "workflows", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "loopqa.yaml").write_text("time_zone: UTC\n", encoding="utf-8")
    (tmp_path / "rubrics" / "r.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "workflows" / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
    calls = [
        f"2026-{month:02}-{1 + n:02},{'phone' if n % 2 else 'chat'},{3 + n % 2 + (month == 6)}"
        for month in range(1, 7)
        for n in range(20)
    ]
    (tmp_path / "data" / "calls.csv").write_text("\n".join(["at,channel,speed", *calls]))
    mails = [
        f"{day},{'phone' if n % 2 else 'chat'},{level + (n == 0)}"
        for day, level in MAILS.items()
        for n in range(40)
    ]
    (tmp_path / "data" / "mails.csv").write_text("\n".join(["at,channel,mood", *mails]))
    return tmp_path


def run(folder, month, **options):
    moment = datetime(2026, month + 1, 4, tzinfo=UTC)
    with Workspace.open(folder, clock=Clock(moment), actor="li") as ws:
        return run_workflow(ws, "w", **options)


def mood(report):
    return next(one for one in report.scores["dimensions"] if one["id"] == "mood")


def told(report):
    found = mood(report)
    return found["n"], found["score"], found["measured"], found["carried"]


Q1, Q2 = "2026-01-01..2026-03-31", "2026-04-01..2026-06-30"


def test_a_quarterly_dimension_is_due_when_its_quarter_ends_and_carried_in_between(folder):
    reports = [run(folder, month) for month in range(1, 7)]
    assert [told(report) for report in reports] == [
        (0, None, None, True),
        (0, None, None, True),
        (40, 4.025, Q1, False),
        (40, 4.025, Q1, True),
        (40, 4.025, Q1, True),
        (40, 2.025, Q2, False),
    ]
    composites = [report.scores["composite"]["score"] for report in reports]
    assert composites == [3.5, 3.5, 3.7625, 3.7625, 3.7625, pytest.approx((4.5 + 2.025) / 2)]
    assert [bool(report.opened) for report in reports] == [False] * 5 + [True]


def test_what_is_carried_forward_is_no_finding_again_and_no_change(folder):
    mails = folder / "data" / "mails.csv"
    mails.write_text(mails.read_text().replace(",4", ",2").replace(",5", ",3"))
    runs = {month: run(folder, month) for month in range(3, 7)}
    found = {month: (len(one.opened), len(one.seen)) for month, one in runs.items()}
    assert found == {3: (3, 0), 4: (0, 0), 5: (0, 0), 6: (0, 3)}
    changes = [next(one for one in runs[month].changes if one.carried) for month in (4, 5)]
    assert [(one.indicator, one.value, one.change) for one in changes] == [
        ("mood", 2.025, None)
    ] * 2


def test_a_change_is_from_quarter_to_quarter_and_so_is_a_drop(folder):
    reports = [run(folder, month) for month in range(3, 7)]
    change = next(one for one in reports[-1].changes if one.dimension == "mood").change
    assert (change.before, change.difference) == (4.025, -2.0)
    reasons = {one.scope: {reason.detector for reason in one.reasons} for one in reports[-1].opened}
    assert reasons[()] == {"below_threshold", "target_missed", "drop"}
    assert "drop" in reasons[(("channel", ("phone",)),)]


def test_the_history_of_a_first_run_comes_to_the_same(folder):
    path = folder / "workflows" / "w.yaml"
    path.write_text(WORKFLOW.replace("window: month", "window: month\nhistory: 5 months"))
    report = run(folder, 6)
    assert told(report) == (40, 2.025, Q2, False)
    documents = [
        next(one for one in wave.scores["dimensions"] if one["id"] == "mood")
        for wave in report.backfilled
    ]
    assert [(one["score"], one["measured"], one["carried"]) for one in documents] == [
        (None, None, True), (None, None, True), (4.025, Q1, False), (4.025, Q1, True),
        (4.025, Q1, True),
    ]  # fmt: skip
    assert {wave.kind for wave in report.backfilled} == {WaveKind.BACKFILL}


def test_the_same_evidence_gives_the_same_wave_and_late_mails_a_new_revision(folder):
    first = run(folder, 6)
    assert run(folder, 6, again=True).unchanged
    mails = folder / "data" / "mails.csv"
    mails.write_text(mails.read_text() + "\n2026-04-02,phone,5")
    late = run(folder, 6, again=True)
    assert (late.wave.revision, mood(late)["n"]) == (2, 41)
    assert first.wave.digest != late.wave.digest


def test_a_cadence_that_is_not_longer_than_the_window_changes_nothing(folder):
    path = folder / "workflows" / "w.yaml"
    path.write_text(WORKFLOW.replace("window: month", "window: quarter"))
    assert told(run(folder, 6)) == (40, 2.025, None, False)


def test_a_dry_run_looks_at_the_whole_quarter_too(folder):
    assert run(folder, 6, dry_run=True).falling_short == 3


def test_the_report_says_over_which_period_each_dimension_was_measured(folder):
    path = folder / "workflows" / "w.yaml"
    path.write_text(WORKFLOW + "report: {languages: [en, zh]}\n", encoding="utf-8")
    run(folder, 3)
    english, chinese = (path.read_text(encoding="utf-8") for path in run(folder, 4).reports)
    assert "carried forward from Q1 2026" in english
    assert "沿用 2026年第一季度 的结果" in chinese
    assert "measured over Q2 2026" in run(folder, 6).reports[0].read_text(encoding="utf-8")


def test_an_input_that_is_not_due_is_not_missed(folder):
    run(folder, 3)
    assert run(folder, 4).warnings == ()


def test_special_windows_carry_what_did_not_end_in_them(folder):
    run(folder, 3)
    report = run(folder, 6, window=Window.parse("2026-04-10..2026-04-20"))
    assert told(report) == (40, 4.025, Q1, True)
