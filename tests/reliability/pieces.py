"""What the table is made of: commands that print figures as JSON, and how each is read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reliability.figures import Figure, read

ROOT = Path(__file__).parents[2]
Reading = Callable[[str], list[Figure]]


@dataclass(frozen=True)
class Piece:
    """One command, in its long and in its quick form."""

    name: str
    command: tuple[str, ...]  #: arguments of the Python interpreter
    long: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = ()  #: None: only in the long form
    reading: Reading = read

    def figures(self, *, quick: bool, seconds: float) -> list[Figure]:
        """Run it; a piece that is missing, hangs or prints nonsense is a figure, too."""
        more = self.quick if quick else self.long
        call = [sys.executable, *self.command, *(more or ()), "--json"]
        try:
            done = subprocess.run(
                call, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return [self._failed(f"not done within {seconds:.0f} s", "")]
        try:
            figures = self.reading(done.stdout)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            return [self._failed(f"{type(error).__name__}: {error}", done.stderr[-600:])]
        return figures or [self._failed(f"exit {done.returncode}", done.stderr[-600:])]

    def _failed(self, why: str, said: str) -> Figure:
        return Figure(self.name, "", "the piece runs", why, False, (said,) if said else ())


def read_simulation(text: str) -> list[Figure]:
    """What ``tests.reliability.simulate --json`` prints."""
    found = json.loads(text)
    crashes = found.get("crashes", "?")
    measured = f"{found['seeds']} seeds, {crashes} crashes, {found['breaches']} broken"
    holds = not found["breaches"]
    promise = "0 lost, 0 twice, no law broken"
    return [Figure("simulated interleavings", found["database"], promise, measured, holds)]


def read_contention(text: str) -> list[Figure]:
    """What ``benchmarks/contention.py --json`` prints: ours comes first."""
    ours = json.loads(text)[0]
    measured = (
        f"{ours['locked']} lock errors, {ours['lost']} lost of {ours['counted']}; "
        f"worst wait {ours['worst_wait']:.1f} s"
    )
    what = f"one file, {ours['writers']} writers, {ours['seconds']:.0f} s"
    holds = not ours["locked"] and not ours["lost"] and ours["audit_whole"] is not False
    return [Figure(what, "sqlite", "0 lock errors, 0 lost updates", measured, holds)]


def read_planted(text: str) -> list[Figure]:
    """What ``tests.reliability.planted --json`` prints: one row a bug, with the seeds it took."""
    rows = json.loads(text)
    missed = [row["bug"] for row in rows if row["seeds"] is None]
    most = max((row["seeds"] for row in rows if row["seeds"] is not None), default=0)
    measured = f"{len(rows) - len(missed)} of {len(rows)} found, each within {most} seeds"
    holds = len(rows) >= 10 and len(missed) <= len(rows) // 10
    names = tuple(f"not found: {name}" for name in missed)
    return [Figure("planted bugs", "sqlite", "9 of 10 found", measured, holds, names)]


#: Most seconds and megabytes of what ``benchmarks/scheduler.py`` measures, on SQLite.
LOAD = {
    "start 100000": (1.0, 120.0),
    "drained 10000": (10.0, None),
    "drained 100000": (60.0, None),
    "idle 1000000": (0.05, None),
}


def read_load(text: str) -> list[Figure]:
    """What ``benchmarks/scheduler.py --json`` prints; only SQLite's figures are promised."""
    return [_load(row) for row in json.loads(text)]


def _load(row: Mapping[str, Any]) -> Figure:
    own = row["name"] if row["database"] == "SQLite" else ""
    seconds, megabytes = LOAD.get(own, (None, None))
    promise = " and ".join(
        f"at most {limit:g} {unit}"
        for limit, unit in ((seconds, "s"), (megabytes, "MB"))
        if limit is not None
    )
    memory = row.get("megabytes")
    measured = f"{row['seconds']:.3f} s" + (f", {memory:.0f} MB" if memory is not None else "")
    slow = seconds is not None and row["seconds"] > seconds
    fat = megabytes is not None and (memory or 0) > megabytes
    database = str(row["database"]).lower()
    return Figure(f"load: {row['name']}", database, promise or "-", measured, not (slow or fat))


def chosen(names: Sequence[str], pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that were named; all where none was."""
    unknown = set(names) - {one.name for one in pieces}
    if unknown:
        known = ", ".join(one.name for one in pieces)
        raise SystemExit(f"no piece {', '.join(sorted(unknown))}; there are: {known}")
    return [one for one in pieces if not names or one.name in names]
