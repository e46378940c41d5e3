"""``loopqa finding``: what fell short, and what is known about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loopqa.cli.options import Ref, json_option, states, workspace
from loopqa.cli.output import say, table, tail, tell, tell_json
from loopqa.language import Text, text
from loopqa.model.cycle import (
    Finding,
    FindingState,
    Note,
    action_ref,
    finding_ref,
    scope_text,
)
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.analysis import Insight

FINDING = Ref("F")
MOST_LEADS = 5  #: of one analysis, in a terminal
#: States that a list shows unless another one is asked for.
CURRENT = (
    FindingState.OPEN,
    FindingState.ANALYSED,
    FindingState.IN_ACTION,
    FindingState.AWAITING_VERDICT,
)


@click.group()
def command() -> None:
    """List, show, assign, annotate and dismiss findings."""


@command.command("list")
@click.option("--state", type=states(FindingState, "current", "all"), default="current")
@click.option("--workflow", help="Only findings of this workflow.")
@json_option
def list_findings(state: str, workflow: str | None, as_json: bool) -> None:
    """List findings; those that are still open by default."""
    from loopqa.engine.documents import finding_document, listing

    with workspace() as ws, ws.reading() as reader:
        everything = reader.findings(workflow=workflow)
    shown = [finding for finding in everything if _wanted(finding, state)]
    if as_json:
        tell_json(listing("finding", [finding_document(one) for one in shown], len(everything)))
        return
    if shown:
        headings = [
            text("id"),
            text("dimension"),
            text("where"),
            text("score"),
            text("n"),
            text("grade"),
            text("state"),
            text("since"),
        ]
        table(headings, [_row(finding) for finding in shown], right=(3, 4), free=(1, 2, 6))
    tail(len(shown), len(everything), "--state all, --json")


def _wanted(finding: Finding, state: str) -> bool:
    if state == "all":
        return True
    return finding.state in CURRENT if state == "current" else finding.state.value == state


def _row(finding: Finding) -> list[object]:
    return [
        finding_ref(finding.id),
        finding.dimension,
        scope_text(finding.scope) or text("everywhere"),
        finding.score,
        finding.n,
        word(finding.grade),
        text("{word}, late data since", word=word(finding.state))
        if finding.stale
        else word(finding.state),
        finding.window.start,
    ]


def note_line(note: Note, ws: Workspace) -> Text:
    """One line on a remark: when, who, what."""
    day = ws.day_of(note.at).isoformat()
    return text("{day} {actor}: {words}", day=day, actor=note.actor, words=note.text)


@command.command()
@click.argument("finding_id", type=FINDING)
@json_option
def show(finding_id: int, as_json: bool) -> None:
    """Show FINDING_ID with its reasons, analyses, actions and notes."""
    from loopqa.engine.documents import (
        analysis_document,
        finding_document,
        note_documents,
        showing,
    )

    with workspace() as ws, ws.reading() as reader:
        finding = reader.finding(finding_id)
        actions = reader.actions_of_finding(finding_id)
        notes = reader.notes(finding_ref(finding_id))
        analyses = reader.latest_analyses(finding_id)
        analyses += tuple(
            one
            for wave in {one.wave for one in analyses}
            for one in reader.analyses(wave=wave)
            if one.finding is None
        )
    if as_json:
        tell_json(
            showing(
                "finding",
                finding_document(finding),
                actions=[action_ref(one.id) for one in actions],
                notes=note_documents(notes),
                analyses=[analysis_document(one) for one in analyses],
            )
        )
        return
    _show_card(finding)
    for analysis in analyses:
        _tell_insight(analysis.insight)
    for action in actions:
        tell(
            text(
                "action {action}: {title} ({state})",
                action=action_ref(action.id),
                title=action.title,
                state=word(action.state),
            )
        )
    for note in notes:
        tell(note_line(note, ws))
    if not actions and finding.state in CURRENT:
        say(
            text(
                'next: loopqa action open {finding} --title "..."', finding=finding_ref(finding_id)
            )
        )


def _show_card(finding: Finding) -> None:
    tell(
        text(
            "{finding}  {dimension}  {where}",
            finding=finding_ref(finding.id),
            dimension=finding.dimension,
            where=scope_text(finding.scope) or text("everywhere"),
        )
    )
    tell(
        text(
            "state {state}, grade {grade}, cycle {cycle}, window {window}",
            state=word(finding.state),
            grade=word(finding.grade),
            cycle=finding.cycle,
            window=finding.window,
        )
    )
    if finding.owner:
        tell(text("owner {owner}", owner=finding.owner))
    if finding.carried_from:
        tell(text("carried over from {finding}", finding=finding_ref(finding.carried_from)))
    if finding.recurs:
        tell(text("recurs; it was {finding} before", finding=finding_ref(finding.recurs)))
    if finding.stale:
        tell(text("late data has replaced the evidence it was found in"))
    for reason in finding.reasons:
        tell(f"- {reason.text}")
    if finding.note:
        tell(finding.note)


def _tell_insight(insight: Insight) -> None:
    tell(text("analysis: {sentence}", sentence=insight.text))
    for lead in insight.leads[:MOST_LEADS]:
        tell(f"  - {lead.text}")
    if len(insight.leads) > MOST_LEADS:
        tell(text("  and {n} more: --json", n=len(insight.leads) - MOST_LEADS))
    for remark in insight.notes:
        tell(f"  {remark}")


@command.command()
@click.argument("finding_id", type=FINDING)
@click.option("--why", required=True, help="The reason, for the record.")
def dismiss(finding_id: int, why: str) -> None:
    """Put FINDING_ID aside, with the reason."""
    from loopqa.engine.findings import dismiss_finding

    with workspace() as ws:
        dismiss_finding(ws, finding_id, why)
    tell(text("{finding} is dismissed", finding=finding_ref(finding_id)))


@command.command()
@click.argument("finding_id", type=FINDING)
@click.argument("owner")
def assign(finding_id: int, owner: str) -> None:
    """Give FINDING_ID to OWNER."""
    from loopqa.engine.findings import assign_finding

    with workspace() as ws:
        assign_finding(ws, finding_id, owner)
    tell(text("{finding} is with {owner}", finding=finding_ref(finding_id), owner=owner))


@command.command()
@click.argument("finding_id", type=FINDING)
@click.argument("words")
def note(finding_id: int, words: str) -> None:
    """Add a remark to FINDING_ID."""
    from loopqa.engine.findings import note_finding

    with workspace() as ws:
        note_finding(ws, finding_id, words)
    tell(text("noted on {ref}", ref=finding_ref(finding_id)))
