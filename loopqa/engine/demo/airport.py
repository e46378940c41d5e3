"""Real airport surveys 2014-2017, and the loop over simulated years.

The ratings are real (City and County of San Francisco, public domain). The actions are made up and
marked as illustrative: nobody knows what the airport did, and the verdicts must not pretend to.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

from loopqa.engine.demo.story import (
    Step,
    closed_line,
    evaluated,
    evaluated_first,
    finding_line,
    named_line,
    on_day,
    opened_line,
    outcome,
    refuse_filled,
)
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.templates import start_workspace
from loopqa.engine.tick import tick
from loopqa.language import Text, text
from loopqa.model.cycle import Finding

WORKFLOW = "airport"


def airport(folder: Path) -> Iterator[Step]:
    """Build the workspace in an empty folder and live through two cycles of the loop.

    Raises:
        UsageError: the folder is not empty.
    """
    refuse_filled(folder)
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


def _first_year(folder: Path) -> Iterator[Step]:
    for year in (2014, 2015):
        yield _arrival(folder, year)
    day = date(2015, 7, 3)
    with on_day(folder, day) as ws:
        report = run_workflow(ws, WORKFLOW)
    yield evaluated_first(day, report)
    for finding in report.opened[:5]:
        yield Step(day, finding_line(finding))


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
    with on_day(folder, day) as ws, ws.reading() as reader:
        local = [one for one in reader.findings() if one.scope and one.score is not None]
    return min(local, key=lambda one: one.score or 0.0)


def _successor(folder: Path, finding: Finding, day: date) -> Finding:
    """The finding of the next cycle, or the same if a further round is still to come."""
    with on_day(folder, day) as ws, ws.reading() as reader:
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
    with on_day(folder, opened) as ws:
        action = open_action(ws, _draft(finding, title, due=closed))
    yield Step(opened, opened_line(action, finding))
    with on_day(folder, started) as ws:
        start_action(ws, action.id)
    with on_day(folder, closed) as ws:
        _, resurvey = close_action(ws, action.id, evidence="https://example.com/minutes")
    yield Step(closed, closed_line(action, resurvey))
    with on_day(folder, due) as ws:
        begun = tick(ws).begun
    yield from (Step(due, named_line(one)) for one in begun)
    yield _arrival(folder, year)
    with on_day(folder, ready) as ws:
        done = tick(ws)
        report = run_workflow(ws, WORKFLOW)
    yield from outcome(ready, done)
    yield evaluated(ready, report)
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
