"""The demonstration: real airport surveys 2014-2017, and the loop over simulated years.

The ratings are real (City and County of San Francisco, public domain). The actions are made up and
marked as illustrative: nobody knows what the airport did, and the verdicts must not pretend to.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

from loopqa.engine.clock import Clock
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.templates import start_workspace
from loopqa.engine.tick import TickReport, tick
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

WORKFLOW = "airport"


@dataclass(frozen=True)
class Step:
    """One thing that happened on one simulated day."""

    day: date
    line: Text


def demo(folder: Path) -> Iterator[Step]:
    """Build the workspace in an empty folder and live through two cycles of the loop.

    Raises:
        UsageError: the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            text("{folder} is not empty", folder=str(folder)),
            hint=text("run the demonstration in an empty folder: loopqa demo FOLDER"),
        )
    start_workspace(folder, WORKFLOW)
    yield from _first_year(folder)
    finding = _worst_finding(folder, date(2015, 7, 6))
    yield from _cycle(
        folder,
        finding,
        title=text("Two more places to eat in this boarding area"),
        days=(date(2015, 7, 6), date(2015, 8, 3), date(2016, 2, 20)),
        due=date(2016, 3, 21),
        ready=date(2016, 7, 4),
        year=2016,
    )
    successor = _successor(folder, finding, date(2016, 7, 4))
    yield from _cycle(
        folder,
        successor,
        title=text("Longer opening hours in this boarding area"),
        days=(date(2016, 7, 6), date(2016, 8, 1), date(2017, 2, 10)),
        due=date(2017, 3, 13),
        ready=date(2017, 7, 3),
        year=2017,
    )


def _on(folder: Path, day: date) -> Workspace:
    moment = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    return Workspace.open(folder, clock=Clock(moment), actor="demo")


def _first_year(folder: Path) -> Iterator[Step]:
    for year in (2014, 2015):
        yield _arrival(folder, year)
    day = date(2015, 7, 3)
    with _on(folder, day) as ws:
        report = run_workflow(ws, WORKFLOW)
    yield Step(
        day,
        text(
            "evaluated {window} (earlier windows as history: {history}): findings: {n}",
            window=str(report.window),
            history=len(report.backfilled),
            n=len(report.opened),
        ),
    )
    for finding in report.opened[:5]:
        yield Step(day, _finding_line(finding))


def _finding_line(finding: Finding) -> Text:
    return text(
        "  {finding} {dimension}, {where}: {score}, n {n}",
        finding=finding_ref(finding.id),
        dimension=finding.dimension,
        where=scope_text(finding.scope) or text("everywhere"),
        score="-" if finding.score is None else f"{finding.score:.2f}",
        n=finding.n,
    )


def _arrival(folder: Path, year: int) -> Step:
    """Put the year's survey file where the workflow looks for it, as an export would arrive."""
    source = files("loopqa") / "library" / "airport" / "survey-2014-2017.csv.gz"
    header, *lines = gzip.decompress(source.read_bytes()).decode("utf-8").splitlines()
    wanted = [line for line in lines if line.startswith(f"{year}-")]
    target = folder / "data" / f"sfo-{year}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join((header, *wanted, "")), encoding="utf-8")
    return Step(
        date(year, 6, 15),
        text("survey of May {year} arrives: {n} answers", year=str(year), n=len(wanted)),
    )


def _worst_finding(folder: Path, day: date) -> Finding:
    """The lowest finding that concerns one boarding area: an action needs a place to happen."""
    with _on(folder, day) as ws, ws.reading() as reader:
        local = [one for one in reader.findings() if one.scope and one.score is not None]
    return min(local, key=lambda one: one.score or 0.0)


def _successor(folder: Path, finding: Finding, day: date) -> Finding:
    """The finding of the next cycle, or the same if a further round is still to come."""
    with _on(folder, day) as ws, ws.reading() as reader:
        return next(
            (one for one in reader.findings() if one.carried_from == finding.id),
            reader.finding(finding.id),
        )


def _cycle(
    folder: Path,
    finding: Finding,
    *,
    title: Text,
    days: tuple[date, date, date],
    due: date,
    ready: date,
    year: int,
) -> Iterator[Step]:
    """One action from opening to verdict; ``days`` are those of opening, start and closing."""
    opened, started, closed = days
    with _on(folder, opened) as ws:
        action = open_action(ws, _draft(finding, title, due=closed))
    yield Step(opened, _opened_line(action, finding))
    with _on(folder, started) as ws:
        start_action(ws, action.id)
    with _on(folder, closed) as ws:
        _, resurvey = close_action(ws, action.id, evidence="https://example.com/minutes")
    yield Step(closed, _closed_line(action, resurvey))
    with _on(folder, due) as ws:
        begun = tick(ws).begun
    yield from (Step(due, _named_line(one)) for one in begun)
    yield _arrival(folder, year)
    with _on(folder, ready) as ws:
        done = tick(ws)
        report = run_workflow(ws, WORKFLOW)
    yield from _outcome(ready, done)
    yield Step(
        ready,
        text(
            "evaluated {window}: new findings: {opened}, seen again: {seen}",
            window=str(report.window),
            opened=len(report.opened),
            seen=len(report.seen),
        ),
    )
    for path in report.reports:
        yield Step(ready, text("report {path}", path=str(path)))


def _draft(finding: Finding, title: Text, *, due: date) -> ActionDraft:
    return ActionDraft(
        findings=(finding.id,),
        title=str(title),
        owner=str(text("terminal services")),
        department=str(text("concessions")),
        due=due,
        horizon="long",
        illustrative=True,
    )


def _opened_line(action: Action, finding: Finding) -> Text:
    return text(
        "{action} (made up for illustration) is opened on {finding}: {title}",
        action=action_ref(action.id),
        finding=finding_ref(finding.id),
        title=action.title,
    )


def _closed_line(action: Action, resurvey: ReSurvey) -> Text:
    return text(
        "{action} is closed; its re-survey {resurvey} is due on {day} by itself",
        action=action_ref(action.id),
        resurvey=resurvey_ref(resurvey.id),
        day=resurvey.due_on.isoformat(),
    )


def _named_line(resurvey: ReSurvey) -> Text:
    return text(
        "{resurvey} is due: window {window} will be compared",
        resurvey=resurvey_ref(resurvey.id),
        window=str(resurvey.window),
    )


def _outcome(day: date, done: TickReport) -> Iterator[Step]:
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
