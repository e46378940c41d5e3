"""Settle a round: verdicts are written, finding and action move, and what is unsolved carries over.

Everything here happens inside one transaction of the caller.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.lifecycle import after_verdict
from loopqa.calc.power import can_be_answered
from loopqa.define.canonical import rubric_form
from loopqa.engine.continuity import dimension_of
from loopqa.engine.findings import announce_finding
from loopqa.engine.re_evaluate import schedule_round
from loopqa.engine.rollouts import steps_only
from loopqa.engine.waves import workflow_of
from loopqa.language import Text, text
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    FindingState,
    Notice,
    ReSurvey,
    ReSurveyState,
    Verdict,
    Wave,
    action_ref,
    verdict_ref,
)
from loopqa.model.events import Event
from loopqa.model.verdict import Outcome
from loopqa.model.words import word
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.rounds import Comparison
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.rubric import Dimension
    from loopqa.model.score import DimensionScore
    from loopqa.model.verdict import Judgement
    from loopqa.store.door import Writer


_WEIGHT = {
    Outcome.WORSENED: 0,
    Outcome.IMPROVED: 1,
    Outcome.INCONCLUSIVE: 2,
    Outcome.NO_CHANGE: 3,
}


@dataclass(frozen=True)
class Settled:
    """What one round led to."""

    verdicts: tuple[Verdict, ...]  #: on the dimensions that the action named
    action: Action
    carried: tuple[Finding, ...]  #: new findings of the next cycle
    next_round: ReSurvey | None = None
    warnings: tuple[Text, ...] = ()  #: what weakens the reviews of the follow-up window


def settle_round(
    ws: Workspace, writer: Writer, used: Standard, resurvey: ReSurvey, comparison: Comparison
) -> Settled:
    """Write the wave, the verdicts and all that follows from them."""
    action = writer.action(resurvey.action)
    rubric = used.rubric
    if not writer.is_pinned(rubric.hash):
        writer.pin_rubric(rubric.hash, rubric.id, rubric.version, rubric_form(rubric))
    wave = writer.add_wave(replace(comparison.wave, resurvey=resurvey.id))
    fault("after-follow-up-wave")
    # Those that were named come first: they alone decide what follows.
    ordered = sorted(comparison.judgements, key=lambda one: not one.primary)
    written = tuple(
        _write_verdict(ws, writer, used, resurvey, action, comparison, wave, judgement)
        for judgement in ordered
    )
    verdicts = tuple(one for one in written if one.judgement.primary)
    fault("after-verdicts")
    again = not steps_only(action) and _another_round(used, resurvey, verdicts)
    carried = _move_findings(ws, writer, used, action, verdicts, wave, again=again)
    moved = _move_action(writer, action, verdicts, again=again)
    done = writer.change_resurvey(
        resurvey,
        event="resurvey.done",
        state=ReSurveyState.DONE,
        failure=None,
        retry_at=None,
        wave=wave.id,
        baseline=comparison.baseline.id,
    )
    writer.look_at([(done, ws.now() if workflow_of(used).sample else None)])
    following = None
    if again:
        moved = writer.change_action(moved, event="action.next_round", round=moved.round + 1)
        following = schedule_round(ws, writer, moved, wave.window.end + timedelta(days=1))
    return Settled(verdicts, moved, carried, following, comparison.warnings)


def _write_verdict(
    ws: Workspace,
    writer: Writer,
    used: Standard,
    resurvey: ReSurvey,
    action: Action,
    comparison: Comparison,
    wave: Wave,
    judgement: Judgement,
) -> Verdict:
    findings = [
        finding
        for finding in map(writer.finding, action.findings)
        if dimension_of(used.rubric, finding).id == judgement.dimension
    ]
    after = comparison.in_scope.dimension(judgement.dimension)
    verdict = writer.add_verdict(
        Verdict(
            id=0,
            action=resurvey.action,
            resurvey=resurvey.id,
            round=resurvey.round,
            judgement=judgement,
            score_after=after.score,
            target_met=_target_met(used, findings, comparison),
            baseline=comparison.baseline.id,
            wave=wave.id,
            reached_at=ws.now(),
        )
    )
    if judgement.primary:
        writer.add_notice(_verdict_notice(ws, verdict, action.workflow))
    return verdict


def _target_met(used: Standard, findings: list[Finding], comparison: Comparison) -> bool | None:
    """Whether every reason of the findings is gone in the follow-up window."""
    answers = [
        _reason_gone(used, finding, reason.detector, comparison)
        for finding in findings
        for reason in finding.reasons
    ]
    if not answers or None in answers:
        return None
    return all(answers)


def _reason_gone(
    used: Standard, finding: Finding, detector: str, comparison: Comparison
) -> bool | None:
    dimension = dimension_of(used.rubric, finding)
    after = comparison.in_scope.dimension(dimension.id)
    rule = used.rubric.finding
    if after.score is None:
        return None
    if detector == "below_threshold":
        return rule.below is None or after.score >= rule.below
    if detector == "bottom_share":
        limit = rule.bottom_share_above
        return limit is None or after.bottom_share is None or after.bottom_share <= limit
    if detector == "target_missed":
        return _targets_hold(dimension, after)
    # A drop, or what a third-party detector saw, is gone once the score is back where it was.
    return finding.score is None or after.score > finding.score


def _targets_hold(dimension: Dimension, after: DimensionScore) -> bool:
    """Whether the dimension and all its indicators, as far as they have answers, meet targets."""
    values = {one.id: one.value for one in after.indicators}
    checks = [(dimension.target, after.score)]
    checks += [(one.target, values.get(one.id)) for one in dimension.indicators]
    return all(
        target.holds(value) for target, value in checks if target is not None and value is not None
    )


def _verdict_notice(ws: Workspace, verdict: Verdict, workflow: str) -> Notice:
    return Notice(
        key=f"verdict.reached:{verdict.action}:{verdict.round}:{verdict.judgement.about}",
        event=Event.VERDICT_REACHED,
        about=verdict_ref(verdict.id),
        text=text(
            "{verdict} on {action}, {dimension}: {outcome}",
            verdict=verdict_ref(verdict.id),
            action=action_ref(verdict.action),
            dimension=verdict.judgement.about,
            outcome=word(verdict.outcome),
        ),
        at=ws.now(),
        workflow=workflow,
    )


def _another_round(used: Standard, resurvey: ReSurvey, verdicts: tuple[Verdict, ...]) -> bool:
    """Whether a further round is allowed and can be expected to answer what is still open."""
    workflow = used.workflow
    if workflow is None or resurvey.round >= workflow.re_evaluate.rounds:
        return False
    open_ones = [one.judgement for one in verdicts if one.outcome is Outcome.INCONCLUSIVE]
    return any(can_be_answered(one, expected_answers(one)) for one in open_ones)


def expected_answers(judgement: Judgement) -> int:
    """What the next window may bring: as many answers as the better one of these two."""
    return max(judgement.before.n, judgement.after.n)


def _move_findings(
    ws: Workspace,
    writer: Writer,
    used: Standard,
    action: Action,
    verdicts: tuple[Verdict, ...],
    wave: Wave,
    *,
    again: bool,
) -> tuple[Finding, ...]:
    carried: list[Finding] = []
    for verdict in _by_weight(verdicts):
        for finding in map(writer.finding, action.findings):
            if dimension_of(used.rubric, finding).id != verdict.judgement.dimension:
                continue
            if finding.state is not FindingState.AWAITING_VERDICT:
                continue
            state, _ = after_verdict(verdict.outcome, verdict.target_met, again)
            if state is FindingState.AWAITING_VERDICT:
                continue
            moved = writer.change_finding(
                finding, event=f"finding.{state.value}", state=state, note=_why(ws, verdict)
            )
            if state is FindingState.CARRIED_OVER:
                carried.append(_carry_over(ws, writer, moved, verdict, wave))
    return tuple(carried)


def _by_weight(verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    """Verdicts by dimension; of several on one, the one that decides comes first.

    What got worse decides before what got better, and that before what is still open.
    """
    places = {name: at for at, name in enumerate(one.judgement.dimension for one in verdicts)}
    return sorted(verdicts, key=lambda one: (places[one.judgement.dimension], _WEIGHT[one.outcome]))


def _why(ws: Workspace, verdict: Verdict) -> str:
    """Why the finding ended so, in the first language of the workspace."""
    why = verdict.judgement.reason or word(verdict.outcome)
    return why.render(ws.settings.languages[0])


def _carry_over(
    ws: Workspace, writer: Writer, finding: Finding, verdict: Verdict, wave: Wave
) -> Finding:
    """The same cell in the next cycle, measured from the follow-up window on."""
    successor = writer.add_finding(
        replace(
            finding,
            id=0,
            version=0,
            dimension=verdict.judgement.dimension,
            state=FindingState.OPEN,
            wave=wave.id,
            window=wave.window,
            n=verdict.judgement.after.n,
            score=verdict.score_after,
            opened_at=ws.now(),
            cycle=finding.cycle + 1,
            carried_from=finding.id,
            recurs=None,
            note=None,
            stale=False,
            seen_in=(),
        )
    )
    announce_finding(ws, writer, successor)
    return successor


def _move_action(
    writer: Writer, action: Action, verdicts: tuple[Verdict, ...], *, again: bool
) -> Action:
    """An action is verified if it improved something and worsened nothing that was named.

    Harm seen in an earlier round is final; later rounds answer what was still open.
    """
    if action.state is ActionState.INEFFECTIVE:
        return action
    states = {after_verdict(one.outcome, one.target_met, again)[1] for one in verdicts}
    worsened = any(one.outcome is Outcome.WORSENED for one in verdicts)
    if worsened:
        state = ActionState.INEFFECTIVE
    elif ActionState.VERIFIED in states:
        state = ActionState.VERIFIED
    elif states == {ActionState.INEFFECTIVE}:
        state = ActionState.INEFFECTIVE
    else:
        return action
    if again and ActionState.CLOSED in states and not worsened:
        return action
    return writer.change_action(action, event=f"action.{state.value}", state=state)
