"""Re-surveys: when one falls due it names the window that will be compared, once.

The stages of a round: *scheduled* (until its due date), *asking* (the window that its notice named
is still running or settling), *comparing* (claimed by one process), *done*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.calendar import due_instant, next_complete_window
from loopqa.engine.rollouts import last_mixed_window
from loopqa.engine.rounds import baseline_of, has_comparison, history_of
from loopqa.errors import RefusedMove, UsageError
from loopqa.language import text
from loopqa.model.cycle import (
    Action,
    Notice,
    ReSurvey,
    ReSurveyState,
    Wave,
    action_ref,
    resurvey_ref,
)
from loopqa.model.events import Event
from loopqa.model.words import word
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Writer


@dataclass(frozen=True)
class Preview:
    """What a re-survey will do, before it does it."""

    resurvey: ReSurvey
    action: Action
    window: Window  #: the follow-up window, named or as it would be named today
    ready_on: date  #: first day on which the comparison can be made
    baseline: Wave
    history: int  #: earlier waves that tell how much scores move by themselves
    comparison: bool


def name_window(workflow: Workflow, action: Action | None, due_on: date) -> tuple[Window, date]:
    """The first whole window that begins on or after the due date, and the day it is settled.

    A roll-out in steps without hold-out is judged by the windows before everybody has begun, so
    its window is the last of those.
    """
    period = workflow.window.previous
    window = last_mixed_window(workflow, action) if action is not None else None
    window = window or next_complete_window(due_on, period.unit, period.count)
    return window, window.end + timedelta(days=1 + workflow.window.settle_days)


def preview(ws: Workspace, number: int) -> Preview:
    """Say what would be compared with what."""
    with ws.reading() as reader:
        resurvey = reader.resurvey(number)
        action = reader.action(resurvey.action)
        workflow = ws.workflow(action.workflow)
        window, ready_on = name_window(workflow, action, resurvey.due_on)
        baseline = baseline_of(reader, action)
        history = history_of(reader, baseline)
    return Preview(
        resurvey,
        action,
        resurvey.window or window,
        ready_on,
        baseline,
        len(history),
        has_comparison(workflow, action),
    )


def schedule_round(ws: Workspace, writer: Writer, action: Action, due_on: date) -> ReSurvey:
    """Write the re-survey of the action's current round, with its notice."""
    resurvey = writer.add_resurvey(
        ReSurvey(
            id=0,
            action=action.id,
            round=action.round,
            state=ReSurveyState.SCHEDULED,
            due_at=due_instant(due_on, ws.settings.time_zone),
            due_on=due_on,
            version=0,
        )
    )
    fault("after-resurvey-added")
    writer.add_notice(
        Notice(
            key=f"resurvey.scheduled:{action.id}:{action.round}",
            event=Event.RESURVEY_SCHEDULED,
            about=resurvey_ref(resurvey.id),
            text=text(
                "{resurvey} of {action} is scheduled for {day}",
                resurvey=resurvey_ref(resurvey.id),
                action=action_ref(action.id),
                day=due_on.isoformat(),
            ),
            at=ws.now(),
            workflow=action.workflow,
        )
    )
    return resurvey


@dataclass(frozen=True)
class Naming:
    """The window that a due re-survey will compare, worked out before anything is written."""

    resurvey: ReSurvey
    action: Action
    window: Window
    ready_on: date  #: first day on which the comparison can be made


def named(workflow: Workflow, action: Action, resurvey: ReSurvey) -> Naming:
    """Which window a re-survey names once it is due."""
    return Naming(resurvey, action, *name_window(workflow, action, resurvey.due_on))


def begin_asking(ws: Workspace, resurvey: ReSurvey) -> ReSurvey:
    """A due re-survey names its window, in its row and in its notice.

    One that was begun, cancelled or moved to another day meanwhile comes back as it is.
    """
    if resurvey.state is not ReSurveyState.SCHEDULED:
        return resurvey
    with ws.reading() as reader:
        action = reader.action(resurvey.action)
    naming = named(ws.workflow(action.workflow), action, resurvey)
    with ws.writing() as writer:
        return next(iter(ask(ws, writer, [naming])), writer.resurvey(resurvey.id))


def ask(ws: Workspace, writer: Writer, namings: Sequence[Naming]) -> list[ReSurvey]:
    """Write windows down, with a notice each; re-surveys that were changed meanwhile stay as is.

    So do those that are not due any more because the clock was set back meanwhile.
    """
    now = writer.resurvey_versions([one.resurvey.id for one in namings])
    due = [one for one in namings if one.resurvey.due_at <= ws.now()]
    fresh = [one for one in due if now[one.resurvey.id] == one.resurvey.version]
    begun = writer.change_resurveys(
        [(one.resurvey, _asking(ws, one)) for one in fresh], event="resurvey.asking"
    )
    zone = ws.settings.time_zone
    over = [due_instant(one.window.end + timedelta(days=1), zone) for one in fresh]
    writer.look_at(list(zip(begun, over, strict=True)))
    writer.add_notices([_due_notice(ws, one) for one in fresh])
    return begun


def _asking(ws: Workspace, naming: Naming) -> dict[str, Any]:
    """What changes; it is late by the whole days from its due day to the day it was taken up."""
    return {
        "state": ReSurveyState.ASKING,
        "failure": None,
        "attempts": 0,
        "retry_at": None,
        "window": naming.window,
        "ready_at": due_instant(naming.ready_on, ws.settings.time_zone),
        "late_days": max(0, (ws.today() - naming.resurvey.due_on).days),
    }


def _due_notice(ws: Workspace, naming: Naming) -> Notice:
    resurvey = naming.resurvey
    return Notice(
        key=f"resurvey.due:{resurvey.action}:{resurvey.round}",
        event=Event.RESURVEY_DUE,
        about=resurvey_ref(resurvey.id),
        text=text(
            "{resurvey} of {action} is due: window {window} will be compared, on {day}",
            resurvey=resurvey_ref(resurvey.id),
            action=action_ref(naming.action.id),
            window=str(naming.window),
            day=naming.ready_on.isoformat(),
        ),
        at=ws.now(),
        workflow=naming.action.workflow,
    )


def reschedule(ws: Workspace, number: int, on: date) -> ReSurvey:
    """Move the due date of a re-survey that has not begun.

    Raises:
        RefusedMove: it has begun or ended.
        UsageError: the new day lies in the past.
    """
    if on < ws.today():
        raise UsageError(
            text(
                "{day} lies in the past; today is {today}",
                day=on.isoformat(),
                today=ws.today().isoformat(),
            )
        )
    with ws.writing() as writer:
        resurvey = writer.resurvey(number)
        if resurvey.state is not ReSurveyState.SCHEDULED:
            raise RefusedMove(
                text(
                    "{resurvey} is {state}, so its date can't be moved any more",
                    resurvey=resurvey_ref(number),
                    state=word(resurvey.state),
                )
            )
        return writer.change_resurvey(
            resurvey,
            event="resurvey.rescheduled",
            due_on=on,
            due_at=due_instant(on, ws.settings.time_zone),
            failure=None,
            attempts=0,
            retry_at=None,
        )


def cancel_resurvey(ws: Workspace, number: int, why: str) -> ReSurvey:
    """Give a round up; its action stays closed without a verdict from it.

    Raises:
        RefusedMove: it has ended already.
        UsageError: no reason was given.
    """
    if not why.strip():
        raise UsageError(
            text("cancelling a re-survey needs a reason"),
            hint=text("without it the action never gets a verdict; say why that is right"),
        )
    with ws.writing() as writer:
        return writer.change_resurvey(
            writer.resurvey(number),
            event="resurvey.cancelled",
            state=ReSurveyState.CANCELLED,
            failure=text("{why}", why=why.strip()),
            retry_at=None,
        )
