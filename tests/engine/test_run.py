"""Runs of a workflow: windows, history, late data, and what they do to findings."""

from __future__ import annotations

from datetime import date

import pytest

from loopqa.engine.findings import dismiss_finding
from loopqa.engine.run import run_workflow
from loopqa.errors import DataError, UsageError
from loopqa.model.cycle import WaveKind
from loopqa.model.window import Window

FLOW = "desk-monthly"


def found(desk, day="2026-10-02"):
    """Run September and return its finding on phone."""
    with desk.on(day) as ws:
        report = run_workflow(ws, FLOW)
    return next(one for one in report.opened if one.scope == (("channel", ("phone",)),))


def test_the_first_run_fills_in_history_and_opens_findings_only_for_its_own_window(desk):
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            waves = reader.waves(workflow=FLOW)
            findings = reader.findings()
    assert str(report.window) == "2026-09-01..2026-09-30"
    assert len(report.backfilled) == 8
    assert {wave.kind for wave in waves} == {WaveKind.BACKFILL, WaveKind.ROUTINE}
    assert {str(finding.window) for finding in findings} == {"2026-09-01..2026-09-30"}


def test_running_twice_does_nothing_the_second_time(desk):
    found(desk)
    with desk.on("2026-10-02") as ws:
        again = run_workflow(ws, FLOW)
        looked = run_workflow(ws, FLOW, again=True)
        with ws.reading() as reader:
            assert len(reader.waves(workflow=FLOW)) == 9
    assert again.unchanged
    assert looked.unchanged


def test_late_data_makes_a_new_revision_and_marks_the_old_one_stale(desk):
    finding = found(desk)
    desk.rate(date(2026, 9, 1), {"phone": 2.5}, n=20, tag="late")
    with desk.on("2026-10-09") as ws:
        report = run_workflow(ws, FLOW, again=True)
        with ws.reading() as reader:
            old = reader.wave(finding.wave)
            now = reader.finding(finding.id)
    assert report.wave is not None
    assert report.wave.revision == 2
    assert old.stale
    assert now.wave == report.wave.id
    assert not now.stale


def test_a_dismissed_finding_that_is_seen_again_recurs(desk):
    finding = found(desk)
    with desk.on("2026-10-05") as ws:
        dismiss_finding(ws, finding.id, "a migration that week")
    desk.rate(date(2026, 10, 1), {"phone": 2.5})
    with desk.on("2026-11-02") as ws:
        report = run_workflow(ws, FLOW)
    recurring = [one for one in report.opened if one.recurs == finding.id]
    assert len(recurring) == 1


def test_a_finding_that_is_still_open_is_seen_again_not_doubled(desk):
    finding = found(desk)
    desk.rate(date(2026, 10, 1), {"phone": 2.5})
    with desk.on("2026-11-02") as ws:
        report = run_workflow(ws, FLOW)
    seen = next(one for one in report.seen if one.id == finding.id)
    assert report.wave is not None
    assert seen.seen_in == (report.wave.id,)


def test_a_window_that_is_not_over_is_refused(desk):
    september = Window.parse("2026-09-01..2026-09-30")
    with desk.on("2026-09-15") as ws, pytest.raises(UsageError) as refused:
        run_workflow(ws, FLOW, window=september)
    assert str(refused.value) == (
        "window 2026-09-01..2026-09-30 can't be evaluated before 2026-10-01\n"
        "  hint: wait until it is over and settled, or name an earlier one with --window"
    )


def test_an_empty_window_is_refused_and_the_last_one_with_cases_named(desk):
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
    with desk.on("2026-12-02") as ws, pytest.raises(DataError) as refused:
        run_workflow(ws, FLOW)
    assert str(refused.value) == (
        "workflow 'desk-monthly' has no case in 2026-11-01..2026-11-30\n"
        "  hint: the last case is of 2026-09-28; for its window: "
        "loopqa run desk-monthly --window 2026-09-01..2026-09-30"
    )


def test_a_first_run_goes_back_to_the_last_window_with_enough_cases(desk):
    with desk.on("2026-12-02") as ws:
        report = run_workflow(ws, FLOW)
    assert (str(report.missed), str(report.window)) == (
        "2026-11-01..2026-11-30",
        "2026-09-01..2026-09-30",
    )
    assert report.wave is not None
    assert report.wave.kind is WaveKind.ROUTINE


def test_a_run_says_what_it_leaves_undone(desk):
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    flow.write_text(flow.read_text() + "report: {formats: [html, xlsx]}\n")
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
    assert [str(warning) for warning in report.warnings] == [
        "defined, but not carried out by this version: report: formats"
    ]


def test_a_dry_run_leaves_the_folder_as_it_is(desk):
    before = sorted(desk.root.rglob("*"))
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW, dry_run=True)
    assert report.falling_short
    assert sorted(desk.root.rglob("*")) == before


def test_a_report_that_a_killed_run_did_not_write_is_written_by_the_next_one(desk):
    found(desk)
    for report in (desk.root / "reports").iterdir():
        report.unlink()
    with desk.on("2026-10-02") as ws:
        again = run_workflow(ws, FLOW)
    assert again.unchanged
    assert again.reports
    assert all(report.exists() for report in again.reports)


def test_late_data_after_a_dismissal_does_not_raise_the_same_window_again(desk):
    finding = found(desk)
    with desk.on("2026-10-05") as ws:
        dismiss_finding(ws, finding.id, "a migration that week")
    desk.rate(date(2026, 9, 1), {"phone": 2.5}, n=20, tag="late")
    with desk.on("2026-10-09") as ws:
        report = run_workflow(ws, FLOW, again=True)
    assert finding.scope not in [one.scope for one in report.opened]


def test_a_run_warns_where_many_rows_were_rejected(desk):
    for number in range(60):
        bad = desk.root / "data" / f"bad-{number}.csv"
        bad.write_text(
            "ticket,customer,day,channel,team,speed,attitude\n"
            + f"t{number},c,2026-09-03,phone,phone-1,banana,3\n" * 10
        )
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
    assert "12% of the rows were rejected: mend them before you trust the scores" in [
        str(warning) for warning in report.warnings
    ]
