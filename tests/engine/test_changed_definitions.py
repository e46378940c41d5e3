"""Definitions change between an action's closing and its verdict: the loop goes on or says why."""

from __future__ import annotations

from datetime import date

import pytest

from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.errors import DefinitionError
from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.verdict import Outcome
from loopqa.model.window import Window

FLOW = "desk-monthly"
WORKFLOW = f"workflows/{FLOW}.yaml"
RUBRIC = "rubrics/desk.yaml"


@pytest.fixture
def asked(desk):
    """A desk whose action on the phone is closed, its follow-up window named and over."""
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((1,), "Second line at noon"))
        start_action(ws, 1)
    with desk.on("2026-10-31") as ws:
        close_action(ws, 1, "rota of October")
    with desk.on("2026-11-30") as ws:
        tick(ws)
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    return desk


def edit(desk, file, *changes):
    path = desk.root / file
    written = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in written
        written = written.replace(old, new)
    path.write_text(written, encoding="utf-8")


def outcome(desk, day="2027-01-02"):
    """What a tick after the follow-up window says."""
    with desk.on(day) as ws:
        done = tick(ws)
    assert done.failures == ()
    return [(one.judgement.dimension, one.outcome) for one in done.verdicts]


def test_an_input_may_get_another_name(asked):
    edit(asked, WORKFLOW, ("  ratings:\n", "  answers:\n"), ("from: ratings", "from: answers"))
    assert outcome(asked) == [("speed", Outcome.IMPROVED)]
    with asked.on("2027-01-02") as ws:
        assert not run_workflow(ws, FLOW).unchanged


def test_the_segment_of_an_action_may_leave_the_workflow(asked):
    edit(asked, WORKFLOW, ("segments: [channel]", "segments: []"))
    assert outcome(asked) == [("speed", Outcome.IMPROVED)]


def test_a_cluster_that_the_baseline_was_frozen_without_is_left_out(asked):
    edit(asked, WORKFLOW, ("cluster: [team]", "cluster: [team, ticket]"))
    assert outcome(asked) == [("speed", Outcome.IMPROVED)]


def test_segments_named_after_the_first_run_are_told_from_then_on(desk):
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
    desk.rate(date(2026, 10, 1), {"phone": 2.5})
    edit(
        desk,
        WORKFLOW,
        ("segments: [channel]", "segments: [channel, team, tone]"),
        ("cluster: [team]", "cluster: [team, tone]"),
        ("detect:", "derive: {tone: {from: attitude, bands: {low: '<= 3', high: '> 3'}}}\ndetect:"),
    )
    with desk.on("2026-11-02") as ws:
        report = run_workflow(ws, FLOW)
    assert [str(one) for one in report.notes] == [
        "2026-09-01..2026-09-30 was evaluated without team, tone: "
        "changes by these are told from now on"
    ]
    columns = {column for one in report.wave.scores["segments"] for column in one["by"]}
    assert columns == {"channel", "team", "tone"}
    desk.rate(date(2026, 11, 1), {"phone": 2.5})
    with desk.on("2026-12-02") as ws:
        assert run_workflow(ws, FLOW).notes == ()


def test_a_condition_and_an_indicator_named_after_the_first_run_count_from_then_on(desk):
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
    desk.rate(date(2026, 10, 1), {"phone": 2.5})
    edit(
        desk,
        RUBRIC,
        (
            "weight: 50%, column: attitude}",
            "weight: 50%, column: attitude, when: {ticket_kind: {not: test}}}\n"
            "  calm: {weight: 0, column: attitude}",
        ),
    )
    path = desk.root / "data" / "2026-10.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    told = [rows[0] + ",ticket_kind", *(row + ",real" for row in rows[1:])]
    path.write_text("\n".join(told), encoding="utf-8")
    edit(desk, WORKFLOW, ("data/*.csv", "data/2026-10.csv"))
    with desk.on("2026-11-02") as ws:
        report = run_workflow(ws, FLOW)
    changes = {one.dimension: one.change for one in report.changes}
    assert changes["speed"] is not None
    assert {one.dimension for one in report.changes if one.value is None} == set()


def test_a_segment_named_before_the_verdict_leaves_the_verdict_as_it_is(asked):
    edit(asked, WORKFLOW, ("segments: [channel]", "segments: [team, channel]"))
    assert outcome(asked) == [("speed", Outcome.IMPROVED)]


def test_a_baseline_read_anew_without_the_segment_says_how_to_get_it_back(asked):
    edit(asked, WORKFLOW, ("segments: [channel]", "segments: [team]"))
    late = asked.root / "data" / "2026-09.csv"
    late.write_text(late.read_text(encoding="utf-8") + "T9,c9,2026-09-20,phone,phone-1,2,3\n")
    window = Window(date(2026, 9, 1), date(2026, 9, 30))
    with asked.on("2027-01-02") as ws:
        run_workflow(ws, FLOW, window=window, again=True)
        (failure,) = tick(ws).failures
    assert str(failure.error) == (
        "the baseline 2026-09-01..2026-09-30 was read without channel\n"
        "  hint: name it in `segments` of workflow 'desk-monthly' again, then: "
        "loopqa run desk-monthly --window 2026-09-01..2026-09-30 --again"
    )
    edit(asked, WORKFLOW, ("segments: [team]", "segments: [team, channel]"))
    with asked.on("2027-01-02") as ws:
        run_workflow(ws, FLOW, window=window, again=True)
    assert outcome(asked, "2027-01-03") == [("speed", Outcome.IMPROVED)]


def test_a_condition_named_before_the_verdict_has_no_baseline(asked):
    edit(
        asked,
        RUBRIC,
        ("weight: 50%, column: speed", "weight: 50%, column: speed, when: {ticket_kind: real}"),
    )
    for path in (asked.root / "data").glob("*.csv"):
        rows = path.read_text(encoding="utf-8").splitlines()
        told = [rows[0] + ",ticket_kind", *(row + ",real" for row in rows[1:])]
        path.write_text("\n".join(told), encoding="utf-8")
    assert outcome(asked) == [("speed", Outcome.INCONCLUSIVE)]


def test_a_dimension_that_says_what_it_was_is_followed_under_its_new_name(asked):
    edit(asked, RUBRIC, ("  speed: {title", "  swiftness: {was: speed, title"))
    assert outcome(asked) == [("swiftness", Outcome.IMPROVED)]
    with asked.on("2027-01-02") as ws, ws.reading() as reader:
        assert reader.finding(1).state is FindingState.RESOLVED
        assert reader.action(1).state is ActionState.VERIFIED


def test_an_indicator_that_says_what_it_was_is_read_from_the_frozen_baseline(asked):
    edit(
        asked,
        RUBRIC,
        (
            "weight: 50%, column: speed",
            "weight: 50%, indicators: {pace: {was: rating, measure: {column: speed}}}",
        ),
    )
    assert outcome(asked) == [("speed", Outcome.IMPROVED)]


def test_a_dimension_that_is_gone_leaves_the_re_survey_due_and_is_told(asked):
    edit(asked, RUBRIC, ("  speed: {title", "  swiftness: {title"))
    with asked.on("2027-01-02") as ws:
        done = tick(ws)
        with ws.reading() as reader:
            assert reader.resurvey(1).state is ReSurveyState.ASKING
    assert done.verdicts == ()
    assert str(done.failures[0].error) == (
        "rubric 'desk' has no dimension 'speed' any more, which F-1 is about\n"
        "  hint: where it has a new name, write `was: speed` there; else cancel the re-survey"
    )


def test_a_wrong_file_of_another_workflow_holds_nothing_up(asked):
    (asked.root / "workflows" / "draft.yaml").write_text("workflow: draft\n", encoding="utf-8")
    assert outcome(asked) == [("speed", Outcome.IMPROVED)]
    with asked.on("2027-01-02") as ws, pytest.raises(DefinitionError):
        ws.workflow("draft")


def test_a_due_re_survey_whose_workflow_is_gone_is_told_and_stays_due(desk):
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
        open_action(ws, ActionDraft((1,), "Second line at noon"))
        start_action(ws, 1)
        close_action(ws, 1, "rota of October")
    (desk.root / WORKFLOW).unlink()
    with desk.on("2026-11-30") as ws:
        done = tick(ws)
        with ws.reading() as reader:
            assert reader.resurvey(1).state is ReSurveyState.SCHEDULED
    assert [str(one.error).splitlines()[0] for one in done.failures] == [
        "there is no workflow 'desk-monthly' in this workspace"
    ]
