"""The scheduler under load: start, due re-surveys drained, comparisons settled, idle ticks.

Every figure is taken in a fresh process, on a workspace that was filled by bulk inserts (see
``big_state.py``), through the tick that `loopqa tick` and `loopqa worker` run.

- *start*: seconds to open the state and make a first tick that finds nothing due, and the memory it
  takes beyond that of the imports, with that many re-surveys pending.
- *drained*: every due re-survey has begun: its window is named, in its row, in the audit chain, in
  a notice and in a message to somebody, which waits to be sent.
- *settled*: what was drained is claimed and settled, with a ready-made comparison in the place of
  the real one: wave, verdict, finding, action, notice and their audit entries are written.
- *idle*: a tick that finds nothing due, with a fifth as many finished re-surveys, slots, notices,
  messages and audit entries each as are said (the median of nine, after the first).
- *by hand*: the same re-surveys begun one after the other, each by one UPDATE in a transaction of
  its own, as sqlite3 (psycopg) would have it, without notice, message and audit entry.
- *apscheduler*: as many due jobs that do nothing, in APScheduler's own SQLAlchemy job store.

    python benchmarks/scheduler.py [--due 10000 100000] [--settle 2000] [--rows 1000000]
                                   [--postgres] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from big_state import fill, new_workspace

SQLITE = "sqlite:///.loopqa/state.db"
LIMITS = {  # DESIGN, promises; SQLite
    "start": "1 s, 120 MB",
    "drained 10000": "10 s",
    "drained 100000": "60 s",
    "idle 1000000": "50 ms",
}


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    database: str
    name: str
    seconds: float
    cpu: float  #: seconds of the processor
    items: int = 0  #: what was done in them
    megabytes: float | None = None  #: at most, beyond what the imports take
    messages: int | None = None  #: that wait to be sent

    @property
    def each(self) -> float:
        """Milliseconds an item."""
        return self.seconds * 1000 / (self.items or 1)


def measured(name: str, root: Path) -> dict[str, float]:
    """Take one figure in a process of its own."""
    script = Path(__file__).with_name("under_load.py")
    command = (sys.executable, str(script), name, str(root))
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


class Place:
    """Where states are made: files, or databases of one server."""

    name = "SQLite"

    def url(self, number: int) -> str:
        """The state of the workspace with this number."""
        return SQLITE

    def jobs(self, root: Path) -> str:
        """The state of APScheduler."""
        return f"sqlite:///{root / 'jobs.db'}"


class Server(Place):
    """A PostgreSQL server that is started for this run, with its defaults."""

    name = "PostgreSQL"

    def __init__(self, server: Any) -> None:
        self._server = server

    def url(self, number: int) -> str:
        """A new database."""
        self._server.psql(f"CREATE DATABASE bench_{number};")
        parts = urlsplit(self._server.get_uri())
        return urlunsplit(parts._replace(path=f"/bench_{number}"))

    def jobs(self, root: Path) -> str:
        """Another new database."""
        return self.url(999).replace("postgresql:", "postgresql+psycopg:")


def figures(
    place: Place, due: list[int], settle: int, rows: int, alternatives: int
) -> Iterator[Figure]:
    """Take all figures, each on a workspace of its own."""
    number = 0

    @contextmanager
    def workspace(pending: int, finished: int = 0) -> Iterator[Path]:
        nonlocal number
        number += 1
        with TemporaryDirectory(prefix="loopqa-") as folder:
            url = place.url(number)
            root = new_workspace(Path(folder), url)
            fill(root, url, pending=pending, finished=finished)
            yield root

    def figure(name: str, root: Path, label: str) -> Figure:
        return Figure(place.name, label, **measured(name, root))

    for count in due:
        with workspace(count) as root:
            if count == max(due):
                yield figure("start", root, f"start {count}")
            yield figure("drained", root, f"drained {count}")
    with workspace(settle) as root:
        measured("drained", root)
        yield figure("settled", root, f"settled {settle}")
    with workspace(100, rows // 5) as root:
        yield figure("idle", root, f"idle {rows}")
    with workspace(alternatives) as root:
        yield figure("by_hand", root, f"by hand {alternatives}")
        (root / "jobs.url").write_text(place.jobs(root))
        (root / "jobs.count").write_text(str(alternatives))
        yield figure("apscheduler", root, f"apscheduler {alternatives}")


@contextmanager
def places(postgres: bool) -> Iterator[list[Place]]:
    """SQLite, and a server where it is asked for."""
    if not postgres:
        yield [Place()]
        return
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.postgres_server import start_server

    with TemporaryDirectory(prefix="loopqa-pg-") as folder:
        server = start_server(Path(folder) / "data")
        try:
            yield [Place(), Server(server)]
        finally:
            server.cleanup()


def show(one: Figure) -> None:
    """One line for people."""
    kind = one.name.rpartition(" ")[0]
    limit = LIMITS.get(one.name, LIMITS.get(kind, "")) if one.database == "SQLite" else ""
    items = f"{one.each:9.2f} ms each" if one.items else " " * 17
    memory = f"{one.megabytes:6.0f} MB" if one.megabytes is not None else " " * 9
    if one.messages is not None:
        memory += f" {one.messages} messages"
    promised = f"   promised: {limit}" if limit else ""
    print(
        f"{one.database:10}  {one.name:18} {one.seconds:8.3f} s {one.cpu:8.3f} s CPU"
        f"{items} {memory}{promised}"
    )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description="The scheduler under load.")
    parser.add_argument("--due", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--settle", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the idle tick")
    parser.add_argument("--alternatives", type=int, default=2_000, help="items of the other ways")
    parser.add_argument("--postgres", action="store_true", help="on a server of its own, too")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    found: list[Figure] = []
    with places(wish.postgres) as chosen:
        for place in chosen:
            for one in figures(place, wish.due, wish.settle, wish.rows, wish.alternatives):
                found.append(one)
                if not wish.json:
                    show(one)
    if wish.json:
        print(json.dumps([{**one.__dict__, "each_ms": one.each} for one in found]))


if __name__ == "__main__":
    os.environ.pop("LOOPQA_NOW", None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped, too
    main()
