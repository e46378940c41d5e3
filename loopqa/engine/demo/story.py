"""What every story is told with: days, and one line for each thing that happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.engine.clock import Clock
from loopqa.engine.workspace import Workspace
from loopqa.errors import UsageError
from loopqa.language import Text, text
from loopqa.model.cycle import (
    Action,
    Finding,
    ReSurvey,
    Verdict,
    action_ref,
    finding_ref,
    resurvey_ref,
    scope_text,
)
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.run_report import RunReport
    from loopqa.engine.tick import TickReport


@dataclass(frozen=True)
class Step:
    """One thing that happened on one simulated day."""

    day: date
    line: Text


def refuse_filled(folder: Path) -> None:
    """A story needs an empty folder.

    Raises:
        UsageError: the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            text("{folder} is not empty", folder=str(folder)),
            hint=text("run the demonstration in an empty folder: loopqa demo FOLDER"),
        )


def on_day(folder: Path, day: date) -> Workspace:
    """The workspace at a moment of a simulated day that is this day in every story's time zone."""
    moment = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return Workspace.open(folder, clock=Clock(moment), actor="demo")


def evaluated_first(day: date, report: RunReport) -> Step:
    """The first run of a workflow, with its history."""
    return Step(
        day,
        text(
            "evaluated {window} (earlier windows as history: {history}): findings: {n}",
            window=str(report.window),
            history=len(report.backfilled),
            n=len(report.opened),
        ),
    )


def evaluated(day: date, report: RunReport) -> Step:
    """A later run."""
    return Step(
        day,
        text(
            "evaluated {window}: new findings: {opened}, seen again: {seen}",
            window=str(report.window),
            opened=len(report.opened),
            seen=len(report.seen),
        ),
    )


def finding_line(finding: Finding) -> Text:
    """A finding, below the run that opened it."""
    return text(
        "  {finding} {dimension}, {where}: {score}, n {n}",
        finding=finding_ref(finding.id),
        dimension=finding.dimension,
        where=scope_text(finding.scope) or text("everywhere"),
        score="-" if finding.score is None else f"{finding.score:.2f}",
        n=finding.n,
    )


def opened_line(action: Action, finding: Finding) -> Text:
    """An action that was opened."""
    return text(
        "{action} (made up for illustration) is opened on {finding}: {title}",
        action=action_ref(action.id),
        finding=finding_ref(finding.id),
        title=action.title,
    )


def closed_line(action: Action, resurvey: ReSurvey) -> Text:
    """An action that was closed, and what that scheduled."""
    return text(
        "{action} is closed; its re-survey {resurvey} is due on {day} by itself",
        action=action_ref(action.id),
        resurvey=resurvey_ref(resurvey.id),
        day=resurvey.due_on.isoformat(),
    )


def named_line(resurvey: ReSurvey) -> Text:
    """A re-survey that fell due."""
    return text(
        "{resurvey} is due: window {window} will be compared",
        resurvey=resurvey_ref(resurvey.id),
        window=str(resurvey.window),
    )


def outcome(day: date, done: TickReport) -> Iterator[Step]:
    """The verdicts that a tick reached, and what they left unsolved."""
    for verdict in done.verdicts:
        yield from (Step(day, line) for line in _verdict_lines(verdict))
    for finding in done.carried:
        yield Step(
            day,
            text(
                "not solved: {finding} is carried over as {successor}, cycle {cycle}",
                finding=finding_ref(finding.carried_from or 0),
                successor=finding_ref(finding.id),
                cycle=finding.cycle,
            ),
        )


def _verdict_lines(verdict: Verdict) -> Sequence[Text]:
    judged = verdict.judgement
    lines = [
        text(
            "verdict on {action}, {dimension}: {outcome}",
            action=action_ref(verdict.action),
            dimension=judged.dimension,
            outcome=word(judged.outcome),
        ),
        text(
            "  mean {before} before, {after} after (n {n_before} and {n_after})",
            before=_mean(judged.before.mean),
            after=_mean(judged.after.mean),
            n_before=judged.before.n,
            n_after=judged.after.n,
        ),
    ]
    if judged.reason is not None:
        lines.append(text("  why: {reason}", reason=judged.reason))
    return lines


def _mean(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
