"""``loopqa action``: what is done about findings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

import click

from loopqa.cli.finding import FINDING, note_line
from loopqa.cli.options import Day, Ref, json_option, states, workspace
from loopqa.cli.output import say, table, tail, tell, tell_json
from loopqa.cli.rollout import Share, rule_text, show_steps, wish
from loopqa.language import Text, text
from loopqa.model.cycle import (
    Action,
    ActionState,
    ReSurvey,
    action_ref,
    finding_ref,
    resurvey_ref,
    scope_text,
)
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.prospects import Prospects

ACTION = Ref("A")
CURRENT = (ActionState.PROPOSED, ActionState.OPEN, ActionState.STARTED, ActionState.CLOSED)


@click.group()
def command() -> None:
    """Open, start, close and follow improvement actions."""


@command.command("list")
@click.option("--state", type=states(ActionState, "current", "all"), default="current")
@click.option("--workflow", help="Only actions of this workflow.")
@json_option
def list_actions(state: str, workflow: str | None, as_json: bool) -> None:
    """List actions; those without a verdict by default."""
    from loopqa.engine.documents import action_document, listing
    from loopqa.engine.prospects import prospects

    with workspace() as ws, ws.reading() as reader:
        total = sum(reader.counts(workflow)["actions"].values())
        today = ws.today()
        shown = reader.actions(workflow=workflow, states=_wanted(state))
        ahead = prospects(ws, reader, shown, rivals_too=as_json)
    if as_json:
        documents = [action_document(one, ahead.get(one.id)) for one in shown]
        tell_json(listing("action", documents, total))
        return
    if shown:
        headings = [
            text("id"),
            text("title"),
            text("where"),
            text("findings"),
            text("owner"),
            text("due"),
            text("state"),
        ]
        table(
            headings,
            [_row(action, today, ahead.get(action.id)) for action in shown],
            free=(1, 2, 3, 4, 5, 6),
        )
    tail(len(shown), total, "--state all, --json")


def _wanted(state: str) -> Collection[ActionState] | None:
    if state == "all":
        return None
    return CURRENT if state == "current" else (ActionState(state),)


def _row(action: Action, today: date, ahead: Prospects | None) -> list[object]:
    hidden = ahead is not None and ahead.hidden
    working = action.state in (ActionState.OPEN, ActionState.STARTED)
    late = working and action.due is not None and action.due < today
    return [
        action_ref(action.id),
        action.title,
        scope_text(action.scope) or text("everywhere"),
        " ".join(finding_ref(number) for number in action.findings),
        action.owner,
        text("{day} late", day=action.due) if late else action.due,
        text("{state}, effect can't be seen", state=word(action.state))
        if hidden
        else word(action.state),
    ]


@command.command()
@click.argument("action_id", type=ACTION)
@json_option
def show(action_id: int, as_json: bool) -> None:
    """Show ACTION_ID with its re-surveys, verdicts and notes."""
    from loopqa.engine.documents import (
        action_document,
        note_documents,
        resurvey_document,
        showing,
        verdict_document,
    )
    from loopqa.engine.prospects import prospects

    with workspace() as ws, ws.reading() as reader:
        action = reader.action(action_id)
        resurveys = reader.resurveys(action=action_id)
        verdicts = reader.verdicts(action=action_id)
        notes = reader.notes(action_ref(action_id))
        ahead = prospects(ws, reader, [action]).get(action_id)
    if as_json:
        tell_json(
            showing(
                "action",
                action_document(action, ahead),
                resurveys=[resurvey_document(one) for one in resurveys],
                verdicts=[verdict_document(one) for one in verdicts if one.judgement.primary],
                secondary=[verdict_document(one) for one in verdicts if not one.judgement.primary],
                notes=note_documents(notes),
            )
        )
        return
    _show_card(action)
    if ahead is not None:
        _show_prospects(ahead)
    for resurvey in resurveys:
        tell(resurvey_line(resurvey))
    for verdict in (one for one in verdicts if one.judgement.primary):
        from loopqa.cli.verdict import verdict_line

        tell(verdict_line(verdict))
    for note in notes:
        tell(note_line(note, ws))


def _show_card(action: Action) -> None:
    tell(text("{action}  {title}", action=action_ref(action.id), title=action.title))
    fields = (
        (text("state"), word(action.state)),
        (text("where"), scope_text(action.scope) or text("everywhere")),
        (text("dimensions"), ", ".join(action.dimensions)),
        (text("findings"), " ".join(finding_ref(number) for number in action.findings)),
        (text("owner"), action.owner),
        (text("department"), action.department),
        (text("due"), action.due),
        (text("metric"), action.metric),
        (text("target"), action.target),
        (text("horizon"), horizon_text(action.horizon)),
        (text("cost"), action.cost),
        (text("benefit"), action.benefit),
        (text("started on"), action.started_on),
        (text("closed on"), action.closed_on),
        (text("evidence"), action.evidence),
    )
    for label, value in fields:
        if value is not None:
            tell(text("  {label}: {value}", label=label, value=value))
    if action.illustrative:
        tell(text("  made up for illustration"))
    if action.rollout is not None:
        show_steps(action.rollout)


def _show_prospects(ahead: Prospects) -> None:
    """What the re-survey will be able to see, and what stands in the way."""
    for one in ahead.each:
        tell(f"  {one.sentence}")
        if one.remedy is not None:
            tell(text("  what would help: {remedy}", remedy=one.remedy))
    if ahead.warning is not None:
        tell(f"  {ahead.warning}")
    tell(
        text(
            "  closed by {closing}, the verdict is known on {day}",
            closing=ahead.answer.closing.isoformat(),
            day=ahead.answer.known_on.isoformat(),
        )
    )


def horizon_text(horizon: str | None) -> Text | None:
    """Short or long term, in the reader's language."""
    return {"short": text("short term"), "long": text("long term")}.get(horizon or "")


def resurvey_line(resurvey: ReSurvey) -> Text:
    """One line on a re-survey: when, which window, how far."""
    return text(
        "{resurvey}  round {round}, {state}, due {day}, window {window}",
        resurvey=resurvey_ref(resurvey.id),
        round=resurvey.round,
        state=word(resurvey.state),
        day=resurvey.due_on.isoformat(),
        window=str(resurvey.window) if resurvey.window else "-",
    )


@command.command("open")
@click.argument("findings", type=FINDING, nargs=-1, required=True)
@click.option("--title", required=True, help="What will be done, in a few words.")
@click.option("--owner", help="Who sees to it.")
@click.option("--department", help="Which department answers for it.")
@click.option("--due", type=Day(), help="Default: the workflow's due_in.")
@click.option("--metric", help="How success is measured.")
@click.option("--target", help="What the metric should reach.")
@click.option("--horizon", type=click.Choice(["short", "long"]))
@click.option("--cost", help="What it costs.")
@click.option("--benefit", help="What it is expected to bring.")
@click.option("--rollout", metavar="by=COLUMN,steps=N", help="Begin where lots say, step by step.")
@click.option("--holdout", type=Share(), help="Share that gets nothing until the verdict.")
@click.option("--no-rollout", is_flag=True, help="Begin everywhere at once.")
@json_option
def open_(
    findings: tuple[int, ...],
    rollout: str | None,
    holdout: float | None,
    no_rollout: bool,
    as_json: bool,
    **said: object,
) -> None:
    """Open an action on FINDINGS (one or several of the same segment)."""
    from loopqa.engine.documents import action_document, showing
    from loopqa.engine.improve import ActionDraft, open_action
    from loopqa.engine.prospects import prospects

    begins = wish(rollout, holdout, no_rollout)
    with workspace() as ws:
        draft = ActionDraft(findings=findings, rollout=begins, **said)  # type: ignore[arg-type]
        action = open_action(ws, draft)
        with ws.reading() as reader:
            ahead = prospects(ws, reader, [action]).get(action.id)
    if as_json:
        tell_json(showing("action", action_document(action, ahead)))
        return
    tell(text("{action} is open, due {day}", action=action_ref(action.id), day=str(action.due)))
    if action.rollout is not None:
        tell(rule_text(action.rollout))
    if ahead is not None:
        _show_prospects(ahead)
    say(text("next: loopqa action start {action}", action=action_ref(action.id)))


@command.command()
@click.argument("action_id", type=ACTION)
def accept(action_id: int) -> None:
    """Say yes to the proposed ACTION_ID."""
    from loopqa.engine.improve import accept_action

    with workspace() as ws:
        action = accept_action(ws, action_id)
    tell(text("{action} is open, due {day}", action=action_ref(action.id), day=str(action.due)))


@command.command()
@click.argument("action_id", type=ACTION)
@click.option("--on", "day", type=Day(), help="Default: today.")
def start(action_id: int, day: date | None) -> None:
    """Say that work on ACTION_ID has begun."""
    from loopqa.engine.improve import start_action

    with workspace() as ws:
        action = start_action(ws, action_id, day)
    tell(
        text("{action} started on {day}", action=action_ref(action_id), day=str(action.started_on))
    )
    if action.rollout is not None:
        show_steps(action.rollout)
    say(text('next: loopqa action close {action} --evidence "..."', action=action_ref(action_id)))


@command.command()
@click.argument("action_id", type=ACTION)
@click.option("--evidence", required=True, help="A link or sentence that shows it was done.")
@click.option("--on", "day", type=Day(), help="Default: today.")
@json_option
def close(action_id: int, evidence: str, day: date | None, as_json: bool) -> None:
    """Close ACTION_ID and schedule its re-survey."""
    from loopqa.engine.documents import action_document, resurvey_document, showing
    from loopqa.engine.improve import close_action

    with workspace() as ws:
        action, resurvey = close_action(ws, action_id, evidence, day)
    if as_json:
        document = showing("action", action_document(action), resurvey=resurvey_document(resurvey))
        tell_json(document)
        return
    tell(text("{action} closed on {day}", action=action_ref(action_id), day=str(action.closed_on)))
    tell(
        text(
            "re-survey {resurvey} due {day}",
            resurvey=resurvey_ref(resurvey.id),
            day=resurvey.due_on.isoformat(),
        )
    )
    say(text("`loopqa tick` does the rest when the day has come; run it daily"))


@command.command()
@click.argument("action_id", type=ACTION)
@click.option("--why", required=True, help="The reason, for the record.")
def reopen(action_id: int, why: str) -> None:
    """Take ACTION_ID up again; its pending re-survey is cancelled."""
    from loopqa.engine.improve import reopen_action

    with workspace() as ws:
        reopen_action(ws, action_id, why)
    tell(
        text(
            "{action} is being worked on again; closing it opens the next round",
            action=action_ref(action_id),
        )
    )


@command.command()
@click.argument("action_id", type=ACTION)
@click.option("--why", required=True, help="The reason, for the record.")
def cancel(action_id: int, why: str) -> None:
    """Give ACTION_ID up; its findings are open again."""
    from loopqa.engine.improve import cancel_action

    with workspace() as ws:
        cancel_action(ws, action_id, why)
    tell(text("{action} is cancelled; its findings are open again", action=action_ref(action_id)))


@command.command()
@click.argument("action_id", type=ACTION)
@click.option("--owner")
@click.option("--department")
def assign(action_id: int, owner: str | None, department: str | None) -> None:
    """Give ACTION_ID to a person, a department, or both."""
    from loopqa.engine.upkeep import assign_action

    with workspace() as ws:
        action = assign_action(ws, action_id, owner, department)
    who = ", ".join(part for part in (action.owner, action.department) if part)
    tell(text("{action} is with {owner}", action=action_ref(action_id), owner=who))


@command.command()
@click.argument("action_id", type=ACTION)
@click.argument("words")
def note(action_id: int, words: str) -> None:
    """Add a remark to ACTION_ID."""
    from loopqa.engine.upkeep import note_action

    with workspace() as ws:
        note_action(ws, action_id, words)
    tell(text("noted on {ref}", ref=action_ref(action_id)))
