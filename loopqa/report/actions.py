"""Section 5: the improvement actions, late ones marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.model.cycle import (
    ActionState,
    ReSurveyState,
    action_ref,
    finding_ref,
    resurvey_ref,
)
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.findings import note_lines
from loopqa.report.vocabulary import ACTION_STATES, RESURVEY_STATES, Tone, horizon_words
from loopqa.report.words import NOTHING, joined, plain, scope_words

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.cycle import Action, ReSurvey
    from loopqa.report.report_input import ReportInput

_MOST_NAMES = 12  #: clusters of a step that are named; of more, their number stands behind
RUNNING = (ActionState.OPEN, ActionState.STARTED)
_ORDER = (
    ActionState.STARTED,
    ActionState.OPEN,
    ActionState.CLOSED,
    ActionState.PROPOSED,
    ActionState.VERIFIED,
    ActionState.INEFFECTIVE,
    ActionState.CANCELLED,
)


def days_late(source: ReportInput, action: Action) -> int:
    """Days since the due date of an action that is not done; 0 if it is in time."""
    if action.state not in RUNNING or action.due is None:
        return 0
    return max(0, (source.today - action.due).days)


def action_table(source: ReportInput) -> Table:
    """One row per action: late ones first, then by state and due date."""
    ordered = sorted(
        source.actions,
        key=lambda one: (
            -days_late(source, one),
            _ORDER.index(one.state),
            str(one.due or "9"),
            one.id,
        ),
    )
    columns = (
        Column(text("Action"), prose=True),
        Column(text("Responsible"), fixed=True),
        Column(text("Due"), fixed=True),
        Column(text("State"), prose=True),
        Column(text("Cost and benefit"), prose=True),
    )
    notes: tuple[Text, ...] = ()
    if any(action.illustrative for action in source.actions):
        notes = (text("Illustrative: made up for this demonstration; nobody has carried it out."),)
    return Table(
        text("Improvement actions"),
        columns,
        tuple(_row(source, action) for action in ordered),
        notes,
    )


def _row(source: ReportInput, action: Action) -> Row:
    late = days_late(source, action)
    state = ACTION_STATES[action.state]
    due = Cell(
        plain(action.due) if action.due else text("open-ended"),
        Tone.BAD if late else Tone.PLAIN,
        "!" if late else "",
        (horizon_words(action.horizon),) if action.horizon else (),
        warning=text("{days} days late", days=late) if late else None,
    )
    cells = (
        _what(source, action),
        _who(action),
        due,
        Cell(state.word, state.tone, state.sign, tuple(_progress(source, action))),
        _money(action),
    )
    return Row(cells, anchor=action_ref(action.id))


def _what(source: ReportInput, action: Action) -> Cell:
    ref = action_ref(action.id)
    notes = []
    if action.findings:
        refs = joined(plain(finding_ref(one)) for one in action.findings)
        notes.append(
            text("Findings: {refs}; scope: {scope}", refs=refs, scope=scope_words(action.scope))
        )
    if action.metric:
        notes.append(joined((text("Metric:"), plain(action.metric)), " "))
    if action.target:
        notes.append(joined((text("Target:"), plain(action.target)), " "))
    if action.evidence:
        notes.append(joined((text("Evidence:"), plain(action.evidence)), " "))
    notes += _drawn(action)
    notes += [
        plain(f"“{note.text}” {NOTHING} {note.actor}, {note.day}")
        for note in note_lines(source, ref)
    ]
    title = plain(f"{ref} {action.title}")
    warning = text("illustrative") if action.illustrative else None
    return Cell(title, notes=tuple(notes), warning=warning)


def _drawn(action: Action) -> list[Text]:
    """Where an action begins when, as the lots fell; nothing before the draw."""
    if action.rollout is None or not action.rollout.steps:
        return []
    lines = [text("{column}, drawn by lot:", column=action.rollout.rule.by)]
    for step in action.rollout.steps:
        shown = step.clusters[:_MOST_NAMES]
        names = ", ".join(shown)
        if len(shown) < len(step.clusters):
            names += f", … ({len(step.clusters)})"
        if step.starts_on is None:
            lines.append(text("held out: {names}", names=names))
        else:
            lines.append(text("from {day}: {names}", day=str(step.starts_on), names=names))
    return lines


def _who(action: Action) -> Cell:
    owner = plain(action.owner) if action.owner else text("nobody yet")
    return Cell(owner, notes=(plain(action.department),) if action.department else ())


def _progress(source: ReportInput, action: Action) -> list[Text]:
    lines = []
    if action.started_on:
        lines.append(text("started {day}", day=str(action.started_on)))
    if action.closed_on:
        lines.append(text("done {day}", day=str(action.closed_on)))
    rounds = [one for one in source.resurveys if one.action == action.id]
    if rounds:
        lines += _resurvey(max(rounds, key=lambda one: one.round))
    return lines


def _resurvey(resurvey: ReSurvey) -> list[Text]:
    lines = [
        text(
            "re-survey {ref} (round {round}), due {day}: {state}",
            ref=resurvey_ref(resurvey.id),
            round=resurvey.round,
            day=str(resurvey.due_on),
            state=RESURVEY_STATES[resurvey.state],
        )
    ]
    if resurvey.window and resurvey.state is not ReSurveyState.CANCELLED:
        lines.append(text("follow-up window {window}", window=str(resurvey.window)))
    if resurvey.late_days:
        lines.append(text("picked up {days} days late", days=resurvey.late_days))
    return lines


def _money(action: Action) -> Cell:
    parts = [
        text("Cost: {cost}", cost=action.cost) if action.cost else None,
        text("Benefit: {benefit}", benefit=action.benefit) if action.benefit else None,
    ]
    told = [part for part in parts if part]
    return Cell(told[0], notes=tuple(told[1:])) if told else Cell.of(NOTHING)
