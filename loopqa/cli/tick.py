"""``loopqa tick``: everything that has fallen due, for cron or by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loopqa.cli.action import resurvey_line
from loopqa.cli.moments import local_minute
from loopqa.cli.options import json_option, workspace
from loopqa.cli.outbox import tell_messages
from loopqa.cli.output import complain, progress, say, tell, tell_json
from loopqa.cli.sample import drawn_line, tell_list
from loopqa.cli.schedule import complain_of_slots, tell_slots
from loopqa.cli.verdict import verdict_line
from loopqa.language import Text, text
from loopqa.model.cycle import ReSurvey, action_ref, finding_ref, resurvey_ref
from loopqa.model.events import Event

if TYPE_CHECKING:
    from loopqa.engine.tick import TickReport
    from loopqa.engine.workspace import Workspace


@click.command()
@json_option
def command(as_json: bool) -> int:
    """Run what is scheduled, compare complete re-surveys, and tell of overdue actions."""
    from loopqa.engine.tick import tick
    from loopqa.engine.worker.signs import sign_left

    with workspace() as ws, sign_left(ws), progress() as watch:
        done = tick(ws, progress=watch)
    if as_json:
        tell_json(done.to_dict())
    else:
        if is_idle(done):
            say(text("nothing is due"))
        tell_report(ws, done)
    return 3 if done.failures or done.slot_failures or done.undelivered else 0


#: In the document of every tick, whether something was done or not.
_LASTING = ("schema", "held_up")


def is_idle(done: TickReport) -> bool:
    """Whether a tick had nothing to do and nothing to say."""
    return not any(value for name, value in done.to_dict().items() if name not in _LASTING)


def tell_report(ws: Workspace, done: TickReport) -> None:
    """Everything that a tick did, a line each; instants by the clocks of the workspace."""
    tell_slots(done)
    for resurvey in done.begun:
        tell(resurvey_line(resurvey))
    for verdict in done.verdicts:
        tell(verdict_line(verdict))
    for finding in done.carried:
        tell(
            text(
                "{finding}: not solved, carried over as {successor}",
                finding=finding_ref(finding.carried_from or 0),
                successor=finding_ref(finding.id),
            )
        )
    for resurvey in done.next_rounds:
        tell(text("next round: {line}", line=resurvey_line(resurvey)))
    for action in done.overdue:
        tell(
            text(
                "{action} is overdue since {day}", action=action_ref(action.id), day=str(action.due)
            )
        )
    for notice in done.notices:
        if notice.event != Event.ACTION_OVERDUE:
            tell(notice.text)
    for drawing in done.drawings:
        tell(drawn_line(drawing.sample))
        tell_list(drawing.sample, None)
    tell_messages(done, ws.settings.time_zone)
    for warning in done.warnings:
        say(text("warning: {text}", text=warning))
    complain_of_slots(done)
    for failure in done.failures:
        say(
            text(
                "{resurvey} could not be compared; it stays due",
                resurvey=resurvey_ref(failure.resurvey.id),
            )
        )
        complain(failure.error)
    told = {failure.resurvey.id for failure in done.failures}
    for resurvey in done.held_up:
        if resurvey.id not in told:
            say(_waits(ws, resurvey))


def _waits(ws: Workspace, resurvey: ReSurvey) -> Text:
    return text(
        "{resurvey} failed and is tried again from {moment}; `loopqa resurvey now {resurvey}` does "
        "not wait",
        resurvey=resurvey_ref(resurvey.id),
        moment=local_minute(ws, resurvey.retry_at) if resurvey.retry_at else "-",
    )
