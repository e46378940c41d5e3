"""Real rises that no known action caused: they are told, and credited to nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loopqa import compare
from loopqa.engine.clock import Clock
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.engine.workspace import Workspace
from loopqa.model.verdict import Judgement, Outcome, ScoreChange
from loopqa.model.window import Window
from tests.golden.incident_log import LOG, unpacked
from tests.shared_data import SHARED, expected, needs_shared

pytestmark = [needs_shared, pytest.mark.timeout(120)]

MARCH, MAY = "2016-03-01..2016-03-31", "2016-05-01..2016-05-31"


def survey(year: int) -> Path:
    return SHARED / "data" / "sfo" / f"sfo_{year}.csv"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not LOG.is_file():
        pytest.skip(f"the incident log is not in {SHARED}")
    return unpacked(tmp_path_factory.mktemp("desk"))


def resolution(desk: Path, **wishes: Any) -> Judgement:
    """March against May, as the workflow reads them: its events collapsed into incidents."""
    (judged,) = compare(
        desk / "rubrics" / "service-desk.yaml",
        desk / "incident_event_log.csv",
        before=MARCH,
        after=MAY,
        workflow=desk / "workflows" / "service-desk.yaml",
        dimensions="resolution",
        **wishes,
    ).verdicts
    return judged


def test_the_faster_resolutions_of_may_are_a_change_and_no_verdict(desk):
    judged = resolution(desk)
    wanted = expected("incident_log")["by_month"]
    for side, month in ((judged.before, "2016-03"), (judged.after, "2016-05")):
        figures = wanted[month]["resolution_score"]
        assert (side.n, side.mean) == (figures["n"], pytest.approx(figures["mean"], abs=1e-6))
    assert judged.change.difference == pytest.approx(1.044, abs=0.001)
    assert judged.score_change is ScoreChange.UP
    assert judged.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("teams", ["70", "39", "24", "23", ["25", "24"]])
def test_no_group_of_the_service_desk_is_credited_with_the_rise_that_all_had(desk, teams):
    judged = resolution(desk, scope={"team": teams}, cluster="team")
    assert judged.outcome is not Outcome.IMPROVED


def on(desk: Path, day: str) -> Workspace:
    moment = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
    return Workspace.open(desk, clock=Clock(moment), actor="li")


def test_an_action_closed_in_april_is_not_credited_with_the_rise_of_may(desk):
    """The whole loop: a finding of March, an action, and its re-survey of May."""
    with on(desk, "2016-04-01") as ws:
        report = run_workflow(ws, "service-desk", window=Window.parse(MARCH))
        (found,) = (one for one in report.opened if one.dimension == "resolution" and not one.scope)
        action = open_action(ws, ActionDraft((found.id,), "A second line at noon"))
        start_action(ws, action.id)
        close_action(ws, action.id, "the rota of April")
    with on(desk, "2016-05-31") as ws:
        assert tick(ws).verdicts == ()
    with on(desk, "2016-06-01") as ws:
        (verdict,) = tick(ws).verdicts
    wanted = expected("incident_log")["compare_2016_03_to_2016_05"]["resolution_score"]
    judged = verdict.judgement
    assert judged.change.difference == pytest.approx(wanted["diff"], abs=1e-6)
    assert judged.score_change is ScoreChange.UP
    assert judged.outcome is Outcome.INCONCLUSIVE


def test_the_rises_of_2015_at_the_airport_are_seen_and_put_down_to_nobody(rubric):
    wanted = expected("sfo_compare_2014_2015")["all"]
    result = compare(rubric("airport-survey"), before=survey(2014), after=survey(2015))
    risen = {one.dimension for one in result.verdicts if one.score_change is ScoreChange.UP}
    assert risen == {
        name for name, figures in wanted["dimensions"].items() if figures["welch_ci95"][0] > 0
    }
    assert risen >= set(wanted["adjust_welch"]["holm_lt_0.05"])
    assert {one.outcome for one in result.verdicts} == {Outcome.INCONCLUSIVE}
    assert all("earlier windows are known" in str(one.reason) for one in result.verdicts)
