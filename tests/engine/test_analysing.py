"""Analyses and control charts in a whole workspace: what a run finds out, keeps and shows."""

from __future__ import annotations

from datetime import date

import pytest

from loopqa.engine.findings import dismiss_finding
from loopqa.engine.improve import ActionDraft, open_action
from loopqa.engine.run import run_workflow
from loopqa.model.cycle import FindingGrade, FindingState
from loopqa.model.window import Window

FLOW = "desk-monthly"
PHONE = (("channel", ("phone",)),)

BROKEN = """
from loopqa.language import text
from loopqa.model.analysis import Insight
from loopqa.plugin import Analyser, Options, hookimpl

class Oracle(Analyser):
    type = "oracle"
    summary = text("asks the oracle")
    Config = Options

    def analyse(self, context):
        if context.finding.scope:
            raise RuntimeError("the oracle is silent")
        return Insight(text("it knows"))

@hookimpl
def loopqa_analysers():
    return [Oracle]
"""


def set_up(desk, **lines):
    """Change lines of the workflow: field → its new line."""
    path = desk.root / "workflows" / f"{FLOW}.yaml"
    flow = path.read_text("utf-8")
    for field, line in lines.items():
        kept = [one for one in flow.splitlines() if not one.startswith(f"{field}:")]
        flow = "\n".join([*kept, f"{field}: {line}", ""])
    path.write_text(flow, "utf-8")


@pytest.fixture
def analysed(desk):
    set_up(desk, segments="[channel, team]", analyse="[{type: slices}, {type: drivers}]")
    return desk


def test_findings_are_analysed_in_the_run_that_opens_them(analysed):
    with analysed.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            findings = reader.findings()
            kept = reader.analyses()
    assert report.warnings == ()
    assert {one.state for one in report.opened} == {FindingState.ANALYSED}
    assert {one.state for one in findings} == {FindingState.ANALYSED}
    assert kept == report.analyses
    about = [(one.analyser, one.finding) for one in kept]
    assert about == [*(("slices", one.id) for one in findings), ("drivers", None)]


def test_the_slices_of_a_finding_lie_inside_its_scope(analysed):
    with analysed.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            phone = next(one for one in report.opened if one.scope == PHONE)
            (slices,) = reader.latest_analyses(phone.id)
    assert slices.insight.figures["tested"] == 4  # the teams of phone, and no other


def test_drivers_rest_on_all_cases_of_the_wave_and_are_drawn_alike_every_time(analysed, make_desk):
    with analysed.on("2026-10-02") as ws:
        first = run_workflow(ws, FLOW).analyses[-1].insight
    assert [lead.dimension for lead in first.leads] == ["speed", "attitude"]
    assert first.figures["n"] == 480
    assert sum(lead.figures["share"] for lead in first.leads) == pytest.approx(1)
    other = make_desk(analysed.root / "other")
    set_up(other, segments="[channel, team]", analyse="[{type: slices}, {type: drivers}]")
    with other.on("2026-10-02") as ws:
        assert run_workflow(ws, FLOW).analyses[-1].insight == first


def test_a_second_run_analyses_nothing_anew(analysed):
    with analysed.on("2026-10-02") as ws:
        before = run_workflow(ws, FLOW).analyses
        again = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            assert reader.analyses() == before
    assert again.analyses == ()


def test_late_data_makes_new_analyses_and_keeps_the_old_ones(analysed):
    with analysed.on("2026-10-02") as ws:
        first = run_workflow(ws, FLOW)
    analysed.rate(date(2026, 9, 1), {"phone": 2.4}, n=20, tag="-late")
    with analysed.on("2026-10-03") as ws:
        second = run_workflow(ws, FLOW, again=True)
        with ws.reading() as reader:
            phone = next(one for one in reader.findings() if one.scope == PHONE and not one.stale)
            assert {one.wave for one in reader.latest_analyses(phone.id)} == {second.wave.id}
            assert len(reader.analyses(wave=first.wave.id)) == len(first.analyses)


def test_a_finding_that_people_work_on_keeps_its_state(analysed):
    with analysed.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        phone = next(one for one in report.opened if one.scope == PHONE)
        open_action(ws, ActionDraft(findings=(phone.id,), title="Second line"))
        for one in report.opened:
            if one.id != phone.id:
                dismiss_finding(ws, one.id, "known")
    analysed.rate(date(2026, 10, 1), {"phone": 2.5})
    with analysed.on("2026-11-02") as ws:
        later = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            assert reader.finding(phone.id).state is FindingState.IN_ACTION
            assert {one.wave for one in reader.latest_analyses(phone.id)} == {later.wave.id}


def test_an_older_open_finding_is_analysed_when_it_is_seen_again(desk):
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        assert {one.state for one in report.opened} == {FindingState.OPEN}
        assert report.analyses == ()
    set_up(desk, analyse="[slices]")
    desk.rate(date(2026, 10, 1), {"phone": 2.5})
    with desk.on("2026-11-02") as ws:
        seen = run_workflow(ws, FLOW).seen
    assert {one.state for one in seen} == {FindingState.ANALYSED}


def test_an_analyser_that_fails_leaves_a_warning_and_stops_nothing(desk):
    (desk.root / "plugins").mkdir()
    (desk.root / "plugins" / "oracle.py").write_text(BROKEN, "utf-8")
    set_up(desk, analyse="[{type: oracle}, {type: drivers}]")
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
    assert [one.render("en") for one in report.warnings] == [
        "analyser 'oracle' failed: RuntimeError at oracle.py:13: the oracle is silent"
    ]
    assert [one.analyser for one in report.analyses] == ["drivers"]
    assert {one.state for one in report.opened} == {FindingState.OPEN}


def test_the_audit_chain_seals_what_was_said(analysed):
    with analysed.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            assert reader.verify_audit() is None
            made = [one for one in reader.audit() if one.event == "analysis.made"]
    assert len(made) == len(report.analyses)
    assert len({one.details["insight_sha256"] for one in made}) == len(
        {one.insight.text.render("en") + str(one.insight.leads) for one in report.analyses}
    )


# control charts


def two_years(desk, last):
    """Twenty months before September 2026 in which chat stays at 3.6; then ``last``."""
    for year, first in ((2025, 1), (2026, 1)):
        for month in range(first, 13 if year == 2025 else 9):
            desk.rate(date(year, month, 1), {})
    desk.rate(date(2026, 9, 1), last)
    set_up(desk, history="24 months", detect="[{type: control_chart}]")


def test_a_score_that_leaves_its_usual_range_becomes_a_finding(desk):
    two_years(desk, {"chat": 3.1})
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
    chat = next(one for one in report.opened if one.scope == (("channel", ("chat",)),))
    (reason,) = chat.reasons
    assert reason.detector == "control_chart"
    assert chat.grade is FindingGrade.OBSERVED  # 13 windows behind it: provisional
    assert reason.text.render("en").endswith("the limits are provisional (13 windows)")
    assert reason.figures["score"] < reason.figures["low"]


def test_a_score_above_its_usual_range_is_no_finding(desk):
    two_years(desk, {"chat": 4.4})
    with desk.on("2026-10-02") as ws:
        assert all(one.scope != (("channel", ("chat",)),) for one in run_workflow(ws, FLOW).opened)


def test_with_less_than_a_year_of_windows_nothing_is_judged(desk):
    set_up(desk, detect="[{type: control_chart}]")
    desk.rate(date(2026, 9, 1), {"phone": 1.2})
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
    assert len(report.backfilled) == 8
    assert report.opened == ()


def test_windows_of_an_earlier_rubric_are_scored_anew(desk):
    two_years(desk, {"chat": 3.6})
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
    path = desk.root / "rubrics" / "desk.yaml"
    rubric = path.read_text("utf-8").replace("  speed: {", "  pace: {was: speed, ")
    path.write_text(rubric, "utf-8")
    desk.rate(date(2026, 10, 1), {"chat": 3.0})
    with desk.on("2026-11-02") as ws:
        report = run_workflow(ws, FLOW)
    assert any(
        one.dimension == "pace" and one.scope == (("channel", ("chat",)),) for one in report.opened
    )


def test_a_named_window_is_held_against_windows_of_its_own_length_only(desk):
    two_years(desk, {"chat": 3.6})
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
        week = run_workflow(ws, FLOW, window=Window.parse("2026-09-07..2026-09-13"))
    assert week.opened == ()
