"""Two and five processes that tick the same state at once: each thing is done once.

python -m tests.reliability.races [--items N] [--database NAME]... [--processes N]... [--json]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.reliability.figures import Figure, told, verdict
from tests.reliability.ground import DATABASES, Ground, databases, new_ground, state_url
from tests.reliability.laws import broken_laws
from tests.reliability.ledger import Account, read_table
from tests.reliability.processes import said, warm

PROCESSES = (2, 5)
SECONDS = 600.0  #: within which a process must have ended


def race(ground: Ground, processes: int, items: int) -> list[str]:
    """Let so many processes tick at once, and say what is wrong."""
    ground.evaluate()
    account = Account(closed=ground.close_actions(ground.start_actions(items)))
    children = [warm(ground.root, "tick") for _ in range(processes)]
    codes = [one.wait(SECONDS) for one in children]
    now = datetime.now(UTC)
    wrong = [f"a tick ended with {code}" for code in codes if code != 0]
    wrong += [*account.complaints(ground, now), *broken_laws(ground, now)]
    claims = Counter(
        entry["about"]
        for entry in read_table(ground).audit
        if entry["event"] == "resurvey.comparing"
    )
    wrong += [f"{about} was taken {n} times" for about, n in claims.items() if n != 1]
    wrong += ["a traceback was shown"] * ("Traceback" in said(ground.root))
    return wrong


def raced(kind: str, processes: int, items: int) -> Figure:
    """One race on a new ground."""
    with databases([kind]) as server, tempfile.TemporaryDirectory() as folder:
        ground = new_ground(Path(folder) / "desk", state_url(kind, server))
        start = time.monotonic()
        wrong = race(ground, processes, items)
        took = time.monotonic() - start
    return verdict(
        f"{processes} ticks at once",
        kind,
        "each due re-survey once",
        f"{items} re-surveys, {len(wrong)} wrong; {took:.0f} s",
        wrong,
    )


def main(arguments: list[str] | None = None) -> int:
    """The races that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--database", action="append", choices=DATABASES)
    parser.add_argument("--processes", type=int, action="append")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    figures = [
        raced(kind, processes, asked.items)
        for kind in asked.database or DATABASES
        for processes in asked.processes or PROCESSES
    ]
    return told(figures, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
