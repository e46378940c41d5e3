"""A year in one process: thousands of closed actions, a tick every few hours, a crash every day.

    python -m tests.reliability.year [--actions N] [--days N] [--database NAME]... [--json]

The state and the tick are the real ones; only the comparison of data is left out. Every day one
tick is abandoned in the middle, and every week a process that ticks beside is killed. One process
lives through all of it: its memory late in the year is held against that of day 60.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import psutil

from loopqa.engine.clock import Clock
from loopqa.engine.tick import tick_steps
from loopqa.engine.ticking.report import Done
from loopqa.engine.workspace import Workspace
from tests.reliability.cheap import CHEAP, close_many
from tests.reliability.figures import Figure, told, verdict
from tests.reliability.ground import DATABASES, Ground, databases, new_ground, state_url
from tests.reliability.laws import broken_laws
from tests.reliability.ledger import Account
from tests.reliability.processes import PROCESSES

START = date(2026, 1, 10)
TAIL = 36  #: days after the last closing until the last verdict
EARLY = 60  #: the day whose memory is the measure
LATE = 1.1  #: of it may be used at the end
STEP = timedelta(hours=1)


def daily(ground: Ground) -> Ground:
    """Evaluate the baseline; windows of follow-ups are single days from then on."""
    ground.evaluate()
    flow = ground.root / "workflows" / "desk.yaml"
    flow.write_text(flow.read_text().replace("previous: month", "previous: day"))
    return ground


@dataclass
class Year:
    """One run."""

    ground: Ground
    actions: int
    days: int
    step: timedelta
    random: Random
    account: Account = field(default_factory=Account)
    memory: dict[int, int] = field(default_factory=dict)  #: day → the most bytes at its ticks
    odd: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Live through it, and say what is wrong at the end."""
        daily(self.ground)
        with self.ground.at() as ws:
            for day in range(self.days + TAIL):
                self._day(ws, day)
            end = ws.now()
        laws = broken_laws(self.ground, end)
        return [*self.odd, *self.account.complaints(self.ground, end), *laws]

    def _day(self, ws: Workspace, day: int) -> None:
        morning = datetime(START.year, START.month, START.day, tzinfo=UTC) + timedelta(days=day)
        instants = [morning + n * self.step for n in range(timedelta(days=1) // self.step)]
        closing, crash = self.random.choice(instants), self.random.choice(instants)
        for now in instants:
            ws.clock = Clock(now)
            if now == closing:
                self._close(ws, day)
            if now == crash:
                self._crash(ws, now, weekly=day % 7 == 0)
            else:
                self._tick(ws)
        self.memory[day] = psutil.Process().memory_info().rss

    def _close(self, ws: Workspace, day: int) -> None:
        first, last = (self.actions * min(one, self.days) // self.days for one in (day, day + 1))
        with ws.reading() as reader:
            finding = reader.finding(1)
        titles = [f"measure {number}" for number in range(first, last)]
        self.account.closed.update(close_many(ws, finding, titles))

    def _tick(self, ws: Workspace, points: int | None = None) -> None:
        """One tick; with ``points`` it is abandoned after as many of its steps."""
        done = Done()
        for number, _ in enumerate(tick_steps(ws, done, work=CHEAP)):
            if number == points:
                return
        self.odd += [str(one.error) for one in done.failures]

    def _crash(self, ws: Workspace, now: datetime, *, weekly: bool) -> None:
        self.account.kills += 1
        points = self.random.randrange(30)
        if not weekly:
            self._tick(ws, points)
            return
        child = PROCESSES.Process(target=_die, args=(self.ground, now, points))
        child.start()
        child.join()

    @property
    def growth(self) -> float:
        """Memory of the last days over that of the days before day 60."""
        return self._memory_before(self.days) / self._memory_before(self.early)

    @property
    def early(self) -> int:
        """The day with which the end is compared."""
        return min(EARLY, self.days // 2)

    def _memory_before(self, day: int) -> int:
        return max(self.memory[one] for one in range(day - 5, day))


def _die(ground: Ground, now: datetime, points: int) -> None:
    """Tick in a process of its own, and be killed in the middle."""
    with ground.at(now) as ws:
        for number, _ in enumerate(tick_steps(ws, Done(), work=CHEAP)):
            if number == points:
                os.kill(os.getpid(), signal.SIGKILL)


def lived(kind: str, actions: int, days: int, step: timedelta, seed: int) -> list[Figure]:
    """A year on a new ground: what became of the actions, and of the memory."""
    start = time.monotonic()
    with databases([kind]) as server, tempfile.TemporaryDirectory() as folder:
        ground = new_ground(Path(folder) / "desk", state_url(kind, server), START)
        year = Year(ground, actions, days, step, Random(seed))
        wrong = year.run()
    took = time.monotonic() - start
    growth = year.growth
    fat = [] if 1 / LATE <= growth <= LATE else [f"the memory became {growth:.2f} times as large"]
    return [
        verdict(
            f"{days} simulated days",
            kind,
            "each re-survey once, in time",
            f"{len(year.account.closed)} actions, {year.account.kills} crashes, "
            f"{len(wrong)} wrong; {took:.0f} s",
            wrong,
        ),
        verdict(
            f"memory over {days} days",
            kind,
            "± 10 % of day 60",
            f"{growth - 1:+.1%} of {year.memory[year.early - 1] / 2**20:.0f} MB",
            fat,
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """The year that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--actions", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--hours", type=int, default=1, help="between two ticks")
    parser.add_argument("--database", action="append", choices=DATABASES)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    step = timedelta(hours=asked.hours)
    figures = [
        figure
        for kind in asked.database or DATABASES
        for figure in lived(kind, asked.actions, asked.days, step, asked.seed)
    ]
    return told(figures, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
