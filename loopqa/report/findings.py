"""Section 3: the findings, those still to be dealt with first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import local_day
from loopqa.language import text
from loopqa.model.cycle import FindingGrade, FindingState, action_ref, finding_ref
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.privacy import is_small
from loopqa.report.reason_words import reason_words
from loopqa.report.slices import InsightView, insights
from loopqa.report.vocabulary import FINDING_GRADES, FINDING_STATES, Mark
from loopqa.report.words import joined, period, plain, scope_words

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.cycle import Finding, Note
    from loopqa.report.report_input import ReportInput

MOST_CARDS = 12  #: findings told in full; further ones get a line each
SETTLED = (FindingState.RESOLVED, FindingState.CARRIED_OVER, FindingState.DISMISSED)
_GRADES = (FindingGrade.CONFIRMED, FindingGrade.OBSERVED, FindingGrade.WATCH)


@dataclass(frozen=True)
class FindingCard:
    """One finding as the reader meets it."""

    ref: str  #: F-12, also its id in the page
    title: Text
    scope: Text
    grade: Mark
    state: Text
    facts: tuple[tuple[Text, Text], ...]
    reasons: tuple[tuple[Mark, Text], ...]
    insights: tuple[InsightView, ...]
    lineage: tuple[Text, ...]  #: where it comes from and what became of it
    actions: tuple[str, ...]  #: refs of the actions on it
    notes: tuple[NoteLine, ...]


@dataclass(frozen=True)
class NoteLine:
    """A remark somebody wrote."""

    text: str
    actor: str
    day: str


def finding_cards(source: ReportInput) -> tuple[FindingCard, ...]:
    """The findings that matter most, in full."""
    return tuple(_card(source, finding) for finding in _ordered(source)[:MOST_CARDS])


def finding_table(source: ReportInput) -> Table | None:
    """The findings that have no card, one line each; None if all have one."""
    rows = tuple(_line(source, finding) for finding in _ordered(source)[MOST_CARDS:])
    if not rows:
        return None
    columns = (
        Column(text("Finding"), fixed=True),
        Column(text("Dimension")),
        Column(text("Scope")),
        Column(text("Score"), number=True),
        Column(text("n"), number=True),
        Column(text("Grade"), fixed=True),
        Column(text("State")),
    )
    return Table(text("Further findings"), columns, rows)


def _line(source: ReportInput, finding: Finding) -> Row:
    ref, small = finding_ref(finding.id), is_small(finding.n)
    cells = (
        Cell.of(ref),
        Cell(source.dimension_name(finding.dimension)),
        Cell(scope_words(finding.scope)),
        Cell.of(numbers.score(None if small else finding.score)),
        Cell(text("under 5")) if small else Cell.of(numbers.count(finding.n)),
        Cell.mark(FINDING_GRADES[finding.grade]),
        Cell(FINDING_STATES[finding.state]),
    )
    return Row(cells, anchor=ref)


def _ordered(source: ReportInput) -> list[Finding]:
    """Unsettled before settled, those under treatment first, then surest and lowest first."""
    treated = {finding for action in source.actions for finding in action.findings}
    return sorted(
        source.findings,
        key=lambda one: (
            one.state in SETTLED,
            one.id not in treated and one.carried_from is None,
            _GRADES.index(one.grade),
            one.score if one.score is not None else float("inf"),
            one.id,
        ),
    )


def note_lines(source: ReportInput, ref: str) -> tuple[NoteLine, ...]:
    """The remarks on one finding or action, oldest first."""
    about = sorted((note for note in source.notes if note.about == ref), key=lambda note: note.at)
    return tuple(_note(note, source.time_zone) for note in about)


def _note(note: Note, zone: str) -> NoteLine:
    return NoteLine(note.text, note.actor, local_day(note.at, zone).isoformat())


def _card(source: ReportInput, finding: Finding) -> FindingCard:
    ref = finding_ref(finding.id)
    return FindingCard(
        ref=ref,
        title=source.dimension_name(finding.dimension),
        scope=text("Scope: {scope}", scope=scope_words(finding.scope)),
        grade=FINDING_GRADES[finding.grade],
        state=FINDING_STATES[finding.state],
        facts=tuple(_facts(finding)),
        reasons=_reasons(source, finding),
        insights=insights(source, finding),
        lineage=tuple(_lineage(finding)),
        actions=tuple(
            action_ref(action.id) for action in source.actions if finding.id in action.findings
        ),
        notes=note_lines(source, ref),
    )


def _reasons(source: ReportInput, finding: Finding) -> tuple[tuple[Mark, Text], ...]:
    """Why it was raised; of a small group without the figures, which the sentences hold."""
    if is_small(finding.n):
        return ((FINDING_GRADES[finding.grade], text("fewer than 5 answers: not shown")),)
    return tuple(
        (FINDING_GRADES[one.grade], reason_words(source, finding.dimension, one))
        for one in finding.reasons
    )


def _facts(finding: Finding) -> list[tuple[Text, Text]]:
    small = is_small(finding.n)
    return [
        (text("Score"), plain(numbers.score(None if small else finding.score))),
        (text("n"), text("under 5") if small else plain(numbers.count(finding.n))),
        (text("First found"), period(finding.window)),
        (text("Owner"), plain(finding.owner) if finding.owner else text("nobody yet")),
    ]


def _lineage(finding: Finding) -> list[Text]:
    lines = []
    if finding.carried_from is not None:
        lines.append(
            text(
                "Cycle {cycle}: carried over from {ref}, which was not solved.",
                cycle=finding.cycle,
                ref=finding_ref(finding.carried_from),
            )
        )
    if finding.recurs is not None:
        lines.append(
            text("Has come back: {ref} had been resolved.", ref=finding_ref(finding.recurs))
        )
    if finding.seen_in:
        lines.append(text("Seen again in later waves: {n}.", n=len(finding.seen_in)))
    if finding.stale:
        lines.append(text("Late data has changed the evidence; to be looked at again."))
    if finding.note:
        lines.append(joined((text("Remark:"), plain(finding.note)), " "))
    return lines
