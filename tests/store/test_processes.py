"""Several processes at once, and processes that are killed in the middle."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import loopqa.store
from loopqa.errors import DataError
from loopqa.store.door import Store
from loopqa.store.faults import fault
from loopqa.store.migrating import REVISIONS
from loopqa.store.tables import StateTable

SPAWN = multiprocessing.get_context("spawn")


def test_three_processes_may_open_a_new_state_at_once(tmp_path, url):
    start = SPAWN.Barrier(3)
    children = [SPAWN.Process(target=_open, args=(tmp_path, url, start)) for _ in range(3)]
    assert _run(children) == [0, 0, 0]
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert [entry.event for entry in reader.audit()] == ["x.opened"] * 3
        assert reader.verify_audit() is None


def test_a_migration_that_is_killed_leaves_a_state_that_opens(tmp_path, url, behind):
    child = SPAWN.Process(target=_open_and_die, args=(tmp_path, url))
    assert _run([child]) == [-signal.SIGKILL]
    assert inspect(behind).get_table_names() == []
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert reader.counts()["waves"] == {}


@pytest.mark.parametrize(
    ("name", "kept"),
    [("after-finding-added", 0), ("before-commit", 0), ("after-commit", 1)],
)
def test_a_writer_that_is_killed_leaves_all_or_nothing(loop, tmp_path, url, name, kept):
    loop.add_wave()
    child = SPAWN.Process(
        target=_write_and_die, args=(tmp_path, url, name, loop.now, loop.finding, loop.action)
    )
    assert _run([child]) == [-signal.SIGKILL]
    with loop.store.reading() as reader:
        assert len(reader.findings()) == kept
        assert len(reader.actions()) == kept
        assert len(reader.audit()) == 2 + 2 * kept
        assert reader.verify_audit() is None
    with loop.writing() as writer:
        writer.enter("x.went_on", "A-1", {})


def test_no_update_of_several_writers_is_lost(loop, tmp_path, url):
    loop.add_action()
    children = [
        SPAWN.Process(target=_count_up, args=(tmp_path, url, loop.now, 25)) for _ in range(4)
    ]
    assert _run(children) == [0] * 4
    with loop.store.reading() as reader:
        assert reader.action(1).round == 100
        assert reader.action(1).version == 101
        assert reader.verify_audit() is None


def test_a_re_survey_is_claimed_by_one_of_several_ticks(loop, tmp_path, url):
    loop.ask(loop.now)
    start, claims = SPAWN.Barrier(3), SPAWN.Queue()
    children = [
        SPAWN.Process(target=_claim, args=(tmp_path, url, loop.now, start, claims))
        for _ in range(3)
    ]
    assert _run(children) == [0, 0, 0]
    assert sorted(claims.get() for _ in children) == [0, 0, 1]


def test_a_newer_schema_is_refused(store, tmp_path, url, behind):
    where = store._database.where
    store.close()
    with behind.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(DataError) as told:
        Store.open(url, root=tmp_path)
    assert str(told.value) == (
        f"{where}: a newer LoopQA wrote this state (schema 0099); this one knows schemas up to "
        f"{REVISIONS[-1]}\n  hint: install the newer LoopQA: `pip install --upgrade loopqa`"
    )


def test_the_migrated_schema_is_the_one_of_the_tables(store, behind):
    with behind.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, StateTable.metadata) == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_migrated_tables_are_the_created_ones_letter_by_letter(store, tmp_path):
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    StateTable.metadata.create_all(fresh)
    fresh.dispose()
    migrated = _schema(tmp_path / ".loopqa" / "state.db")
    del migrated["alembic_version"]
    assert migrated == _schema(tmp_path / "fresh.db")


def test_the_known_schema_versions_are_those_of_the_migrations():
    scripts = ScriptDirectory(str(Path(loopqa.store.__file__).parent / "migrations"))
    assert tuple(one.revision for one in scripts.walk_revisions())[::-1] == REVISIONS


def _schema(file):
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: _definitions(sql) for name, sql in found}


def _definitions(sql):
    head, _, body = " ".join(sql.split()).partition("(")
    return head, sorted(part.strip() for part in body.rpartition(")")[0].split(","))


def _run(children):
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [child.exitcode for child in children]


def _open(root, url, start):
    start.wait()
    now = datetime(2027, 1, 1, tzinfo=UTC)
    with closing(Store.open(url, root=root)) as store, store.writing(actor="li", now=now) as writer:
        writer.enter("x.opened", "-", {})


def _open_and_die(root, url):
    os.environ["LOOPQA_FAULT"] = "inside-migration"
    Store.open(url, root=root)


def _write_and_die(root, url, name, now, finding, action):
    os.environ["LOOPQA_FAULT"] = name
    store = Store.open(url, root=root)
    with store.writing(actor="li", now=now) as writer:
        writer.add_finding(finding)
        fault("after-finding-added")
        writer.add_action(action)


def _count_up(root, url, now, times):
    with closing(Store.open(url, root=root)) as store:
        for _ in range(times):
            with store.writing(actor="li", now=now) as writer:
                action = writer.action(1)
                writer.change_action(action, event="action.counted", round=action.round + 1)


def _claim(root, url, now, start, claims):
    with closing(Store.open(url, root=root)) as store:
        start.wait()
        with store.writing(actor="tick", now=now) as writer:
            claims.put(len(writer.claim_due()))
        start.wait()  # a process that has ended holds nothing: none ends before all have asked
