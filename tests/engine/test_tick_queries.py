"""What a tick asks the database: ranges of an index, never a whole table that only grows.

The tables must be large and the statistics fresh, or a planner may rightly read all of a small one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy import text as sql

from loopqa.engine.clock import Clock
from loopqa.engine.tick import Done, tick
from loopqa.engine.ticking import begin, windows
from loopqa.engine.work import REAL_WORK
from loopqa.engine.workspace import Workspace
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BEFORE = datetime(2026, 2, 27, 1, tzinfo=UTC)  #: nothing of the filled state is due
DUE = datetime(2026, 3, 2, 1, tzinfo=UTC)  #: the pending re-surveys are
OVER = datetime(2026, 4, 1, 1, tzinfo=UTC)  #: their windows are
GROWING = ("action", "resurvey", "finding", "verdict", "slot", "outbox", "notice", "audit")


@pytest.fixture(params=["sqlite", "postgresql"])
def large(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A workspace with some thousand finished rows in each table, and a few pending ones."""
    url = "sqlite:///.loopqa/state.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    script = (
        "import sys; from pathlib import Path; from big_state import fill, new_workspace;"
        "root = new_workspace(Path(sys.argv[1]), sys.argv[2]);"
        "fill(root, sys.argv[2], pending=6, finished=3000)"
    )
    paths = os.pathsep.join((str(BENCHMARKS), str(BENCHMARKS.parent)))
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", script, str(tmp_path), url], check=True, env=environment)
    return Workspace.open(tmp_path, clock=Clock(BEFORE), actor="bench")


def test_an_idle_tick_reads_no_large_table_as_a_whole(large):
    with large:
        tick(large)  # the first one may have something to look at
        asked = _asked(large)
        assert len(asked) > 3, "an idle tick asks nothing: then this test shows nothing"
        whole = [(statement, line) for statement, line in _plans(large, asked) if _is_whole(line)]
        assert whole == []


def test_a_tick_that_finds_work_of_every_kind_reads_no_large_table_as_a_whole(large):
    with large:
        tick(large)
        work_waits(large)
    with Workspace.open(large.root, clock=Clock(DUE), actor="bench") as ws:
        asked = _asked(ws)
        done = [one for one in ("slot", "outbox") if _is_changed(one, asked)]
        assert done == ["slot", "outbox"], "nothing was claimed: then this test shows nothing"
        assert _begun(ws) == 6
        whole = {statement for statement, line in _plans(ws, asked) if _is_whole(line)}
        # The first and the last link of the audit chain are one step from its ends.
        assert {one for one in whole if "FROM audit ORDER BY audit.sequence" not in one} == set()


def _begun(ws):
    with ws.reading() as reader:
        return reader.counts()["resurveys"]["asking"]


def work_waits(ws):
    """A slot and a message are due, and one of each was claimed by a process that is gone."""
    gone = {"now": BEFORE, "until": BEFORE + timedelta(minutes=1)}
    changes = (
        "UPDATE {} SET state = 'pending', next_at = :now WHERE id = 7",
        "UPDATE {} SET state = '{}', lease_owner = 'elsewhere:1', lease_until = :until "
        "WHERE id = 8",
    )
    with ws.store._database.writing() as connection:
        for table, claimed in (("slot", "running"), ("outbox", "sending")):
            for change in changes:
                connection.execute(sql(change.format(table, claimed)), gone)
        connection.commit()


@pytest.mark.parametrize(
    ("stage", "instants"),
    [(begin.begin_steps, [DUE]), (windows.window_steps, [DUE, OVER])],
)
def test_what_is_due_together_is_written_in_few_transactions(large, monkeypatch, stage, instants):
    monkeypatch.setattr(begin, "BATCH", 3)
    monkeypatch.setattr(windows, "BATCH", 3)
    with large:
        tick(large)
    *before, last = instants
    for instant in before:
        with Workspace.open(large.root, clock=Clock(instant), actor="bench") as ws:
            tick(ws)
    with Workspace.open(large.root, clock=Clock(last), actor="bench") as ws:
        done, changes = Done(), _written(ws)
        for _ in stage(ws, done, REAL_WORK, progress=None, stop=lambda: False):
            pass
        assert len(done.begun) + len(done.notices) == 6
        assert len(changes) == 2


def test_a_query_without_an_index_would_be_found(large):
    with large:
        slow = [("SELECT id FROM resurvey WHERE late_days > 7", ())]
        assert any(_is_whole(line) for _, line in _plans(large, slow))


def _asked(ws):
    """The SELECTs and UPDATEs of one tick with their parameters."""
    asked = []

    def note(connection, cursor, statement, parameters, context, many):
        if not many and statement.startswith(("SELECT", "UPDATE")):
            asked.append((statement, parameters))

    engine = ws.store._database.engine
    event.listen(engine, "before_cursor_execute", note)
    tick(ws)
    event.remove(engine, "before_cursor_execute", note)
    return [one for one in asked if "FROM" in one[0] or one[0].startswith("UPDATE")]


def _is_changed(table, asked):
    return any(statement.startswith(f"UPDATE {table} ") for statement, _ in asked)


def _written(ws):
    """A list that grows with every transaction that writes notices."""
    written, engine = [], ws.store._database.engine

    def note(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO notice"):
            written.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return written


def _plans(ws, asked):
    """The lines of the plan of each statement."""
    engine = ws.store._database.engine
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            for line in plan:
                yield statement, str(line[-1])


def _is_whole(line):
    """Whether a line of a plan reads a growing table from end to end, or all of an index of it."""
    found = re.search(r"^SCAN (\w+)|Seq Scan on (\w+)", line)
    return found is not None and (found[1] or found[2]) in GROWING
