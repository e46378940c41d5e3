"""Many simulations: seeds shared out to processes, each with a database of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.postgres_server import start_server
from tests.reliability.simulator.database import PostgreSQLState, SQLiteState, State, new_database
from tests.reliability.simulator.simulation import Result, simulate

WORKERS = (1, 2, 5)

#: What the table of figures names, in this order.
FIGURES = (
    *("crashes", "takeovers", "fenced", "jumps", "resurveys", "late", "lost", "twice", "early"),
    *("slots", "messages", "repeats"),
)


@dataclass(frozen=True)
class Totals:
    """What many simulations came to."""

    database: str
    seeds: int
    seconds: float
    counts: Counter[str]
    broken: tuple[Result, ...]  #: those that broke something

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "database": self.database,
            "seeds": self.seeds,
            "seconds": round(self.seconds, 1),
            **{name: self.counts[name] for name in FIGURES},
            "breaches": sum(len(one.breaches) for one in self.broken),
            "broken": [{"seed": one.seed, "breaches": list(one.breaches)} for one in self.broken],
        }


def workers_of(seed: int, workers: Sequence[int]) -> int:
    """How many workers a seed has: the same in every run with the same choice."""
    return workers[seed % len(workers)]


@contextmanager
def opened(url: str | None) -> Iterator[tuple[State, Path]]:
    """A database of one's own in a folder of one's own, on a RAM disk where there is one."""
    disk = "/dev/shm" if os.path.isdir("/dev/shm") else None
    folder = Path(tempfile.mkdtemp(prefix="loopqa-sim-", dir=disk))
    state: State = SQLiteState(folder) if url is None else PostgreSQLState(folder, url)
    try:
        yield state, folder
    finally:
        state.close()
        shutil.rmtree(folder, ignore_errors=True)


def run_one(seed: int, workers: Sequence[int], url: str | None = None) -> Result:
    """One simulation with all it said."""
    with opened(url) as (state, folder):
        return simulate(seed, workers_of(seed, workers), state.reset(), folder)


def run_some(seeds: Sequence[int], workers: Sequence[int], state: State, folder: Path) -> Totals:
    """Several simulations, one after the other."""
    began, counts, broken = time.monotonic(), Counter[str](), []
    for seed in seeds:
        result = simulate(seed, workers_of(seed, workers), state.reset(), folder)
        counts += result.counts
        broken += [result] if result.breaches else []
    return Totals("", len(seeds), time.monotonic() - began, counts, tuple(broken))


def run_all(seeds: Sequence[int], workers: Sequence[int], database: str, jobs: int) -> Totals:
    """All simulations of a run, in ``jobs`` processes."""
    began = time.monotonic()
    with _databases(database, jobs) as urls:
        lots = [(list(seeds[job::jobs]), workers, urls[job]) for job in range(jobs)]
        if jobs == 1:
            parts = [_share(*lots[0])]
        else:
            with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
                parts = list(pool.map(_share, *zip(*lots, strict=True)))
    return Totals(
        database,
        sum(one.seeds for one in parts),
        time.monotonic() - began,
        sum((one.counts for one in parts), Counter()),
        tuple(sorted((bad for one in parts for bad in one.broken), key=lambda one: one.seed)),
    )


def _share(seeds: Sequence[int], workers: Sequence[int], url: str | None) -> Totals:
    with opened(url) as (state, folder):
        return run_some(seeds, workers, state, folder)


@contextmanager
def _databases(database: str, jobs: int) -> Iterator[list[str | None]]:
    """Where each process keeps its state: no URL for files of SQLite."""
    if database == "sqlite":
        yield [None] * jobs
        return
    folder = Path(tempfile.mkdtemp(prefix="loopqa-pg-"))  # short: its socket's path has a limit
    server = start_server(folder / "data")
    try:
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        yield [new_database(server, f"simulation_{job}") for job in range(jobs)]
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
