"""Follow-up windows that are over: people are told to see to the data, and samples are drawn.

Ready ones were compared before this. Those that still settle get their sample now, so that
reviewers have the time until they are compared; those that were just compared get it after that, or
reviews made without it would not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import due_instant
from loopqa.errors import LoopQAError
from loopqa.language import text
from loopqa.model.cycle import Notice, ReSurvey, ReSurveyState, action_ref, resurvey_ref
from loopqa.model.events import Event

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace
    from loopqa.language import Text
    from loopqa.model.workflow import Workflow

BATCH = 100  #: re-surveys that are read at once
SOON = timedelta(hours=1)  #: until another look, where something was in the way


@dataclass(frozen=True)
class Look:
    """What is to be done about a window, and when to look at it again."""

    resurvey: ReSurvey
    name: str  #: of the workflow
    again: datetime | None  #: None: never
    tell: bool = False  #: people are to see to the data
    draw: Workflow | None = None  #: draw the sample, as this workflow says


def window_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Look at each window once it is over; a sample that can't be drawn is told and tried again.

    Windows that are only told of are looked at together; each of the others has to be drawn from.
    """
    while not stop():
        looks = _looks(ws, work.patience.lease)
        if not looks:
            return
        told = [one for one in looks if one.draw is None]
        if told:
            _taken(ws, done, told)
            yield "looked"
        for look in looks:
            if look.draw is None:
                continue
            if stop():
                return
            if _taken(ws, done, [replace(look, again=ws.now() + work.patience.lease)]):
                yield "looked"
                _draw(ws, done, work, look, look.draw, progress)
                yield "drawn"


def _looks(ws: Workspace, lease: timedelta) -> list[Look]:
    """What is to be done about the next windows that may be over."""
    with ws.reading() as reader:
        batch = reader.windows_to_look_at(ws.now(), BATCH)
        actions = reader.actions(numbers={one.action for one in batch}) if batch else ()
    names = {one.id: one.workflow for one in actions}
    return [_look(ws, one, names[one.action], lease) for one in batch]


def _look(ws: Workspace, resurvey: ReSurvey, name: str, lease: timedelta) -> Look:
    now, window = ws.now(), resurvey.window
    if resurvey.state is ReSurveyState.COMPARING:
        return Look(resurvey, name, now + lease)  # whoever settles it says when to look
    settles = resurvey.state is ReSurveyState.ASKING and (resurvey.ready_at or now) > now
    if window is None or not (settles or resurvey.state is ReSurveyState.DONE):
        return Look(resurvey, name, None)
    over = due_instant(window.end + timedelta(days=1), ws.settings.time_zone)
    if over > now:
        return Look(resurvey, name, over)
    try:
        workflow = ws.workflow(name)
    except LoopQAError:
        return Look(resurvey, name, now + SOON, settles)  # `check` says what is wrong with it
    if workflow.sample is None:
        return Look(resurvey, name, None, settles)
    # If this process dies while it draws, somebody looks again when its lease would have run out.
    return Look(resurvey, name, now + lease, settles, workflow)


def _taken(ws: Workspace, done: Done, looks: Sequence[Look]) -> int:
    """Write down that this process looks; how many of them no other one has taken."""
    with ws.writing() as writer:
        taken = [one for one in looks if writer.take_look(one.resurvey, one.again)]
        told = writer.add_notices([_over_notice(ws, one) for one in taken if one.tell])
    done.notices += told.values()
    return len(taken)


def _draw(
    ws: Workspace,
    done: Done,
    work: Work,
    look: Look,
    workflow: Workflow,
    progress: Progress | None,
) -> None:
    assert look.resurvey.window is not None
    try:
        drawing, why_not = work.draw(ws, workflow, look.resurvey.window, progress)
    except LoopQAError as error:
        drawing, why_not = None, (_not_drawn(error.problems[0].message),)
    except Exception as bug:
        # A bug that meets one sample must not hold up the rest of the tick.
        drawing, why_not = None, (_not_drawn(f"{type(bug).__name__}: {bug}"),)
    done.warnings += why_not
    done.drawings += [drawing] if drawing is not None and drawing.fresh else []
    with ws.writing() as writer:
        writer.look_at([(look.resurvey, ws.now() + SOON if drawing is None else None)])


def _not_drawn(why: Text | str) -> Text:
    return text("no sample was drawn: {why}", why=why)


def _over_notice(ws: Workspace, look: Look) -> Notice:
    one = look.resurvey
    ready_on = ws.day_of(one.ready_at or ws.now())
    return Notice(
        key=f"resurvey.window_over:{one.action}:{one.round}",
        event=Event.RESURVEY_WINDOW_OVER,
        about=resurvey_ref(one.id),
        text=text(
            "window {window} of {resurvey} of {action} is over: see that its data are there by "
            "{day}",
            window=str(one.window),
            resurvey=resurvey_ref(one.id),
            action=action_ref(one.action),
            day=ready_on.isoformat(),
        ),
        at=ws.now(),
        workflow=look.name,
    )
