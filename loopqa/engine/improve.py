"""Actions: opened, started, closed with evidence; closing one schedules its re-survey by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import add_period
from loopqa.engine.guarding import ask_about, ask_about_opening, guarded, unchanged
from loopqa.engine.left_findings import leave_finding
from loopqa.engine.re_evaluate import schedule_round
from loopqa.engine.rollouts import (
    WORKFLOWS_RULE,
    RolloutWish,
    drawn_for,
    planned,
    refuse_before_last_step,
    steps_only,
)
from loopqa.errors import RefusedMove, UsageError
from loopqa.language import text
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    FindingState,
    Note,
    ReSurvey,
    ReSurveyState,
    Rollout,
    action_ref,
    finding_ref,
)
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Reader, Writer

PENDING = (ReSurveyState.SCHEDULED, ReSurveyState.ASKING, ReSurveyState.COMPARING)


#: What a person says about an action beside its title; equal in a repeat of the same command.
SAID = ("owner", "department", "due", "metric", "target", "horizon", "cost", "benefit", "rollout")


@dataclass(frozen=True)
class ActionDraft:
    """What a person says when opening an action."""

    findings: tuple[int, ...]
    title: str
    owner: str | None = None
    department: str | None = None
    due: date | None = None
    metric: str | None = None
    target: str | None = None
    horizon: str | None = None  #: short or long
    cost: str | None = None
    benefit: str | None = None
    proposed: bool = False  #: a proposal that still waits for somebody's yes
    illustrative: bool = False  #: made up for a demonstration
    rollout: RolloutWish = WORKFLOWS_RULE


def open_action(ws: Workspace, draft: ActionDraft) -> Action:
    """Open an action on one or more findings of one workflow; they are then in action.

    Opening the same one again (same title, same findings) gives back the one that is open.

    Raises:
        UnknownId: a finding does not exist.
        RefusedMove: a finding is finished already, or a guard says no.
        UsageError: no title, no finding, findings of different scopes or workflows, or a roll-out
            that could never tell anything.
    """
    if not draft.title.strip():
        raise UsageError(
            text("an action needs a title"), hint=text("say in a few words what will be done")
        )
    rollout = _rollout(ws, draft)
    _ask_guards(ws, draft, rollout)
    with ws.writing() as writer:
        findings, wanted = _wanted(ws, writer, draft, rollout)
        known = _same_action(writer, wanted)
        if known is not None:
            return known
        action = writer.add_action(wanted)
        fault("after-action-added")
        for finding in findings:
            if finding.state is not FindingState.IN_ACTION:
                writer.change_finding(
                    finding, event="finding.in_action", state=FindingState.IN_ACTION
                )
    return action


def _ask_guards(ws: Workspace, draft: ActionDraft, rollout: Rollout | None) -> None:
    """Ask before the transaction; not about a repeat, which changes nothing."""
    if guarded(ws):
        with ws.reading() as reader:
            _, wanted = _wanted(ws, reader, draft, rollout)
            known = _same_action(reader, wanted)
        if known is None:
            ask_about_opening(ws, wanted)


def _wanted(
    ws: Workspace, reader: Reader, draft: ActionDraft, rollout: Rollout | None
) -> tuple[tuple[Finding, ...], Action]:
    findings = tuple(reader.finding(number) for number in dict.fromkeys(draft.findings))
    _refuse_mixture(findings)
    return findings, replace(_action(ws, draft, findings), rollout=rollout)


def _rollout(ws: Workspace, draft: ActionDraft) -> Rollout | None:
    """How the action will begin; the evidence is looked at before anything is written."""
    with ws.reading() as reader:
        findings = [reader.finding(number) for number in dict.fromkeys(draft.findings)]
        _refuse_mixture(findings)
        wave = reader.wave(findings[0].wave)
    return planned(ws, findings[0], wave, draft.rollout)


def _same_action(reader: Reader, wanted: Action) -> Action | None:
    """The action that an earlier try of the same command opened, so that a repeat does no harm."""
    for action in reader.actions(states=(ActionState.PROPOSED, ActionState.OPEN)):
        if (action.title, action.findings) != (wanted.title, wanted.findings):
            continue
        if all(getattr(action, name) == getattr(wanted, name) for name in SAID):
            return action
        raise UsageError(
            text(
                "{action} has this title and these findings already, but other details",
                action=action_ref(action.id),
            ),
            hint=text(
                "change it with `loopqa action assign {action}`, or give the new one a title of "
                "its own",
                action=action_ref(action.id),
            ),
        )
    return None


def _action(ws: Workspace, draft: ActionDraft, findings: Sequence[Finding]) -> Action:
    due = draft.due
    if due is None:
        workflow = ws.workflows().get(findings[0].workflow)
        due = _default_due(ws, workflow) if workflow else None
    return Action(
        id=0,
        workflow=findings[0].workflow,
        title=draft.title.strip(),
        state=ActionState.PROPOSED if draft.proposed else ActionState.OPEN,
        findings=tuple(finding.id for finding in findings),
        scope=findings[0].scope,
        dimensions=tuple(dict.fromkeys(finding.dimension for finding in findings)),
        opened_at=ws.now(),
        version=0,
        owner=draft.owner,
        department=draft.department,
        due=due,
        metric=draft.metric,
        target=draft.target,
        horizon=draft.horizon,
        cost=draft.cost,
        benefit=draft.benefit,
        illustrative=draft.illustrative,
    )


def _default_due(ws: Workspace, workflow: Workflow) -> date:
    return ws.today() + timedelta(days=workflow.improve.due_in_days)


def _refuse_mixture(findings: Sequence[Finding]) -> None:
    if not findings:
        raise UsageError(
            text("an action needs at least one finding"),
            hint=text("`loopqa finding list` shows the open ones"),
        )
    first = findings[0]
    for other in findings[1:]:
        if (other.workflow, other.scope) != (first.workflow, first.scope):
            raise UsageError(
                text(
                    "{first} and {other} lie in different segments, so one action can't be "
                    "measured on both",
                    first=finding_ref(first.id),
                    other=finding_ref(other.id),
                ),
                hint=text("open one action for each segment"),
            )


def accept_action(ws: Workspace, number: int) -> Action:
    """Say yes to a proposed action.

    Raises:
        RefusedMove: it is not proposed any more, or a guard says no.
    """
    seen = ask_about(ws, "accept", number, state=ActionState.OPEN)
    with ws.writing() as writer:
        action = unchanged(writer.action(number), seen)
        return writer.change_action(action, event="action.accepted", state=ActionState.OPEN)


def start_action(ws: Workspace, number: int, on: date | None = None) -> Action:
    """Say that work on the action has begun; where it begins by lot, the lots are drawn now.

    Raises:
        RefusedMove: its state does not allow it, or a guard says no.
        UsageError: the day lies in the future, or too few clusters are left for a draw.
    """
    first = _day(ws, on)
    rollout = drawn_for(ws, number, first)
    drawn = {} if rollout is None else {"rollout": rollout}
    changes = {"state": ActionState.STARTED, "started_on": first, **drawn}
    seen = ask_about(ws, "start", number, **changes)
    with ws.writing() as writer:
        action = unchanged(writer.action(number), seen)
        if action.state is ActionState.CLOSED:
            raise RefusedMove(
                text("{action} is closed; it can't be started", action=action_ref(number)),
                hint=text(
                    "`loopqa action reopen {action}` takes it up again and cancels its re-survey",
                    action=action_ref(number),
                ),
            )
        return writer.change_action(action, event="action.started", **changes)


def _day(ws: Workspace, on: date | None, *, not_before: date | None = None) -> date:
    today = ws.today()
    day = on or today
    if day > today:
        raise UsageError(
            text(
                "{day} lies in the future; today is {today}",
                day=day.isoformat(),
                today=today.isoformat(),
            )
        )
    if not_before is not None and day < not_before:
        raise UsageError(
            text(
                "{day} lies before the action's start on {start}",
                day=day.isoformat(),
                start=not_before.isoformat(),
            )
        )
    return day


def close_action(
    ws: Workspace, number: int, evidence: str, on: date | None = None
) -> tuple[Action, ReSurvey]:
    """Close an action with what shows that it was done; its re-survey is scheduled with it.

    The re-survey falls due one calendar month later (``re_evaluate.after``), counted from the
    closing day and clamped at month ends; at once after steps without hold-out, which are judged
    by the windows before everybody had begun. All of it changes in one transaction.

    Raises:
        RefusedMove: its state does not allow it, its last step has yet to begin, or a guard says
            no.
        UsageError: no evidence, or a day in the future, before the start, or before the end of the
            window that the finding is of.
    """
    if not evidence.strip():
        raise UsageError(
            text("closing an action needs evidence"),
            hint=text("give a link or a sentence that shows it was done"),
        )
    done = {"state": ActionState.CLOSED, "evidence": evidence.strip()}
    seen = ask_about(ws, "close", number, closed_on=on or ws.today(), **done)
    with ws.writing() as writer:
        action = unchanged(writer.action(number), seen)
        workflow = ws.workflow(action.workflow)
        closed_on = _day(ws, on, not_before=action.started_on)
        refuse_before_last_step(action, closed_on)
        _refuse_before_finding(closed_on, map(writer.finding, action.findings))
        closed = writer.change_action(
            action,
            event="action.closed",
            closed_on=closed_on,
            round=action.round + 1,
            **done,
        )
        fault("after-action-closed")
        for finding in _findings_of(writer, closed, FindingState.IN_ACTION):
            writer.change_finding(
                finding, event="finding.awaiting_verdict", state=FindingState.AWAITING_VERDICT
            )
        due_on = _due_on(workflow, closed)
        resurvey = schedule_round(ws, writer, closed, due_on)
    return closed, resurvey


def _due_on(workflow: Workflow, closed: Action) -> date:
    """When to ask again; steps without hold-out were asked all along, by the routine windows."""
    closed_on = closed.closed_on or date.min
    return closed_on if steps_only(closed) else add_period(closed_on, workflow.re_evaluate.after)


def _refuse_before_finding(closed_on: date, findings: Iterable[Finding]) -> None:
    """Before and after must not change places: the re-survey follows the closing day."""
    for finding in findings:
        if closed_on <= finding.window.end:
            raise UsageError(
                text(
                    "{day} lies before the end of window {window}, in which {finding} was found",
                    day=closed_on.isoformat(),
                    window=str(finding.window),
                    finding=finding_ref(finding.id),
                ),
                hint=text("what was done by then is in that window already; name a later day"),
            )


def _findings_of(writer: Writer, action: Action, *states: FindingState) -> tuple[Finding, ...]:
    findings = (writer.finding(number) for number in action.findings)
    return tuple(finding for finding in findings if finding.state in states)


def reopen_action(ws: Workspace, number: int, why: str) -> Action:
    """Take a closed action up again; its pending re-survey is cancelled.

    Closing it again opens the next round.

    Raises:
        RefusedMove: its state does not allow it, or a guard says no.
    """
    taken_up = {"state": ActionState.STARTED, "closed_on": None}
    seen = ask_about(ws, "reopen", number, **taken_up)
    with ws.writing() as writer:
        action = unchanged(writer.action(number), seen)
        action = writer.change_action(action, event="action.reopened", **taken_up)
        _cancel_pending(writer, action)
        for finding in _findings_of(writer, action, FindingState.AWAITING_VERDICT):
            writer.change_finding(finding, event="finding.in_action", state=FindingState.IN_ACTION)
        _remark(ws, writer, action_ref(number), why)
    return action


def cancel_action(ws: Workspace, number: int, why: str) -> Action:
    """Give an action up; its pending re-survey is cancelled, its findings are left to others.

    Raises:
        RefusedMove: its state does not allow it, or a guard says no.
    """
    seen = ask_about(ws, "cancel", number, state=ActionState.CANCELLED)
    with ws.writing() as writer:
        action = unchanged(writer.action(number), seen)
        action = writer.change_action(action, event="action.cancelled", state=ActionState.CANCELLED)
        _cancel_pending(writer, action)
        for finding in _findings_of(
            writer, action, FindingState.IN_ACTION, FindingState.AWAITING_VERDICT
        ):
            leave_finding(writer, finding)
        _remark(ws, writer, action_ref(number), why)
    return action


def _cancel_pending(writer: Writer, action: Action) -> None:
    for resurvey in writer.resurveys(action=action.id, states=PENDING):
        writer.change_resurvey(
            resurvey, event="resurvey.cancelled", state=ReSurveyState.CANCELLED, retry_at=None
        )


def _remark(ws: Workspace, writer: Writer, about: str, words: str) -> None:
    if words.strip():
        writer.add_note(Note(about=about, text=words.strip(), actor=ws.actor, at=ws.now()))
