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
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psutil
from big_state import BASELINE, BEFORE, NOW, READY, fill, new_workspace

if TYPE_CHECKING:
    from loopqa.engine.rounds import Comparison
    from loopqa.engine.workspace import Workspace

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
    items: int = 0  #: what was done in them
    megabytes: float | None = None  #: at most, beyond what the imports take

    @property
    def each(self) -> float:
        """Milliseconds an item."""
        return self.seconds * 1000 / (self.items or 1)


def start(root: Path) -> dict[str, float]:
    """Open the state, and tick before anything is due."""
    ws, tick = _opened(root, BEFORE)
    before, begun = _peak(), time.perf_counter()
    _ = ws.store
    report = tick(ws)
    assert not report.begun and not report.failures, report
    return {"seconds": time.perf_counter() - begun, "megabytes": _peak() - before}


def drained(root: Path) -> dict[str, float]:
    """Tick until everything due has begun."""
    from loopqa.engine.tick import Done, tick_steps

    ws, _ = _opened(root, NOW)
    with ws.reading() as reader:
        due = reader.counts()["resurveys"]["scheduled"]
    done = Done()
    before, begun = _peak(), time.perf_counter()
    for _ in tick_steps(ws, done, stop=lambda: len(done.begun) >= due):
        pass
    seconds = time.perf_counter() - begun
    assert len(done.begun) == due and not done.failures
    with ws.reading() as reader:
        assert reader.counts()["resurveys"] == {"asking": due}
        assert len(reader.messages()) == due
        assert reader.verify_audit() is None
    return {"seconds": seconds, "items": due, "megabytes": _peak() - before}


def settled(root: Path) -> dict[str, float]:
    """Claim and settle everything that was drained, with a comparison that costs nothing."""
    from loopqa.engine.tick import Done, tick_steps
    from loopqa.engine.work import Work

    ws, _ = _opened(root, READY)
    with ws.reading() as reader:
        ready = reader.counts()["resurveys"]["asking"]
    work = replace(Work(), compare=ready_made(ws), draw=lambda *_: (None, ()))
    done = Done()
    begun = time.perf_counter()
    for _ in tick_steps(ws, done, work=work, stop=lambda: len(done.compared) >= ready):
        pass
    seconds = time.perf_counter() - begun
    assert len(done.verdicts) == ready and not done.failures, done.failures[:1]
    with ws.reading() as reader:
        assert reader.counts()["resurveys"] == {"done": ready}
        assert reader.verify_audit() is None
    return {"seconds": seconds, "items": ready}


def idle(root: Path) -> dict[str, float]:
    """Tick where nothing is due, again and again."""
    ws, tick = _opened(root, BEFORE)
    tick(ws)
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        tick(ws)
        times.append(time.perf_counter() - begun)
    return {"seconds": sorted(times)[4]}


def by_hand(root: Path) -> dict[str, float]:
    """Begin what is due by one UPDATE each."""
    from sqlalchemy import text as sql

    ws, _ = _opened(root, NOW)
    engine = ws.store._database.writers
    change = sql(
        "UPDATE resurvey SET state = 'asking', version = version + 1, window_start = '2026-03-01', "
        "window_end = '2026-03-31', ready_at = due_at WHERE id = :id AND state = 'scheduled'"
    )
    with engine.begin() as connection:
        due = connection.execute(sql("SELECT id FROM resurvey WHERE state = 'scheduled'"))
        numbers = list(due.scalars())
    begun = time.perf_counter()
    for number in numbers:
        with engine.begin() as connection:
            assert connection.execute(change, {"id": number}).rowcount == 1
    return {"seconds": time.perf_counter() - begun, "items": len(numbers)}


def apscheduler(root: Path) -> dict[str, float]:
    """Run as many due jobs by APScheduler's job store, with its misfire grace taken away."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    url = (root / "jobs.url").read_text()
    count = int((root / "jobs.count").read_text())
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url)},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    for number in range(count):
        scheduler.add_job(nothing, "date", run_date=NOW, args=(number,))
    begun = time.perf_counter()
    scheduler.resume()
    while len(_RAN) < count:
        time.sleep(0.01)
    seconds = time.perf_counter() - begun
    scheduler.shutdown()
    return {"seconds": seconds, "items": count}


_RAN: list[int] = []


def nothing(number: int) -> None:
    """A job."""
    _RAN.append(number)


def ready_made(ws: Workspace) -> Callable[..., Comparison]:
    """A comparison that is the same for every re-survey but for its window."""
    from loopqa.engine.rounds import Comparison
    from loopqa.language import text
    from loopqa.model.cycle import WaveKind
    from loopqa.model.verdict import Change, EffectSize, Judgement, Outcome, ScoreChange, Side

    used = ws.standard(ws.workflow("survey"))
    judgement = Judgement(
        dimension="attitude",
        outcome=Outcome.NO_CHANGE,
        score_change=ScoreChange.UNCLEAR,
        before=Side(120, 2.7),
        after=Side(110, 2.8),
        change=Change(0.1, (-0.1, 0.3), 0.3),
        estimate=0.1,
        interval=(-0.1, 0.3),
        confidence=0.95,
        effect_size=EffectSize(0.52, (0.45, 0.6)),
        design="random",
        assumptions=(text("no other change in the scope"),),
        reason=text("nothing moved"),
    )
    wave = replace(BASELINE, id=0, kind=WaveKind.RE_SURVEY, rubric_hash=used.rubric.hash)

    def compare(_: object, resurvey: Any, __: object) -> Comparison:
        mine = replace(wave, window=resurvey.window)
        return Comparison(mine, BASELINE, (judgement,), ScoredAfter())

    return compare


class ScoredAfter:
    """What a settlement asks of the scores after."""

    score, bottom_share, indicators = 2.8, 0.2, ()

    def dimension(self, _: str) -> ScoredAfter:
        """All dimensions scored alike."""
        return self


def _opened(root: Path, now: Any) -> tuple[Workspace, Callable[..., Any]]:
    """A workspace whose state is not open yet, and all that a tick imports."""
    import loopqa.engine.rounds
    import loopqa.store.door  # noqa: F401
    from loopqa.engine.clock import Clock
    from loopqa.engine.tick import tick
    from loopqa.engine.workspace import Workspace

    return Workspace.open(root, clock=Clock(now), actor="bench"), tick


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = psutil.Process().memory_info().rss
    return max(most * (1 if sys.platform == "darwin" else 1024), held) / 1e6


MEASURES: dict[str, Callable[[Path], dict[str, float]]] = {
    one.__name__: one for one in (start, drained, settled, idle, by_hand, apscheduler)
}


def measured(name: str, root: Path) -> dict[str, float]:
    """Take one figure in a process of its own."""
    command = (sys.executable, __file__, "--measure", name, "--root", str(root))
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
    kind, _, count = one.name.rpartition(" ")
    limit = LIMITS.get(one.name, LIMITS.get(kind, "")) if one.database == "SQLite" else ""
    items = f"{one.each:9.2f} ms each" if one.items else " " * 17
    memory = f"{one.megabytes:6.0f} MB" if one.megabytes is not None else " " * 9
    promised = f"   promised: {limit}" if limit else ""
    print(f"{one.database:10}  {one.name:20} {one.seconds:9.3f} s {items} {memory}{promised}")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description="The scheduler under load.")
    parser.add_argument("--due", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--settle", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the idle tick")
    parser.add_argument("--alternatives", type=int, default=2_000, help="items of the other ways")
    parser.add_argument("--postgres", action="store_true", help="on a server of its own, too")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", choices=sorted(MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.measure:
        print(json.dumps(MEASURES[wish.measure](wish.root)))
        return
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
    main()
