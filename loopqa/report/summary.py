"""What comes first: one sentence that says what changed, and four tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.model.cycle import FindingGrade
from loopqa.model.verdict import Outcome
from loopqa.report import numbers
from loopqa.report.actions import RUNNING, days_late
from loopqa.report.effects import outcome_counts
from loopqa.report.findings import SETTLED
from loopqa.report.reading import composite, dimensions
from loopqa.report.vocabulary import OUTCOMES, Tone
from loopqa.report.words import joined, period, plain

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.cycle import Finding
    from loopqa.report.reading import DimensionReading
    from loopqa.report.report_input import ReportInput


@dataclass(frozen=True)
class Tile:
    """A figure at the top of the page, leading to its section."""

    label: Text
    value: Text
    note: Text
    link: str
    tone: Tone = Tone.PLAIN


def summary(source: ReportInput) -> Text:
    """The report in one sentence."""
    return text(
        "{score}; {findings}; {verdicts}.",
        score=_score_part(source),
        findings=_findings_part(source),
        verdicts=_verdicts_part(source),
    )


def _score_part(source: ReportInput) -> Text:
    score, _ = composite(source.scores)
    window = period(source.wave.window)
    if score is None:
        return text("For {window} there is no composite score", window=window)
    earlier = composite(source.previous.scores)[0] if source.previous else None
    shown = numbers.score(score)
    if earlier is None:
        return text("In {window} the composite score is {score}", window=window, score=shown)
    moved = round(score - earlier, 2)
    if moved == 0:
        return text(
            "In {window} the composite score is {score}, as in the window before",
            window=window,
            score=shown,
        )
    size = numbers.score(abs(moved))
    if moved > 0:
        return text(
            "In {window} the composite score is {score}, {size} higher than in the window before",
            window=window,
            score=shown,
            size=size,
        )
    return text(
        "In {window} the composite score is {score}, {size} lower than in the window before",
        window=window,
        score=shown,
        size=size,
    )


def _findings_part(source: ReportInput) -> Text:
    unsettled = _unsettled(source)
    if not unsettled:
        return text("nothing is left to be solved")
    names = dict.fromkeys(finding.dimension for finding in unsettled)
    listed = joined(source.dimension_name(name) for name in list(names)[:3])
    if len(names) > 3:
        return text("problems in {n} dimensions are not solved yet", n=len(names))
    return text("not solved yet: {names}", names=listed)


def _unsettled(source: ReportInput) -> list[Finding]:
    return [one for one in source.findings if one.state not in SETTLED]


def _verdicts_part(source: ReportInput) -> Text:
    verdicts = [one for one in source.latest_verdicts if one.judgement.primary]
    if not verdicts:
        return text("no action has been verified yet")
    return text("verdicts on actions: {counts}", counts=outcome_counts(verdicts))


def tiles(source: ReportInput) -> tuple[Tile, ...]:
    """Composite, findings, actions, verdicts."""
    return _score_tile(source), _finding_tile(source), _action_tile(source), _verdict_tile(source)


def _score_tile(source: ReportInput) -> Tile:
    score, _ = composite(source.scores)
    weakest = _weakest(source)
    note = text("no dimension score")
    if weakest is not None:
        note = text(
            "lowest: {name} {score}",
            name=source.dimension_name(weakest.id),
            score=numbers.score(weakest.score),
        )
    return Tile(text("Composite score"), plain(numbers.score(score)), note, "results")


def _weakest(source: ReportInput) -> DimensionReading | None:
    scored = [entry for entry in dimensions(source.scores) if entry.score is not None]
    return min(scored, key=lambda entry: entry.score or 0.0, default=None)


def _finding_tile(source: ReportInput) -> Tile:
    unsettled = _unsettled(source)
    confirmed = sum(one.grade is FindingGrade.CONFIRMED for one in unsettled)
    carried = sum(one.carried_from is not None for one in unsettled)
    return Tile(
        text("Unsolved findings"),
        plain(len(unsettled)),
        text("{confirmed} confirmed, {carried} carried over", confirmed=confirmed, carried=carried),
        "findings",
        Tone.BAD if confirmed else Tone.PLAIN,
    )


def _action_tile(source: ReportInput) -> Tile:
    running = [one for one in source.actions if one.state in RUNNING]
    late = sum(days_late(source, one) > 0 for one in running)
    note = text("{late} late", late=late) if late else text("none late")
    return Tile(
        text("Actions to be done"),
        plain(len(running)),
        note,
        "actions",
        Tone.BAD if late else Tone.PLAIN,
    )


def _verdict_tile(source: ReportInput) -> Tile:
    verdicts = [one for one in source.latest_verdicts if one.judgement.primary]
    counts = joined(
        (
            plain(f"{OUTCOMES[outcome].sign}{sum(one.outcome is outcome for one in verdicts)}")
            for outcome in Outcome
        ),
        "  ",
    )
    if not verdicts:
        return Tile(text("Verdicts"), plain(0), text("no re-survey compared yet"), "effects")
    return Tile(text("Verdicts"), plain(len(verdicts)), counts, "effects")
