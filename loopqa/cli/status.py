"""``loopqa status``: where the loop stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from loopqa.cli.action import resurvey_line
from loopqa.cli.options import json_option, workspace
from loopqa.cli.output import say, tell, tell_json
from loopqa.cli.schedule import tell_standing
from loopqa.cli.ticking import tell_nobody_ticks, tell_who_ticks
from loopqa.cli.verdict import verdict_line
from loopqa.language import Text, text
from loopqa.model.cycle import Action, ReSurvey, action_ref, resurvey_ref
from loopqa.model.timetable import MessageState
from loopqa.model.words import word

One = TypeVar("One")

MOST_LINES = 20  #: of one kind


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
    held_up = [one for one in seen.resurveys if one.failure is not None]
    _tell_first(held_up, _held_up_line, "loopqa resurvey list")
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
    _tell_first(seen.overdue, _overdue_line, "loopqa action list")
    _tell_first(seen.resurveys, resurvey_line, "loopqa resurvey list")
    for verdict in seen.verdicts:
        tell(verdict_line(verdict))
    tell_who_ticks(ws, seen.ticking)
    if not any(seen.waves.values()):
        say(text("next: loopqa run"))


def _tell_first(items: Sequence[One], line: Callable[[One], Text | str], command: str) -> None:
    """The first lines, and where the others are."""
    for one in items[:MOST_LINES]:
        tell(line(one))
    if len(items) > MOST_LINES:
        tell(text("... and {n} more: `{command}`", n=len(items) - MOST_LINES, command=command))


def _held_up_line(resurvey: ReSurvey) -> Text:
    return text(
        "! {resurvey} could not be compared: {why}",
        resurvey=resurvey_ref(resurvey.id),
        why=str(resurvey.failure or "").partition("\n")[0],
    )


def _overdue_line(action: Action) -> Text:
    return text(
        "{action} is overdue since {day}", action=action_ref(action.id), day=str(action.due)
    )


def _counts(counts: object) -> str:
    if not isinstance(counts, dict) or not counts:
        return str(text("none"))
    return ", ".join(f"{word(state)} {n}" for state, n in counts.items())
