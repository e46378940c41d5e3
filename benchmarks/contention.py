"""Several processes write to one SQLite file at once: is an update lost, is anybody locked out?

Every writer counts up one of three actions, again and again, in transactions of the real store:
read the action, change it under its version, audit entry along. Half of the changes rest on what
was read in an earlier transaction, as a person's do; those that came too late are refused and tried
again. At the end the counters must hold what was counted, and the audit chain must be whole. Beside
it, the same counting with the defaults of SQLAlchemy and sqlite3, and with the usual advice (WAL, a
busy timeout, and transactions that begin with a plain BEGIN).

    python benchmarks/contention.py [--seconds 60] [--writers 7] [--json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Any

from big_state import BASELINE, CLOSED, FOUND, START
from sqlalchemy import create_engine, event
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError

from loopqa.errors import LoopQAError, StaleVersion
from loopqa.store.door import Store

STATE = "sqlite:///state.db"
COUNTERS = (1, 2, 3)
SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Writer:
    """What one process saw."""

    counted: int = 0  #: changes that were committed
    refused: int = 0  #: changes that rested on an old picture, and were told so
    locked: int = 0  #: changes that failed because the database was locked
    waits: tuple[float, ...] = ()  #: seconds until each transaction had begun


@dataclass(frozen=True)
class Outcome:
    """What came of all writers."""

    name: str
    writers: int
    seconds: float
    counted: int
    lost: int  #: counted, but not there at the end
    locked: int
    refused: int
    each_second: float
    wait_99: float  #: seconds that 99 of 100 transactions waited at most
    worst_wait: float
    audit_whole: bool | None  #: None where there is no audit chain


def with_store(root: Path, number: int, until: float) -> Writer:
    """Count up through the door, by turns in one transaction and in two."""
    seen, waits = Writer(), []
    with closing(Store.open(STATE, root=root)) as store:
        while monotonic() < until:
            counter = COUNTERS[(number + seen.counted) % len(COUNTERS)]
            earlier = None
            if (seen.counted + seen.refused) % 2:
                with store.reading() as reader:
                    earlier = reader.action(counter)
            asked = perf_counter()
            try:
                with store.writing(actor=f"w{number}", now=START) as writer:
                    waits.append(perf_counter() - asked)
                    action = earlier or writer.action(counter)
                    writer.change_action(action, event="x.counted", round=action.round + 1)
                seen.counted += 1
            except StaleVersion:
                seen.refused += 1
            except LoopQAError:
                seen.locked += 1
    return replace(seen, waits=tuple(waits))


def with_defaults(root: Path, number: int, until: float) -> Writer:
    """Count up as a first draft would: SQLAlchemy's and sqlite3's defaults."""
    return _count(create_engine(f"sqlite:///{root / 'plain.db'}"), number, until)


def with_advice(root: Path, number: int, until: float) -> Writer:
    """Count up with WAL, a long busy timeout, and transactions that begin with BEGIN."""
    connect = {"timeout": 30.0, "isolation_level": None}
    engine = create_engine(f"sqlite:///{root / 'plain.db'}", connect_args=connect)
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA journal_mode=WAL"))
    event.listen(engine, "begin", lambda one: one.exec_driver_sql("BEGIN"))
    return _count(engine, number, until)


def _count(engine: Any, number: int, until: float) -> Writer:
    seen, waits = Writer(), []
    while monotonic() < until:
        known = {"id": COUNTERS[(number + seen.counted) % len(COUNTERS)]}
        asked = perf_counter()
        try:
            with engine.begin() as connection:
                select = sql("SELECT round FROM action WHERE id = :id")
                before = connection.execute(select, known).scalar()
                change = sql("UPDATE action SET round = :round WHERE id = :id")
                connection.execute(change, {**known, "round": before + 1})
            seen.counted += 1
        except OperationalError:
            seen.locked += 1
        waits.append(perf_counter() - asked)
    return replace(seen, waits=tuple(waits))


def prepare(root: Path) -> None:
    """The counters: actions of the store, and rows of a plain file."""
    with (
        closing(Store.open(STATE, root=root)) as store,
        store.writing(actor="bench", now=START) as writer,
    ):
        writer.pin_rubric("9f2c", "survey", "1", {})
        writer.add_wave(BASELINE)
        writer.add_finding(FOUND)
        for _ in COUNTERS:
            writer.add_action(replace(CLOSED, round=0))
    with closing(sqlite3.connect(root / "plain.db")) as plain:
        plain.execute("CREATE TABLE action (id INTEGER PRIMARY KEY, round INTEGER NOT NULL)")
        plain.executemany("INSERT INTO action VALUES (?, 0)", [(one,) for one in COUNTERS])
        plain.commit()


def _work(task: Callable[..., Writer], root: Path, number: int, *rest: Any) -> None:
    start, seconds, told = rest
    start.wait()
    told.put(task(root, number, monotonic() + seconds))


def measure(name: str, task: Callable[..., Writer], writers: int, seconds: float) -> Outcome:
    """Let ``writers`` processes count for ``seconds``, then count what is there."""
    with TemporaryDirectory(prefix="loopqa-") as folder:
        root = Path(folder)
        prepare(root)
        start, told = SPAWN.Barrier(writers), SPAWN.Queue()
        processes = [
            SPAWN.Process(target=_work, args=(task, root, number, start, seconds, told))
            for number in range(writers)
        ]
        for process in processes:
            process.start()
        seen = [told.get(timeout=seconds + 120) for _ in processes]
        for process in processes:
            process.join()
        kept, whole = _kept(root, task is with_store)
    counted = sum(one.counted for one in seen)
    waits = [wait for one in seen for wait in one.waits]
    return Outcome(
        name=name,
        writers=writers,
        seconds=seconds,
        counted=counted,
        lost=counted - kept,
        locked=sum(one.locked for one in seen),
        refused=sum(one.refused for one in seen),
        each_second=counted / seconds,
        wait_99=quantiles(waits, n=100)[98],
        worst_wait=max(waits),
        audit_whole=whole,
    )


def _kept(root: Path, through_store: bool) -> tuple[int, bool | None]:
    """What the counters hold, and whether the audit chain tells of each change."""
    if not through_store:
        with closing(sqlite3.connect(root / "plain.db")) as plain:
            return plain.execute("SELECT sum(round) FROM action").fetchone()[0], None
    with closing(Store.open(STATE, root=root)) as store, store.reading() as reader:
        kept = sum(reader.action(one).round for one in COUNTERS)
        told = sum(one.event == "x.counted" for one in reader.audit())
        return kept, reader.verify_audit() is None and told == kept


def outcomes(writers: int, seconds: float) -> list[Outcome]:
    """LoopQA for the whole time, the others for a quarter of it."""
    return [
        measure("loopqa", with_store, writers, seconds),
        measure("sqlalchemy's defaults", with_defaults, writers, seconds / 4),
        measure("WAL, busy timeout, BEGIN", with_advice, writers, seconds / 4),
    ]


def show(one: Outcome) -> None:
    """One line for people."""
    audit = {True: ", audit chain whole", False: ", AUDIT CHAIN BROKEN", None: ""}
    print(
        f"{one.name}: {one.writers} writers, {one.seconds:g} s: {one.counted} updates "
        f"({one.each_second:.0f} a second), {one.lost} lost, {one.locked} lock errors, "
        f"{one.refused} refused as stale, wait 99 %: {one.wait_99 * 1000:.0f} ms, "
        f"worst: {one.worst_wait:.2f} s{audit[one.audit_whole]}"
    )


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description="Several writers on one SQLite file.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--writers", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    found = outcomes(wish.writers, wish.seconds)
    if wish.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        show(one)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
