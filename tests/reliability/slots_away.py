"""Slots that fall due while nobody ticks: each is run once afterwards, and marked late.

python -m tests.reliability.slots_away [--database NAME]... [--json]
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from loopqa.engine.clock import Clock
from loopqa.engine.tick import tick
from tests.reliability.downtime import Absence
from tests.reliability.figures import Figure, told, verdict
from tests.reliability.ground import DATABASES, Ground, databases, new_ground, state_url
from tests.reliability.laws import broken_laws
from tests.reliability.ledger import moment, read_table

TODAY = date(2026, 1, 10)  #: there are ratings until the end of the year before
FIRST, LAST = (datetime(2025, month, day, tzinfo=UTC) for month, day in ((8, 20), (12, 10)))
SCHEDULE = 'schedule: {every: month, day: 4, at: "06:00", catch_up: all}\n'
#: The fourth of each month at six in Shanghai, which knows no summer time.
SLOTS = tuple(datetime(2025, month, 3, 22, tzinfo=UTC) for month in (9, 10, 11, 12))
ABSENCES = (
    Absence(datetime(2025, 9, 20, tzinfo=UTC), timedelta(days=40)),
    Absence(SLOTS[2], timedelta(seconds=1)),
    Absence(SLOTS[3], timedelta(hours=1)),
)
EVERY = timedelta(hours=6)


def instants() -> list[datetime]:
    """When somebody ticks."""
    grid = [FIRST + n * EVERY for n in range((LAST - FIRST) // EVERY)]
    back = [one.start + one.length for one in ABSENCES]
    return [now for now in sorted({*grid, *back}) if not any(one.covers(now) for one in ABSENCES)]


def live(ground: Ground) -> list[str]:
    """Tick except in absences; what is wrong with the slots."""
    errors: list[str] = []
    with ground.at(FIRST) as ws:
        for now in instants():
            ws.clock = Clock(now)
            errors += [str(one.error) for one in tick(ws).failures]
    return [*errors, *_complaints(ground), *broken_laws(ground, LAST)]


def _complaints(ground: Ground) -> list[str]:
    slots = [one for one in read_table(ground).slots if moment(one["due_at"]) < LAST]
    found = {moment(one["due_at"]): one for one in slots}
    if sorted(found) != [*SLOTS] or len(slots) != len(SLOTS):
        return [f"slots of {sorted(map(str, found))}, not of {list(map(str, SLOTS))}"]
    wrong = []
    for due, slot in found.items():
        taken = next(now for now in instants() if now >= due)
        late = round((taken - due).total_seconds())
        if (slot["state"], slot["late_seconds"], slot["attempts"]) != ("done", late, 1):
            wrong.append(f"{due}: {dict(slot)}, not done once and {late} s late")
    return wrong


def away(kind: str) -> Figure:
    """One life on one kind of database."""
    with databases([kind]) as server, tempfile.TemporaryDirectory() as folder:
        url = state_url(kind, server)
        wrong = live(new_ground(Path(folder) / "desk", url, TODAY, SCHEDULE))
    return verdict(
        "slots, away for 1 s, 1 h, 40 days",
        kind,
        "each once, marked late",
        f"{len(SLOTS)} slots, {len(wrong)} wrong",
        wrong,
    )


def main(arguments: list[str] | None = None) -> int:
    """All that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", action="append", choices=DATABASES)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    return told([away(kind) for kind in asked.database or DATABASES], asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
