"""What there is to tell of an action that is being worked on, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.lifecycle import WORKING
from loopqa.model.cycle import ActionState
from loopqa.model.events import Event

if TYPE_CHECKING:
    from loopqa.model.cycle import Action
    from loopqa.model.workflow import Improve


@dataclass(frozen=True)
class Reminder:
    """One thing that people are to be told of an action."""

    on: date  #: first day on which it is told
    event: Event
    day: date  #: the day that it is about: due, or a step's first
    until: date | None = None  #: last day on which it is worth telling; None: it always is


@dataclass(frozen=True)
class Outlook:
    """What is to be told by a day, and when there is more."""

    told: tuple[Reminder, ...]
    next_on: date | None  #: None: there is nothing more to tell, unless the action is changed


def outlook(action: Action, improve: Improve, today: date) -> Outlook:
    """What an action's people are to be told by ``today``; each is told once by its key.

    Only an action that is being worked on has deadlines. What was missed while nobody ticked is
    told late, but nobody is told that something is due soon that is overdue already.
    """
    if action.state not in WORKING:
        return Outlook((), None)
    known = sorted(_reminders(action, improve), key=lambda one: one.on)
    told = tuple(one for one in known if one.on <= today and (one.until or today) >= today)
    return Outlook(told, min((one.on for one in known if one.on > today), default=None))


def _reminders(action: Action, improve: Improve) -> Iterator[Reminder]:
    due = action.due
    if due is not None:
        yield Reminder(due - timedelta(improve.remind_days), Event.ACTION_DUE_SOON, due, due)
        yield Reminder(due + timedelta(1), Event.ACTION_OVERDUE, due)
        escalated = due + timedelta(max(1, improve.escalate_days))
        yield Reminder(escalated, Event.ACTION_ESCALATED, due)
    if action.rollout is not None and action.state is ActionState.STARTED:
        for step in action.rollout.steps[1:]:
            if step.starts_on is not None:
                yield Reminder(step.starts_on, Event.ROLLOUT_STEP_DUE, step.starts_on)
