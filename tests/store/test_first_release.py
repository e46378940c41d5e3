"""The first released schema: its states are upgraded without losing a value, and the loop goes on.

``first_release.sql`` is the state that the program of that time wrote: two findings, two actions, a
verdict, and a re-survey that was still to come.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

import loopqa.store
from loopqa.engine.tick import tick
from loopqa.model.cycle import ReSurveyState
from loopqa.store import migrating
from loopqa.store.door import Store
from loopqa.store.laws import check_contents, check_laws
from loopqa.store.migrating import REVISIONS
from loopqa.store.tables import StateTable
from tests.engine.conftest import build

SPAWN = multiprocessing.get_context("spawn")
DUMP = Path(__file__).with_name("first_release.sql")
Values = dict[str, list[tuple[Any, ...]]]


def old_columns() -> dict[str, list[Any]]:
    """The columns that the tables had then."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
        return {
            table.name: [table.columns[name] for name in names]
            for table in StateTable.metadata.sorted_tables
            if (names := _names(connection, table.name))
        }


def _names(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def values(engine: Engine) -> Values:
    """All rows, by the columns of then."""
    with engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(*columns).order_by(columns[0]))]
            for name, columns in old_columns().items()
        }


def _at_first_schema(connection: Connection) -> None:
    scripts = ScriptDirectory(str(Path(loopqa.store.__file__).parent / "migrations"))
    context = EnvironmentContext(
        Config(), scripts, fn=lambda version, _: scripts._upgrade_revs("0001", version)
    )
    with context:
        context.configure(connection=connection)
        context.run_migrations()


@pytest.fixture
def released(tmp_path: Path, url: str, behind: Engine) -> Values:
    """A state of the first release at ``url``; its values."""
    file = tmp_path / "released.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    engine = create_engine(f"sqlite:///{file}")
    found = values(engine)
    engine.dispose()
    if behind.dialect.name == "sqlite":
        (tmp_path / ".loopqa").mkdir()
        file.rename(tmp_path / ".loopqa" / "state.db")
        return found
    with behind.begin() as connection:
        _at_first_schema(connection)
        for table, columns in old_columns().items():
            names = [column.name for column in columns]
            rows = [dict(zip(names, row, strict=True)) for row in found[table]]
            known = [sql_column(column.name, column.type) for column in columns]
            if rows:
                connection.execute(sql_table(table, *known).insert(), rows)
    return found


def test_every_value_of_every_row_is_kept(released, behind, tmp_path, url):
    assert sum(map(len, released.values())) == 60
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert reader.verify_audit() is None
        assert check_laws(reader, reader.action(2).opened_at) == ()
        assert check_contents(reader) == ()
        assert reader.verdict(1).outcome.value == "improved"
    assert values(behind) == released


def test_the_loop_goes_on(released, tmp_path, url):
    desk = build(tmp_path / "desk")
    state = url.replace("sqlite:///", f"sqlite:///{tmp_path}/")
    with (desk.root / "loopqa.yaml").open("a") as settings:
        settings.write(f"state: {state}\n")
    with desk.on("2027-02-03") as ws:
        report = tick(ws)
        assert [one.id for one in report.begun] == [2]
        assert tick(ws).begun == ()
        with ws.reading() as reader:
            assert reader.resurvey(2).state is ReSurveyState.ASKING
            assert check_laws(reader, ws.now()) == ()


def test_three_processes_may_upgrade_it_at_once(released, behind, tmp_path, url):
    start = SPAWN.Barrier(3)
    children = [SPAWN.Process(target=_open, args=(tmp_path, url, start)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert values(behind) == released


@pytest.mark.parametrize("step", range(1, len(REVISIONS)))
def test_an_upgrade_killed_at_any_step_left_the_old_state(released, behind, tmp_path, url, step):
    child = SPAWN.Process(target=_open_and_die, args=(tmp_path, url, step))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with behind.connect() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    assert version == "0001"
    assert values(behind) == released
    Store.open(url, root=tmp_path).close()
    assert values(behind) == released


def _open(root: Path, url: str, start: Any) -> None:
    start.wait()
    with closing(Store.open(url, root=root)) as store, store.reading() as reader:
        assert reader.verify_audit() is None


def _open_and_die(root: Path, url: str, step: int) -> None:
    """Die at the ``step``-th of the migrations."""
    passed = 0

    def fault(_: str) -> None:
        nonlocal passed
        passed += 1
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)

    migrating.fault = fault
    Store.open(url, root=root)
