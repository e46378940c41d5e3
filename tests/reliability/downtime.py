"""Nobody ticks for a second, an hour, forty days: each due row is done once afterwards, and late.

python -m tests.reliability.downtime [--seeds N] [--database NAME]... [--json]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from loopqa.engine.clock import Clock
from loopqa.engine.tick import tick
from tests.reliability.cheap import CHEAP, close_many
from tests.reliability.figures import Figure, told, verdict
from tests.reliability.ground import DATABASES, Ground, databases, new_ground, state_url
from tests.reliability.laws import broken_laws
from tests.reliability.ledger import Account, moment, read_table, start_of
from tests.reliability.year import START, daily

FIRST = datetime(START.year, START.month, START.day, tzinfo=UTC)
DAYS = 100  #: from the first closing to the last tick
CLOSING = 20  #: of them on which actions are closed
AWAY = (timedelta(seconds=1), timedelta(hours=1), timedelta(days=40))


@dataclass(frozen=True)
class Absence:
    """Nobody ticks from ``start`` until ``start + length``."""

    start: datetime
    length: timedelta

    def covers(self, now: datetime) -> bool:
        """Whether nobody ticks at an instant."""
        return self.start <= now < self.start + self.length


def ticks(absences: Sequence[Absence], every: timedelta) -> Iterator[datetime]:
    """The instants at which somebody ticks: on the grid outside absences, and right after each."""
    end = FIRST + timedelta(days=DAYS)
    grid = [FIRST + n * every for n in range((end - FIRST) // every + 1)]
    back = [one.start + one.length for one in absences]
    for now in sorted({*grid, *back, end}):
        if now <= end and not any(one.covers(now) for one in absences):
            yield now


def live(
    ground: Ground, closings: Sequence[int], absences: Sequence[Absence], every: timedelta
) -> list[str]:
    """Close one action on each of these days, tick except in absences; what is wrong."""
    account, instants = Account(), list(ticks(absences, every))
    with ground.at() as ws:
        for day in sorted(closings):
            ws.clock = Clock(FIRST + timedelta(days=day))
            with ws.reading() as reader:
                finding = reader.finding(1)
            account.closed.update(close_many(ws, finding, [f"measure {day}"]))
        for now in instants:
            if now > FIRST + timedelta(days=max(closings, default=0)):
                ws.clock = Clock(now)
                tick(ws, work=CHEAP)
    last = instants[-1]
    wrong = [*account.complaints(ground, last), *broken_laws(ground, last)]
    return [*wrong, *_not_as_soon(ground, instants)]


def _not_as_soon(ground: Ground, instants: Sequence[datetime]) -> Iterator[str]:
    """Re-surveys that were not taken up by the first tick after their instant, or not marked."""
    table = read_table(ground)
    begun = {
        str(one["about"]): moment(one["at"])
        for one in table.audit
        if one["event"] == "resurvey.asking"
    }
    first_tick = FIRST + timedelta(days=CLOSING)
    for row in table.resurveys:
        ref, due = f"R-{row['id']}", start_of(row["due_on"])
        taken = next(now for now in instants if now >= due and now > first_tick)
        if begun.get(ref) != taken:
            yield f"{ref} was begun at {begun.get(ref)}, not {taken}"
        late = (local_day(taken) - date.fromisoformat(str(row["due_on"]))).days
        if row["late_days"] != late:
            yield f"{ref} is marked {row['late_days']} days late, not {late}"


def local_day(instant: datetime) -> date:
    """The day of an instant in Shanghai, which knows no summer time."""
    return (instant + timedelta(hours=8)).date()


def absences_of(random: Random) -> list[Absence]:
    """The three lengths, and some more, at random instants."""
    lengths = [*AWAY, *(timedelta(hours=random.randrange(1, 900)) for _ in range(2))]
    days = timedelta(days=DAYS - 50)
    return [Absence(FIRST + random.random() * days, length) for length in lengths]


def away(kind: str, seeds: int) -> Figure:
    """Several lives on one kind of database."""
    wrong: list[str] = []
    closed = 0
    with databases([kind]) as server, tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            random = Random(seed)
            root = Path(folder) / f"desk{seed}"
            ground = daily(new_ground(root, state_url(kind, server), START))
            closings = random.sample(range(CLOSING), 10)
            closed += len(closings)
            wrong += live(ground, closings, absences_of(random), timedelta(hours=6))
    return verdict(
        "away for 1 s, 1 h, 40 days",
        kind,
        "each once, marked late",
        f"{closed} re-surveys in {seeds} lives, {len(wrong)} wrong",
        wrong,
    )


def main(arguments: list[str] | None = None) -> int:
    """All that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--database", action="append", choices=DATABASES)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    return told([away(kind, asked.seeds) for kind in asked.database or DATABASES], asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
