"""``loopqa status``: where the loop stands."""

from __future__ import annotations

import click

from loopqa.cli.action import resurvey_line
from loopqa.cli.options import json_option, workspace
from loopqa.cli.output import say, tell, tell_json
from loopqa.cli.schedule import tell_standing
from loopqa.cli.ticking import tell_nobody_ticks, tell_who_ticks
from loopqa.cli.verdict import verdict_line
from loopqa.language import text
from loopqa.model.cycle import action_ref, resurvey_ref
from loopqa.model.timetable import MessageState
from loopqa.model.words import word


@click.command()
@json_option
def command(as_json: bool) -> None:
    """See what is open, due and overdue."""
    from loopqa.engine.status import status

    with workspace() as ws:
        seen = status(ws)
    if as_json:
        tell_json(seen.to_dict())
        return
    tell_nobody_ticks(ws, seen)
    for resurvey in seen.resurveys:
        if resurvey.failure is not None:
            tell(
                text(
                    "! {resurvey} could not be compared: {why}",
                    resurvey=resurvey_ref(resurvey.id),
                    why=resurvey.failure.partition("\n")[0],
                )
            )
    dead = seen.messages.get(MessageState.DEAD, 0)
    if dead:
        tell(
            text(
                "! messages given up: {n}; see `loopqa outbox list --state dead`",
                n=dead,
            )
        )
    for failure in seen.plugin_failures:
        tell(text("! plugin {failure}", failure=failure))
    for name, wave in seen.waves.items():
        tell(
            text(
                "{workflow}: last window {window}",
                workflow=name,
                window=str(wave.window) if wave else "-",
            )
        )
    for standing in seen.schedules:
        tell_standing(standing)
    tell(text("findings: {counts}", counts=_counts(seen.findings)))
    tell(text("actions: {counts}", counts=_counts(seen.actions)))
    for action in seen.overdue:
        tell(
            text(
                "{action} is overdue since {day}", action=action_ref(action.id), day=str(action.due)
            )
        )
    for resurvey in seen.resurveys:
        tell(resurvey_line(resurvey))
    for verdict in seen.verdicts:
        tell(verdict_line(verdict))
    tell_who_ticks(ws, seen.ticking)
    if not any(seen.waves.values()):
        say(text("next: loopqa run"))


def _counts(counts: object) -> str:
    if not isinstance(counts, dict) or not counts:
        return str(text("none"))
    return ", ".join(f"{word(state)} {n}" for state, n in counts.items())
