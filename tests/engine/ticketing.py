"""A workspace that reads a ticket system's database, and only what is new in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loopqa.engine.clock import Clock
from loopqa.engine.workspace import Workspace

RUBRIC = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 30}
dimensions:
  speed: {weight: 50%, column: speed}
  attitude: {weight: 50%, column: attitude}
"""

WORKFLOW = """\
workflow: tickets
rubric: desk
window: {previous: month}
history: 3 months
inputs:
  ratings:
    type: sql
    url: sqlite:///crm.db
    table: ratings
    incremental: {column: changed, id: ticket}
    rater: customer
    map: {case: ticket, customer: caller, at: day}
segments: [channel]
detect: [{type: below_threshold}]
"""

COLUMNS = (
    "ticket INTEGER, caller TEXT, day TEXT, channel TEXT, speed, attitude, solution, mail TEXT, "
    "changed"
)

Row = Sequence[Any]
"""ticket, caller, day, channel, speed, attitude, solution, mail, changed"""


@dataclass
class Tickets:
    """The folder with its database."""

    root: Path

    def write(self, rows: Iterable[Row]) -> None:
        """Insert rows, or replace those with the same ticket."""
        with closing(sqlite3.connect(self.root / "crm.db")) as base, base:
            base.execute(f"CREATE TABLE IF NOT EXISTS ratings ({COLUMNS})")
            for row in rows:
                base.execute("DELETE FROM ratings WHERE ticket = ?", (row[0],))
                base.execute("INSERT INTO ratings VALUES (?,?,?,?,?,?,?,?,?)", row)

    def forget(self) -> None:
        """The ticket system deletes all it has."""
        with closing(sqlite3.connect(self.root / "crm.db")) as base, base:
            base.execute("DELETE FROM ratings")

    def on(self, day: str) -> Workspace:
        """The workspace as on this day."""
        clock = Clock(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC))
        return Workspace.open(self.root, clock=clock, actor="li")

    def change(self, old: str, new: str, file: str = "workflows/tickets.yaml") -> None:
        """Write a definition another way."""
        path = self.root / file
        written = path.read_text(encoding="utf-8")
        assert old in written
        path.write_text(written.replace(old, new), encoding="utf-8")

    @property
    def landed(self) -> list[Path]:
        """The files of landed rows."""
        return sorted((self.root / ".loopqa/evidence/landed/tickets/ratings").glob("*"))


def rows(month: int, n: int = 40, first: int = 0, changed: int = 1, speed: Any = 2) -> list[Row]:
    """Ratings of one month of 2026."""
    return [
        (
            month * 1000 + number, f"caller-{number % 25}", f"2026-{month:02}-{1 + number % 28:02}",
            "phone" if number % 2 else "chat", speed, 4, 5, f"caller-{number}@example.com", changed,
        )
        for number in range(first, first + n)
    ]  # fmt: skip


def build(root: Path) -> Tickets:
    """A workspace whose database has the ratings of three months."""
    for name, content in (("rubrics/desk", RUBRIC), ("workflows/tickets", WORKFLOW)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.yaml").write_text(content, encoding="utf-8")
    (root / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n", encoding="utf-8")
    made = Tickets(root)
    for month in (7, 8, 9):
        made.write(rows(month, changed=month))
    return made
