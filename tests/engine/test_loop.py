"""The loop from finding to verdict, on real files and a real SQLite database."""

from __future__ import annotations

from datetime import date

import pytest

from loopqa.engine.improve import (
    ActionDraft,
    cancel_action,
    close_action,
    open_action,
    reopen_action,
    start_action,
)
from loopqa.engine.re_evaluate import begin_asking, preview
from loopqa.engine.rounds import compare_round, setting_of
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import compare_and_settle, resurvey_now, tick
from loopqa.engine.work import Work
from loopqa.errors import RefusedMove, StaleVersion, UsageError
from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.verdict import Outcome
from loopqa.model.window import Window

FLOW = "desk-monthly"


def found(desk, day="2026-10-02"):
    """Run September and return its finding on phone."""
    with desk.on(day) as ws:
        report = run_workflow(ws, FLOW)
    return next(one for one in report.opened if one.scope == (("channel", ("phone",)),))


def closed(desk, finding, on="2026-10-31"):
    """Open, start and close an action on a finding; its id."""
    with desk.on("2026-10-05") as ws:
        action = open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
    with desk.on("2026-10-06") as ws:
        start_action(ws, action.id)
    with desk.on(on) as ws:
        return close_action(ws, action.id, "rota of October")


def test_closing_an_action_schedules_its_re_survey_one_clamped_month_later(desk):
    action, resurvey = closed(desk, found(desk))
    assert action.state is ActionState.CLOSED
    assert resurvey.due_on == date(2026, 11, 30)
    assert resurvey.due_at.isoformat() == "2026-11-29T16:00:00+00:00"


def test_an_action_that_worked_is_verified_and_its_finding_resolved(desk):
    finding = found(desk)
    action, resurvey = closed(desk, finding)
    with desk.on("2026-11-30") as ws:
        assert tick(ws).begun[0].window.start == date(2026, 12, 1)
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2026-12-31") as ws:
        assert tick(ws).verdicts == ()
    with desk.on("2027-01-02") as ws:
        done = tick(ws)
        with ws.reading() as reader:
            assert reader.finding(finding.id).state is FindingState.RESOLVED
            assert reader.action(action.id).state is ActionState.VERIFIED
            assert reader.resurvey(resurvey.id).state is ReSurveyState.DONE
            assert reader.verify_audit() is None
    assert [verdict.outcome for verdict in done.verdicts] == [Outcome.IMPROVED]
    assert done.verdicts[0].target_met is True


def test_an_action_without_effect_carries_its_finding_into_the_next_cycle(desk):
    finding = found(desk)
    closed(desk, finding)
    with desk.on("2026-11-30") as ws:
        tick(ws)
    desk.rate(date(2026, 12, 1), {"phone": 2.6}, n=300)
    with desk.on("2027-01-02") as ws:
        done = tick(ws)
        with ws.reading() as reader:
            before = reader.finding(finding.id)
            successor = next(one for one in reader.findings() if one.carried_from == finding.id)
    assert done.verdicts[0].outcome in {Outcome.INCONCLUSIVE, Outcome.NO_CHANGE}
    assert before.state is FindingState.CARRIED_OVER
    assert successor.state is FindingState.OPEN
    assert successor.cycle == 2
    assert str(successor.window) == "2026-12-01..2026-12-31"
    assert successor.lineage == finding.lineage


def test_a_tick_long_after_the_due_day_does_the_work_once_and_marks_it_late(desk):
    _, resurvey = closed(desk, found(desk))
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2027-02-20") as ws:
        first, second = tick(ws), tick(ws)
        with ws.reading() as reader:
            late = reader.resurvey(resurvey.id)
    assert len(first.begun) == 1
    assert len(first.verdicts) == 1
    assert second.begun == second.verdicts == ()
    assert late.late_days == 82


def test_a_follow_up_window_without_cases_stays_due_until_the_data_is_there(desk):
    closed(desk, found(desk))
    with desk.on("2027-01-02") as ws:
        failed = tick(ws)
    assert len(failed.failures) == 1
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2027-01-03") as ws:
        assert len(tick(ws).verdicts) == 1


def test_re_survey_now_refuses_what_is_not_due(desk):
    _, resurvey = closed(desk, found(desk))
    with desk.on("2026-11-01") as ws, pytest.raises(RefusedMove) as refused:
        resurvey_now(ws, resurvey.id)
    assert str(refused.value) == (
        "R-1 is not due before 2026-11-30\n"
        "  hint: on a copy of the workspace, LOOPQA_NOW shows what would happen on a later day"
    )


def test_reopening_cancels_the_re_survey_and_closing_again_opens_the_next_round(desk):
    action, first = closed(desk, found(desk))
    with desk.on("2026-11-10") as ws:
        reopen_action(ws, action.id, "the second line was never staffed")
        with ws.reading() as reader:
            assert reader.resurvey(first.id).state is ReSurveyState.CANCELLED
    with desk.on("2026-11-20") as ws:
        _, second = close_action(ws, action.id, "rota of November")
    assert (second.round, second.due_on) == (2, date(2026, 12, 20))


def test_cancelling_an_action_opens_its_finding_again(desk):
    finding = found(desk)
    action, resurvey = closed(desk, finding)
    with desk.on("2026-11-10") as ws:
        cancel_action(ws, action.id, "not wanted any more")
        with ws.reading() as reader:
            assert reader.finding(finding.id).state is FindingState.OPEN
            assert reader.resurvey(resurvey.id).state is ReSurveyState.CANCELLED


def test_opening_the_same_action_twice_gives_one_action(desk):
    finding = found(desk)
    with desk.on("2026-10-05") as ws:
        draft = ActionDraft((finding.id,), "Second line at noon")
        assert open_action(ws, draft).id == open_action(ws, draft).id


def test_closing_needs_evidence(desk):
    finding = found(desk)
    with desk.on("2026-10-05") as ws:
        action = open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
        start_action(ws, action.id)
        with pytest.raises(UsageError, match="closing an action needs evidence"):
            close_action(ws, action.id, "  ")


def test_the_baseline_of_an_action_started_later_is_the_last_window_before_its_start(desk):
    finding = found(desk)
    desk.rate(date(2026, 10, 1), {"phone": 2.6})
    with desk.on("2026-11-02") as ws:
        run_workflow(ws, FLOW)
        action = open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
        start_action(ws, action.id)
        _, resurvey = close_action(ws, action.id, "rota")
        seen = preview(ws, resurvey.id)
    assert str(seen.baseline.window) == "2026-10-01..2026-10-31"
    assert seen.window == Window.parse("2027-01-01..2027-01-31")
    assert seen.history == 9


def test_two_ticks_at_once_compare_a_re_survey_once(desk):
    _, resurvey = closed(desk, found(desk))
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=200)
    with desk.on("2027-01-02") as one, desk.on("2027-01-02") as other:
        begun = begin_asking(one, resurvey)
        with one.writing() as writer:
            claimed = writer.claim_resurvey(begun)
        assert tick(other).verdicts == ()
        with pytest.raises(StaleVersion, match="R-1 is being compared already"):
            resurvey_now(other, resurvey.id)
        assert len(compare_and_settle(one, claimed).verdicts) == 1


def test_a_closed_action_is_reopened_not_started_again(desk):
    action, resurvey = closed(desk, found(desk))
    with desk.on("2026-11-01") as ws, pytest.raises(RefusedMove) as refused:
        start_action(ws, action.id)
    assert str(refused.value) == (
        "A-1 is closed; it can't be started\n"
        "  hint: `loopqa action reopen A-1` takes it up again and cancels its re-survey"
    )
    with desk.on("2026-11-01") as ws, ws.reading() as reader:
        assert reader.action(action.id) == action
        assert reader.resurvey(resurvey.id) == resurvey


def test_what_failed_before_is_forgotten_once_the_verdict_is_reached(desk):
    _, resurvey = closed(desk, found(desk))
    with desk.on("2026-11-30") as ws:
        tick(ws)
    with desk.on("2027-01-02") as ws:
        assert tick(ws).failures
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2027-01-03") as ws:
        assert tick(ws).verdicts
        with ws.reading() as reader:
            assert reader.resurvey(resurvey.id).failure is None


def test_a_finding_is_not_resolved_while_an_indicator_misses_its_target(desk):
    rubric = desk.root / "rubrics" / "desk.yaml"
    with_target = "weight: 50%, indicators: {rating: {measure: {column: speed}, target: '>= 4.5'}}}"
    written = rubric.read_text(encoding="utf-8").replace("weight: 50%, column: speed}", with_target)
    rubric.write_text(written, encoding="utf-8")
    flow = desk.root / "workflows" / f"{FLOW}.yaml"
    written = flow.read_text(encoding="utf-8").replace("below_threshold", "target_missed")
    flow.write_text(written, encoding="utf-8")
    finding = found(desk)
    closed(desk, finding)
    with desk.on("2026-11-30") as ws:
        tick(ws)
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2027-01-02") as ws:
        (verdict,) = tick(ws).verdicts
        with ws.reading() as reader:
            state = reader.finding(finding.id).state
    assert (verdict.outcome, verdict.target_met) == (Outcome.IMPROVED, False)
    assert state is FindingState.CARRIED_OVER


def both_closed(desk, channels):
    """Two actions on speed, one in each of two channels (or twice in one); their findings' ids."""
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
        with ws.reading() as reader:
            by_channel = {one.scope[0][1][0]: one for one in reader.findings() if one.scope}
    for number, channel in enumerate(channels):
        with desk.on("2026-10-31") as ws:
            action = open_action(ws, ActionDraft((by_channel[channel].id,), f"Action {number}"))
            start_action(ws, action.id, date(2026, 10, 6))
            close_action(ws, action.id, "rota")


def test_two_actions_in_one_segment_are_told_not_to_be_separable(desk):
    both_closed(desk, ("phone", "phone"))
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=200)
    with desk.on("2027-01-02") as ws:
        verdicts = tick(ws).verdicts
    said = [str(verdict.judgement.assumptions[-1]) for verdict in verdicts]
    assert said == [
        "A-2 ran in the same or an overlapping segment: what each action did can't be told apart",
        "A-1 ran in the same or an overlapping segment: what each action did can't be told apart",
    ]


def test_an_action_that_was_judged_without_effect_still_stands_between_the_windows(desk):
    both_closed(desk, ("phone", "phone"))
    desk.rate(date(2026, 12, 1), {"phone": 2.5, "chat": 4.2}, n=200)
    with desk.on("2027-01-02") as ws:
        verdicts = tick(ws).verdicts
        with ws.reading() as reader:
            assert reader.action(1).state is ActionState.INEFFECTIVE
    assert [str(one.judgement.assumptions[-1])[:8] for one in verdicts] == ["A-2 ran ", "A-1 ran "]


def test_an_action_that_ran_everywhere_is_not_denied_in_the_comparison(desk):
    desk.rate(date(2026, 9, 1), {"phone": 2.5, "chat": 2.2}, n=900, tag="more")
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
        with ws.reading() as reader:
            by_scope = {bool(one.scope): one for one in reader.findings()}
    for number, local in enumerate((True, False)):
        with desk.on("2026-10-31") as ws:
            action = open_action(ws, ActionDraft((by_scope[local].id,), f"Action {number}"))
            start_action(ws, action.id, date(2026, 10, 6))
            close_action(ws, action.id, "rota")
    desk.rate(date(2026, 12, 1), {"phone": 3.9, "chat": 3.1}, n=200)
    with desk.on("2027-01-02") as ws:
        verdict = next(one for one in tick(ws).verdicts if one.action == 1)
    said = [str(one) for one in verdict.judgement.assumptions]
    assert "comparison" in verdict.judgement.design
    assert said[-1].startswith("A-2 ran in the same or an overlapping segment")
    assert "no other action ran in the comparison" not in said


def test_a_segment_where_another_action_ran_leaves_the_comparison(desk):
    desk.rate(date(2026, 9, 1), {"phone": 2.5, "chat": 2.2}, n=400, tag="more")
    both_closed(desk, ("phone", "chat"))
    desk.rate(date(2026, 12, 1), {"phone": 3.9, "chat": 3.9}, n=200)
    with desk.on("2026-12-02") as ws:
        begun = tick(ws).begun
        with ws.reading() as reader:
            setting = setting_of(reader, begun[0])
    assert setting.elsewhere == (("channel", ("chat",)),)
    assert setting.here == ()


def test_a_bug_in_one_comparison_is_told_and_holds_up_no_other(desk):
    both_closed(desk, ("phone", "phone"))
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=200)

    def broken_for_the_first(ws, resurvey, progress):
        if resurvey.id == 1:
            raise ZeroDivisionError("a bug")
        return compare_round(ws, resurvey, progress)

    with desk.on("2027-01-02") as ws:
        done = tick(ws, work=Work(compare=broken_for_the_first))
    assert [verdict.action for verdict in done.verdicts] == [2]
    assert str(done.failures[0].error) == (
        "comparing R-1 ended in an error of the program: ZeroDivisionError: a bug\n"
        "  hint: please report it; the re-survey stays due"
    )
    assert done.failures[0].resurvey.state is ReSurveyState.ASKING


def test_the_same_action_with_other_details_is_refused(desk):
    finding = found(desk)
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
        with pytest.raises(UsageError) as refused:
            open_action(ws, ActionDraft((finding.id,), "Second line at noon", owner="Wang"))
    assert str(refused.value) == (
        "A-1 has this title and these findings already, but other details\n"
        "  hint: change it with `loopqa action assign A-1`, or give the new one a title of its own"
    )
