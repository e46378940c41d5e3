"""``loopqa schedule``: what runs by itself, when, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loopqa.cli.moments import on_clocks
from loopqa.cli.options import json_option, states, workspace
from loopqa.cli.output import complain, say, table, tail, tell, tell_json
from loopqa.language import Text, text
from loopqa.model.cycle import wave_ref
from loopqa.model.timetable import Slot, SlotState, slot_ref
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.scheduling.coming import Standing
    from loopqa.engine.tick import TickReport

MOST = 1000  #: coming runs of a workflow that may be asked for
FINISHED = 10  #: finished slots that a list without --state shows


@click.group()
def command() -> None:
    """See what runs by itself, when, and what came of it."""


@command.command("list")
@click.option("--state", type=states(SlotState, "recent", "all"), default="recent")
@json_option
def list_slots(state: str, as_json: bool) -> None:
    """List the slots of schedules; by default those that wait or run, and the latest others."""
    from loopqa.engine.documents import listing, slot_document

    with workspace() as ws, ws.reading() as reader:
        everything = reader.slots()
    shown = _wanted(everything, state)
    if as_json:
        tell_json(listing("schedule", [slot_document(one) for one in shown], len(everything)))
        return
    if shown:
        headings = [
            text("id"),
            text("workflow"),
            text("due"),
            text("state"),
            text("late"),
            text("window"),
            text("result"),
        ]
        table(headings, [_row(one) for one in shown], free=(6,))
    tail(len(shown), len(everything), "--state all, --json")


def _wanted(slots: tuple[Slot, ...], state: str) -> list[Slot]:
    if state not in ("recent", "all"):
        return [one for one in slots if one.state.value == state]
    going_on = (SlotState.PENDING, SlotState.RUNNING)
    finished = [one.id for one in slots if one.state not in going_on]
    kept = set(finished if state == "all" else finished[-FINISHED:])
    return [one for one in slots if one.state in going_on or one.id in kept]


def _row(slot: Slot) -> list[object]:
    from loopqa.engine.scheduling.telling import LATE, lateness

    late = slot.late_seconds > LATE.total_seconds()
    return [
        slot_ref(slot.id),
        slot.workflow,
        _due(slot),
        word(slot.state),
        lateness(slot.late_seconds) if late else None,
        slot.window,
        wave_ref(slot.wave) if slot.wave else _why(slot),
    ]


def _due(slot: Slot) -> str:
    """The wall time with the zone whose clocks show it."""
    return f"{slot.wall} {_zone(slot)}"


def _zone(slot: Slot) -> str:
    return slot.rule.rpartition(", ")[2]


def _why(slot: Slot) -> Text | None:
    if slot.reason is None or slot.state is not SlotState.PENDING:
        return slot.reason
    return text(
        "{why} (tries: {n}; again from {moment})",
        why=slot.reason,
        n=slot.attempts,
        moment=on_clocks(slot.next_at, _zone(slot)),
    )


@command.command("next")
@click.argument("workflow", required=False)
@click.option("--count", type=click.IntRange(1, MOST), default=3, help="Of each workflow.")
@json_option
def next_runs(workflow: str | None, count: int, as_json: bool) -> int:
    """See when workflows, or WORKFLOW alone, will run by themselves, and on which windows."""
    from loopqa.engine.scheduling.coming import coming_runs

    with workspace() as ws:
        outlook = coming_runs(ws, workflow, count)
    if as_json:
        tell_json(outlook.to_dict())
    elif outlook.runs:
        headings = [text("workflow"), text("due"), text("window")]
        rows = [[one.workflow, f"{one.wall} {outlook.zone}", one.window] for one in outlook.runs]
        table(headings, rows)
    for error in outlook.broken:
        complain(error)
    if not outlook.runs and not outlook.broken:
        say(text("no workflow has a schedule"))
    return 2 if outlook.broken else 0


def tell_standing(standing: Standing) -> None:
    """One schedule in a few lines of `loopqa status`."""
    for slot in standing.held_up:
        tell(
            text(
                "! {slot} of {workflow}, due at {moment}, can't be run: {why}",
                slot=slot_ref(slot.id),
                workflow=slot.workflow,
                moment=slot.wall,
                why=slot.reason,
            )
        )
    if standing.missed:
        latest = standing.missed[0]
        tell(
            text(
                "! {workflow}: {n} slots were skipped or given up since the last run, the latest "
                "one of {moment}: {why}",
                workflow=standing.workflow,
                n=len(standing.missed),
                moment=latest.wall,
                why=latest.reason,
            )
        )
    if standing.next:
        tell(
            text(
                "{workflow}: runs by itself on {moment}",
                workflow=standing.workflow,
                moment=_due(standing.next),
            )
        )


def tell_slots(done: TickReport) -> None:
    """What schedules did in a tick."""
    for slot, run in zip(done.ran, done.runs, strict=True):
        tell(
            text(
                "{slot}: {workflow} evaluated {window}; findings opened: {n}",
                slot=slot_ref(slot.id),
                workflow=slot.workflow,
                window=str(slot.window),
                n=len(run.opened),
            )
        )
    for slot in done.skipped:
        tell(
            text(
                "{slot} of {workflow}, due at {moment}: {state} ({why})",
                slot=slot_ref(slot.id),
                workflow=slot.workflow,
                moment=slot.wall,
                state=word(slot.state),
                why=slot.reason,
            )
        )


def complain_of_slots(done: TickReport) -> None:
    """Which slots could not be run in a tick, and why."""
    for failure in done.slot_failures:
        say(_failed(failure.slot))
        complain(failure.error)


def _failed(slot: Slot) -> Text:
    names = {"slot": slot_ref(slot.id), "workflow": slot.workflow, "due": _due(slot)}
    if slot.state is SlotState.FAILED:
        return text("{slot} of {workflow}, due at {due}, could not be run and is given up", **names)
    return text(
        "{slot} of {workflow}, due at {due}, could not be run; it is tried again from {moment}",
        **names,
        moment=on_clocks(slot.next_at, _zone(slot)),
    )
