"""A small desk that runs by itself: a day of ratings a file, and a schedule that can be changed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.run_report import RunReport
from loopqa.engine.tick import Done, TickReport, tick, tick_steps
from loopqa.engine.work import Work
from loopqa.engine.workspace import Workspace
from loopqa.errors import DataError
from loopqa.language import text
from loopqa.model.timetable import Slot
from loopqa.model.window import Window
from loopqa.store.laws import check_laws

RUBRIC = """\
rubric: desk
version: "1"
scale: 1-5
dimensions:
  speed: {title: Speed, column: speed}
"""
WORKFLOW = """\
workflow: daily
rubric: desk
window: {previous: day}
inputs:
  ratings: {type: csv, path: data/*.csv, rater: customer, map: {case: ticket, at: day}}
detect: []
"""


def instant(moment: str) -> datetime:
    """A moment in UTC, as 2026-11-22T06:00."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@dataclass
class Runner:
    """Runs windows for real, or fails as it is told; keeps which windows were asked for."""

    problem: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, ws: Workspace, workflow: str, window: Window, progress: object) -> RunReport:
        self.asked.append(str(window))
        if self.problem is not None:
            raise self.problem
        return run_workflow(ws, workflow, window=window)


def no_data(why: str = "the export is late") -> DataError:
    """What a source says that has nothing yet."""
    return DataError(text("{why}", why=why))


@dataclass
class Desk:
    """The folder, and what it does at a moment."""

    root: Path
    zone: str = "UTC"
    state: str | None = None

    def settings(self) -> None:
        """Write loopqa.yaml."""
        state = f"state: {self.state}\n" if self.state else ""
        (self.root / "loopqa.yaml").write_text(f"time_zone: {self.zone}\n{state}")

    def schedule(self, rule: str | None, more: str = "") -> None:
        """Write the workflow with a schedule, or without."""
        line = "" if rule is None else f"schedule: {rule}\n"
        self.file.write_text(WORKFLOW + line + more, encoding="utf-8")

    @property
    def file(self) -> Path:
        """The workflow's file."""
        return self.root / "workflows" / "daily.yaml"

    def rate(self, first: str, last: str) -> None:
        """Write ratings of every day from ``first`` to ``last``."""
        day = date.fromisoformat(first)
        (self.root / "data").mkdir(exist_ok=True)
        while day <= date.fromisoformat(last):
            with (self.root / "data" / f"{day}.csv").open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["ticket", "day", "speed"])
                rows.writerows([f"{day}-{n}", day, 1 + n % 5] for n in range(6))
            day += timedelta(days=1)

    def at(self, moment: str) -> Workspace:
        """The workspace as it is at a moment in UTC."""
        return Workspace.open(self.root, clock=Clock(instant(moment)), actor="li")

    def tick(self, moment: str, run: Callable[..., RunReport] | None = None) -> TickReport:
        """One tick at a moment in UTC."""
        with self.at(moment) as ws:
            return tick(ws, work=Work(run=run) if run else Work())

    def steps(self, ws: Workspace, run: Callable[..., RunReport] | None = None) -> Iterator[str]:
        """The steps of a tick, to be abandoned at one of them."""
        return tick_steps(ws, Done(), work=Work(run=run) if run else Work())

    def slots(self) -> list[Slot]:
        """All slots, by instant; the state they lie in must keep every law."""
        with self.at("2026-01-01T00:00") as ws, ws.reading() as reader:
            assert check_laws(reader, ws.now()) == ()
            return list(reader.slots())

    def told(self) -> list[tuple[str, str]]:
        """(wall time, state) of every slot."""
        return [(one.wall, one.state.value) for one in self.slots()]

    def notices(self, event: str) -> list[str]:
        """What people were told of an event."""
        with self.at("2026-01-01T00:00") as ws, ws.reading() as reader:
            assert reader.verify_audit() is None
            return [str(one.text) for one in reader.notices() if one.event == event]

    def events(self, ref: str) -> list[str]:
        """The audit chain's entries about a slot."""
        with self.at("2026-01-01T00:00") as ws, ws.reading() as reader:
            return [one.event for one in reader.audit(about=ref)]


def build(root: Path, state: str | None = None) -> Desk:
    """A workspace with ratings of some days in November 2026 and a daily schedule at six."""
    for folder in ("rubrics", "workflows"):
        (root / folder).mkdir(parents=True)
    (root / "rubrics" / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    desk = Desk(root, state=state)
    desk.settings()
    desk.schedule('"0 6 * * *"')
    desk.rate("2026-11-18", "2026-11-25")
    return desk
