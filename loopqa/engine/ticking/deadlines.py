"""People are told of deadlines of actions, before and after; each once, however often it ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.deadlines import Outlook, Reminder, outlook
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.model.cycle import Action, Notice, action_ref
from loopqa.model.events import Event
from loopqa.model.workflow import Improve

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace

BATCH = 100  #: actions in one transaction
LOOK_AGAIN = timedelta(days=7)  #: at most, because a workflow may be given other days meanwhile


def deadline_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Tell what there is to tell of actions that are worked on, and when to look at them again."""
    while not stop():
        with ws.reading() as reader:
            numbers = reader.actions_to_look_at(ws.today(), BATCH)
            actions = reader.actions(numbers=numbers) if numbers else ()
        if not actions:
            return
        rules = {name: _rules(ws, name) for name in {one.workflow for one in actions}}
        _look(ws, done, actions, rules.__getitem__)
        yield "told"


def _rules(ws: Workspace, workflow: str) -> Improve:
    """When to remind; a workflow that is gone or broken leaves the usual days."""
    try:
        return ws.workflow(workflow).improve
    except LoopQAError:
        return Improve()


def _look(
    ws: Workspace, done: Done, actions: Sequence[Action], rules: Callable[[str], Improve]
) -> None:
    about: dict[str, Action] = {}
    notices: list[Notice] = []
    with ws.writing() as writer:
        for action in actions:
            seen = outlook(action, rules(action.workflow), ws.today())
            # One that was changed meanwhile is looked at again, by what it says now.
            if writer.look_on(action, _next_look(ws, seen)):
                due = [_notice(ws, action, one) for one in seen.told]
                about |= {one.key: action for one in due}
                notices += due
        told = writer.add_notices(notices).values()
    done.notices += told
    done.overdue += [about[one.key] for one in told if one.event == Event.ACTION_OVERDUE]


def _next_look(ws: Workspace, seen: Outlook) -> date | None:
    return seen.next_on and min(seen.next_on, ws.today() + LOOK_AGAIN)


def _notice(ws: Workspace, action: Action, reminder: Reminder) -> Notice:
    return Notice(
        key=f"{reminder.event}:{action.id}:{reminder.day}",
        event=reminder.event,
        about=action_ref(action.id),
        text=_words(ws, action, reminder),
        at=ws.now(),
        workflow=action.workflow,
    )


def _words(ws: Workspace, action: Action, reminder: Reminder) -> Text:
    about, day, title = action_ref(action.id), reminder.day.isoformat(), action.title
    if reminder.event is Event.ACTION_DUE_SOON:
        return text("{action} is due on {day}: {title}", action=about, day=day, title=title)
    if reminder.event is Event.ACTION_OVERDUE:
        return text("{action} is overdue since {day}: {title}", action=about, day=day, title=title)
    if reminder.event is Event.ACTION_ESCALATED:
        return text(
            "{action} has been overdue for {n} days, since {day}: {title}",
            action=about,
            n=(ws.today() - reminder.day).days,
            day=day,
            title=title,
        )
    return text(
        "the next step of {action} begins on {day}, in {clusters}: {title}",
        action=about,
        day=day,
        clusters=_clusters(action, reminder),
        title=title,
    )


def _clusters(action: Action, reminder: Reminder) -> str:
    steps = action.rollout.steps if action.rollout else ()
    return ", ".join(
        name for step in steps if step.starts_on == reminder.day for name in step.clusters
    )
