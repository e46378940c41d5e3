"""Make the event log of the `service-desk` template: four months of a small service desk.

Every row is an event of an incident, as desks export them: day first, `?` for an empty cell, and
the time of the resolution on all rows of an incident. The network team is slow, the others are not.

    python docs/made_up_events.py > workflows/service-desk/data/events.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

TEAMS = {"desk": 1.0, "network": 4.0, "printers": 1.5, "accounts": 0.7}  #: how slow they are
FIRST_DAY = datetime(2026, 3, 1)  # noqa: DTZ001 - the log has no zones
DAYS = 122
INCIDENTS = 640
HOURS = 12.0  #: from opening to resolution, in the middle
OPEN = 0.03
HEAD = (
    "number", "state", "sequence", "caller", "priority", "assignment_group", "reassignments",
    "reopened", "opened_at", "updated_at", "resolved_at",
)  # fmt: skip


def written(moment: datetime | None) -> str:
    """A time as the log has it."""
    return "?" if moment is None else f"{moment:%d/%m/%Y %H:%M}"


def incident(random: Random, number: int, opened: datetime) -> Iterator[tuple[object, ...]]:
    """The events of one incident."""
    team = random.choices(list(TEAMS), (5, 3, 2, 4))[0]
    first_team = "desk" if random.random() < 0.35 else team
    caller, priority = f"U{random.randint(1, 150):03}", random.choices((1, 2, 3), (1, 3, 9))[0]
    answered = opened + timedelta(minutes=random.lognormvariate(3.2, 1.3) * TEAMS[team])
    resolved = opened + timedelta(hours=random.lognormvariate(0, 1.1) * HOURS * TEAMS[team])
    done = None if random.random() < OPEN else max(resolved, answered)
    moved, again = int(first_team != team), int(random.random() < 0.04)
    steps = [("New", opened, first_team, 0, 0), ("Active", answered, first_team, 0, 0)]
    if moved:
        steps.append(("Active", answered + timedelta(minutes=20), team, 1, 0))
    if done is not None and again:
        steps.append(("Active", done - timedelta(minutes=5), team, moved, 1))
    if done is not None:
        steps.append(("Resolved", done, team, moved, again))
    for sequence, (state, at, group, handed, reopened) in enumerate(steps):
        row = (f"INC{number:05}", state, sequence, caller, priority, group, handed, reopened)
        yield *row, written(opened), written(at), written(done)


def main() -> None:
    """Write the file to standard output."""
    random = Random(20260701)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEAD)
    minutes = sorted(random.randrange(DAYS * 1440) for _ in range(INCIDENTS))
    for number, minute in enumerate(minutes, 1):
        writer.writerows(incident(random, number, FIRST_DAY + timedelta(minutes=minute)))


if __name__ == "__main__":
    main()
