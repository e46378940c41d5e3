"""Workspaces on which reliability is tried: real ratings in CSV files, on either database.

The ratings lie in the months before today, so that processes with a plain clock find re-surveys
that are due now. People act at instants that the caller names.
"""

from __future__ import annotations

import csv
import random
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from loopqa.engine.clock import Clock
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from tests.postgres_server import start_server

DATABASES = ("sqlite", "postgresql")

RUBRIC = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 20}
dimensions:
  speed: {weight: 50%, column: speed}
  attitude: {weight: 50%, column: attitude}
"""
WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month}
history: 3 months
inputs:
  ratings: {type: csv, path: data/*.csv, rater: customer, map: {case: ticket, at: day}}
segments: [channel]
cluster: [team]
detect: [{type: below_threshold}]
re_evaluate: {after: 1 month, from: ratings, comparison: outside_scope, rounds: 1}
"""
CHANNELS = ("phone", "chat", "mail", "shop")
SLOW = ("phone", "chat", "mail")  #: have findings on both dimensions
ANSWERS = 24  #: a channel and month
BASELINE, OPENED, LAST = 5, 4, 1  #: months ago: of the findings, of the actions, of the last data


@dataclass
class Ground:
    """One workspace, and how to look at it at a given instant."""

    root: Path
    url: str  #: of its state, as it stands in ``loopqa.yaml``
    today: date
    more: str = ""  #: further lines of the workflow

    def at(self, moment: datetime | None = None) -> Workspace:
        """The workspace at an instant; None is the running clock."""
        return Workspace.open(self.root, clock=Clock(moment), actor="li")

    def day(self, months_ago: int, day: int = 1, hour: int = 12) -> datetime:
        """An instant of an earlier month."""
        return datetime(*month_before(self.today, months_ago), day, hour, tzinfo=UTC)

    def write(self) -> None:
        """Write definitions and ratings."""
        for name in ("rubrics", "workflows", "data"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "loopqa.yaml").write_text(f"time_zone: Asia/Shanghai\nstate: {self.url}\n")
        (self.root / "rubrics" / "desk.yaml").write_text(RUBRIC)
        (self.root / "workflows" / "desk.yaml").write_text(WORKFLOW + self.more)
        for ago in range(BASELINE + 3, LAST - 1, -1):
            self._rate(date(*month_before(self.today, ago), 1))

    def _rate(self, month: date) -> None:
        dice = random.Random(str(month))
        with (self.root / "data" / f"{month:%Y-%m}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["ticket", "day", "channel", "team", "speed", "attitude"])
            for channel in CHANNELS:
                mean = 2.2 if channel in SLOW else 4.0
                for number in range(ANSWERS):
                    levels = [min(5, max(1, round(dice.gauss(mean, 0.8)))) for _ in range(2)]
                    day = month + timedelta(days=number % 28)
                    ticket = f"{month:%y%m}-{channel}-{number}"
                    rows.writerow([ticket, day, channel, f"{channel}-{number % 3}", *levels])

    def evaluate(self) -> None:
        """Evaluate the baseline window."""
        with self.at(self.day(OPENED, 2)) as ws:
            run_workflow(ws, "desk")

    def start_actions(self, count: int) -> list[int]:
        """Open and start actions on the findings of the baseline; their ids."""
        with self.at(self.day(OPENED, 2)) as ws, ws.reading() as reader:
            findings = [one.id for one in reader.findings()]
        with self.at(self.day(OPENED, 5)) as ws:
            drafts = (((findings[n % len(findings)],), f"measure {n}") for n in range(count))
            actions = [open_action(ws, ActionDraft(*one)).id for one in drafts]
            for action in actions:
                start_action(ws, action)
        return actions

    def close_actions(self, actions: Iterable[int]) -> dict[int, date]:
        """Close started actions as people do; action → the day it was closed."""
        with self.at(self.day(OPENED, 20)) as ws:
            days = {action: ws.today() - timedelta(days=action % 5) for action in actions}
            for action, day in days.items():
                close_action(ws, action, "rota", day)
        return days


def month_before(today: date, months: int) -> tuple[int, int]:
    """Year and month that lie ``months`` before a day's.

    >>> month_before(date(2026, 2, 3), 3)
    (2025, 11)
    """
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return year, month + 1


class Server:
    """A PostgreSQL server of our own, with as many databases as are asked for."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="loopqa-pg-"))  # short: a socket has a limit
        self.process: Any = start_server(self.folder / "data")

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"state_{secrets.token_hex(4)}"
        self.process.psql(f"CREATE DATABASE {name};")
        return urlunsplit(urlsplit(self.process.get_uri())._replace(path=f"/{name}"))

    def close(self) -> None:
        """Stop it and remove its files."""
        self.process.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def databases(wanted: Sequence[str]) -> Iterator[Server | None]:
    """The server that is needed for these kinds of database, if one is."""
    server = Server() if "postgresql" in wanted else None
    try:
        yield server
    finally:
        if server is not None:
            server.close()


def state_url(kind: str, server: Server | None) -> str:
    """Where a new state of this kind lies."""
    return "sqlite:///.loopqa/state.db" if server is None or kind == "sqlite" else server.database()


def new_ground(root: Path, url: str, today: date | None = None, more: str = "") -> Ground:
    """A workspace with its definitions and ratings; nothing is evaluated yet."""
    ground = Ground(root, url, today or datetime.now(UTC).date(), more)
    ground.write()
    return ground
