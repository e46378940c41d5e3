"""People are told of what they have let pass, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.engine.status import overdue_actions
from loopqa.language import text
from loopqa.model.cycle import Action, Notice, action_ref
from loopqa.model.events import Event

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace


def deadline_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Write one notice for each overdue action and due date."""
    with ws.reading() as reader:
        late = overdue_actions(ws, reader.actions())
    for action in late:
        if stop():
            return
        with ws.writing() as writer:
            new = writer.add_notice(_overdue_notice(ws, action))
        if new:
            done.overdue.append(action)
            yield "told"


def _overdue_notice(ws: Workspace, action: Action) -> Notice:
    return Notice(
        key=f"action.overdue:{action.id}:{action.due}",
        event=Event.ACTION_OVERDUE,
        about=action_ref(action.id),
        text=text(
            "{action} is overdue since {day}: {title}",
            action=action_ref(action.id),
            day=str(action.due),
            title=action.title,
        ),
        at=ws.now(),
        workflow=action.workflow,
    )
