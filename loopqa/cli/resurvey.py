"""``loopqa resurvey``: the follow-ups of closed actions."""

from __future__ import annotations

from datetime import date

import click

from loopqa.cli.action import resurvey_line
from loopqa.cli.options import Day, Ref, json_option, states, workspace
from loopqa.cli.output import progress, say, table, tail, tell, tell_json
from loopqa.language import text
from loopqa.model.cycle import ReSurvey, ReSurveyState, action_ref, resurvey_ref
from loopqa.model.words import word

RESURVEY = Ref("R")
PENDING = (
    ReSurveyState.SCHEDULED,
    ReSurveyState.ASKING,
    ReSurveyState.COMPARING,
    ReSurveyState.FAILED,
)


@click.group()
def command() -> None:
    """See and steer the re-surveys of closed actions."""


@command.command("list")
@click.option("--state", type=states(ReSurveyState, "pending", "all"), default="pending")
@json_option
def list_resurveys(state: str, as_json: bool) -> None:
    """List re-surveys; the pending ones by default."""
    from loopqa.engine.documents import listing, resurvey_document

    with workspace() as ws, ws.reading() as reader:
        everything = reader.resurveys()
    shown = [one for one in everything if _wanted(one, state)]
    if as_json:
        tell_json(listing("resurvey", [resurvey_document(one) for one in shown], len(everything)))
        return
    if shown:
        headings = [
            text("id"),
            text("action"),
            text("round"),
            text("due"),
            text("window"),
            text("state"),
        ]
        table(headings, [_row(one) for one in shown])
    tail(len(shown), len(everything), "--state all, --json")


def _wanted(resurvey: ReSurvey, state: str) -> bool:
    if state == "all":
        return True
    return resurvey.state in PENDING if state == "pending" else resurvey.state.value == state


def _row(resurvey: ReSurvey) -> list[object]:
    return [
        resurvey_ref(resurvey.id),
        action_ref(resurvey.action),
        resurvey.round,
        resurvey.due_on,
        resurvey.window,
        word(resurvey.state),
    ]


@command.command()
@click.argument("resurvey_id", type=RESURVEY)
@json_option
def show(resurvey_id: int, as_json: bool) -> None:
    """Show RESURVEY_ID."""
    from loopqa.engine.documents import resurvey_document, showing

    with workspace() as ws, ws.reading() as reader:
        resurvey = reader.resurvey(resurvey_id)
    if as_json:
        tell_json(showing("resurvey", resurvey_document(resurvey)))
        return
    tell(resurvey_line(resurvey))
    if resurvey.failure is not None:
        tell(resurvey.failure)
    if resurvey.late_days:
        tell(text("taken up late, by {days} days", days=resurvey.late_days))


@command.command()
@click.argument("resurvey_id", type=RESURVEY)
@json_option
def preview(resurvey_id: int, as_json: bool) -> None:
    """Say what RESURVEY_ID will compare with what."""
    from loopqa.engine.documents import resurvey_document, showing, wave_document
    from loopqa.engine.re_evaluate import preview as look_ahead

    with workspace() as ws:
        seen = look_ahead(ws, resurvey_id)
    if as_json:
        tell_json(
            showing(
                "resurvey",
                resurvey_document(seen.resurvey),
                window=str(seen.window),
                ready_on=seen.ready_on.isoformat(),
                baseline=wave_document(seen.baseline),
                history=seen.history,
                comparison=seen.comparison,
            )
        )
        return
    tell(text("before: {window}", window=str(seen.baseline.window)))
    tell(
        text(
            "after: {window}, complete on {day}",
            window=str(seen.window),
            day=seen.ready_on.isoformat(),
        )
    )
    tell(
        text("comparison: what lies outside the action's segment")
        if seen.comparison
        else text("comparison: none")
    )
    tell(text("history: {n} earlier windows", n=seen.history))


@command.command()
@click.argument("resurvey_id", type=RESURVEY)
@json_option
def now(resurvey_id: int, as_json: bool) -> None:
    """Compare RESURVEY_ID now, if its window is complete (again, if it had failed)."""
    from loopqa.cli.verdict import verdict_line
    from loopqa.engine.documents import listing, verdict_document
    from loopqa.engine.tick import resurvey_now

    with workspace() as ws, progress() as watch:
        settled = resurvey_now(ws, resurvey_id, progress=watch)
    verdicts = settled.verdicts
    if as_json:
        tell_json(listing("verdict", [verdict_document(one) for one in verdicts], len(verdicts)))
        return
    for verdict in verdicts:
        tell(verdict_line(verdict))
    for warning in settled.warnings:
        say(text("warning: {text}", text=warning))


@command.command()
@click.argument("resurvey_id", type=RESURVEY)
@click.option("--on", "day", type=Day(), required=True, help="The new due day.")
def reschedule(resurvey_id: int, day: date) -> None:
    """Move the due day of RESURVEY_ID."""
    from loopqa.engine.re_evaluate import reschedule as move

    with workspace() as ws:
        resurvey = move(ws, resurvey_id, day)
    tell(
        text(
            "re-survey {resurvey} due {day}",
            resurvey=resurvey_ref(resurvey_id),
            day=resurvey.due_on.isoformat(),
        )
    )


@command.command()
@click.argument("resurvey_id", type=RESURVEY)
@click.option("--why", required=True, help="The reason, for the record.")
def cancel(resurvey_id: int, why: str) -> None:
    """Give RESURVEY_ID up; its action gets no verdict from it."""
    from loopqa.engine.re_evaluate import cancel_resurvey

    with workspace() as ws:
        cancelled = cancel_resurvey(ws, resurvey_id, why)
    tell(text("{resurvey} is cancelled", resurvey=resurvey_ref(resurvey_id)))
    say(
        text(
            "{action} stays closed without a verdict; to have another round: loopqa action reopen "
            "{action} --why ..., then close it again",
            action=action_ref(cancelled.action),
        )
    )
