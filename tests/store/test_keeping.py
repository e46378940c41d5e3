"""Backups hold everything, restores bring everything back, and a state moves between databases."""

from __future__ import annotations

import multiprocessing
import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from sqlalchemy import Engine, create_engine

from loopqa.errors import DataError, RunFailed, StaleVersion, UsageError
from loopqa.store.door import Store
from loopqa.store.keeping import back_up, content_of, replace_unreadable, restore
from loopqa.store.laws import check_laws
from loopqa.store.tables import StateTable
from tests.store.lawful import write_cycles, write_timetable

SPAWN = multiprocessing.get_context("spawn")


def rows_of(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every value of every row."""
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(table.select().order_by(*table.primary_key.columns))
            ]
            for table in StateTable.metadata.sorted_tables
        }


def rows_in(file: Path) -> dict[str, list[tuple[object, ...]]]:
    engine = create_engine(f"sqlite:///{file}")
    try:
        return rows_of(engine)
    finally:
        engine.dispose()


@pytest.fixture
def lived(loop):
    """A state in which all tables hold something."""
    after = write_cycles(loop.store, loop, 2)
    write_timetable(loop.store, after)
    return replace(loop, now=after)


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request, tmp_path, url, postgres_server):
    """A second, empty state, in either kind of database."""
    if request.param == "sqlite":
        there = "sqlite:///other/state.db"
    else:
        name = f"other_{secrets.token_hex(4)}"
        postgres_server.psql(f"CREATE DATABASE {name};")
        there = urlunsplit(urlsplit(postgres_server.get_uri())._replace(path=f"/{name}"))
    store = Store.open(there, root=tmp_path)
    yield store
    store.close()


def restored(store: Store, file: Path, tmp_path: Path, now, **options):
    with content_of(file, tmp_path) as content:
        return restore(store, content, file, actor="li", now=now, **options)


def test_a_backup_holds_every_value_of_every_row(lived, behind, tmp_path):
    before = rows_of(behind)
    done = back_up(lived.store, tmp_path / "kept.db")
    assert rows_in(tmp_path / "kept.db") == before == rows_of(behind)
    with lived.store.reading() as reader:
        assert (done.head, done.entries) == (reader.audit_head(), reader.audit_length())
    assert done.broken is None
    assert [path.name for path in tmp_path.iterdir() if path.name != ".loopqa"] == ["kept.db"]
    assert (tmp_path / "kept.db").stat().st_mode & 0o077 == 0


def test_a_backup_never_overwrites(lived, tmp_path):
    file = tmp_path / "kept.db"
    file.write_text("mine")
    with pytest.raises(UsageError) as told:
        back_up(lived.store, file)
    assert str(told.value) == (
        f"{file}: there is such a file already\n  hint: backups never overwrite; name another file"
    )
    assert file.read_text() == "mine"


def test_a_backup_into_no_folder_is_told(lived, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFailed, match="the backup can't be written"):
        back_up(lived.store, tmp_path / "file" / "kept.db")


def test_a_backup_of_a_broken_chain_says_so_and_keeps_it_as_it_is(lived, behind, tmp_path):
    with behind.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'wang' WHERE sequence = 3")
    done = back_up(lived.store, tmp_path / "kept.db")
    assert done.broken is not None
    assert done.broken.entry.sequence == 3


def test_backups_while_others_write_are_whole(lived, tmp_path, url):
    """The writers go on until three backups saw different states: no matter how fast they are."""
    start, enough = SPAWN.Barrier(3), SPAWN.Event()
    facts = (tmp_path, url, lived.now, start, enough)
    writers = [SPAWN.Process(target=_note, args=facts, daemon=True) for _ in "ab"]
    for writer in writers:
        writer.start()
    start.wait()
    done = []
    while len({one.entries for one in done}) < 3:
        assert all(writer.is_alive() for writer in writers)
        done.append(back_up(lived.store, tmp_path / f"kept-{len(done)}.db"))
    enough.set()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert all(one.broken is None for one in done)
    for one in done:
        with closing(sqlite3.connect(one.file)) as file:
            notes, entries = file.execute(
                "SELECT (SELECT count(*) FROM note),"
                " (SELECT count(*) FROM audit WHERE event = 'note.added')"
            ).fetchone()
        assert notes == entries


def _note(root, url, now, start, enough):
    from loopqa.model.cycle import Note

    with closing(Store.open(url, root=root)) as store:
        start.wait()
        while not enough.is_set():
            with store.writing(actor="li", now=now) as writer:
                writer.add_note(Note("A-1", "x", "li", now))


def test_a_state_moves_to_another_database_with_every_row(lived, other, behind, tmp_path):
    before = rows_of(behind)
    back_up(lived.store, tmp_path / "kept.db")
    done = restored(other, tmp_path / "kept.db", tmp_path, lived.now)
    after = rows_of(other.database.engine)
    *kept, told = after.pop("audit")
    assert kept == before.pop("audit")
    assert after == before
    assert told[3] == "state.restored"
    assert done.replaced is None
    with other.reading() as reader:
        assert check_laws(reader, lived.now) == ()
    with other.writing(actor="li", now=lived.now) as writer:
        added = writer.add_finding(lived.finding)
    assert added.id == 3


def test_a_state_that_is_not_empty_is_only_replaced_on_request(lived, tmp_path):
    back_up(lived.store, tmp_path / "kept.db")
    with lived.writing(now=lived.now) as writer:
        writer.enter("x.later", "-", {})
        latest = writer.audit_head()
    with pytest.raises(UsageError) as told:
        restored(lived.store, tmp_path / "kept.db", tmp_path, lived.now)
    assert "this state is not empty" in str(told.value)
    done = restored(lived.store, tmp_path / "kept.db", tmp_path, lived.now, replace=True)
    assert done.replaced == latest
    with lived.store.reading() as reader:
        *_, before, last = reader.audit(limit=2)
        assert (before.hash, last.event) == (done.head, "state.restored")
        assert last.details == {"file": "kept.db", "head": done.head, "replaced": latest}
        assert check_laws(reader, lived.now) == ()


def test_what_was_written_after_the_backup_of_a_state_is_not_replaced(lived, behind, tmp_path):
    kept = back_up(lived.store, tmp_path / "kept.db").head
    with lived.writing(now=lived.now) as writer:
        writer.enter("x.later", "-", {})
    before = rows_of(behind)
    with pytest.raises(StaleVersion) as told:
        restored(lived.store, tmp_path / "kept.db", tmp_path, lived.now, replace=True, kept=kept)
    assert "somebody changed the state after it was backed up" in str(told.value)
    assert rows_of(behind) == before


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
class TestFiles:
    """What is no sound backup, and a state whose file is damaged."""

    def test_a_file_that_is_no_state_is_refused(self, lived, tmp_path):
        file = tmp_path / "notes.db"
        file.write_text("notes " * 1000)
        with pytest.raises(DataError, match="this is no sound state of LoopQA: file is not a data"):
            restored(lived.store, file, tmp_path, lived.now)

    def test_another_programs_database_is_refused(self, lived, tmp_path):
        file = tmp_path / "other.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE album (id)")
        with pytest.raises(DataError, match="it has none of its tables"):
            restored(lived.store, file, tmp_path, lived.now)

    def test_a_cut_off_file_is_refused(self, lived, tmp_path):
        file = back_up(lived.store, tmp_path / "kept.db").file
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size // 2)
        with pytest.raises(DataError, match="this is no sound state of LoopQA"):
            restored(lived.store, file, tmp_path, lived.now, replace=True)

    def test_a_newer_state_is_refused(self, lived, tmp_path):
        file = back_up(lived.store, tmp_path / "kept.db").file
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0099'")
            connection.commit()
        with pytest.raises(DataError, match="a newer LoopQA wrote this state"):
            restored(lived.store, file, tmp_path, lived.now, replace=True)

    def test_a_file_that_is_not_there_is_told(self, lived, tmp_path):
        with pytest.raises(UsageError, match="there is no such file"):
            restored(lived.store, tmp_path / "gone.db", tmp_path, lived.now)

    def test_a_damaged_state_is_replaced_and_kept(self, lived, behind, tmp_path):
        before = rows_of(behind)
        file = back_up(lived.store, tmp_path / "kept.db").file
        behind.dispose()
        lived.store.close()
        state = tmp_path / ".loopqa" / "state.db"
        shutil.copy(file, state)
        with state.open("r+b") as opened:
            opened.truncate(20_000)
        later = lived.now + timedelta(days=1)
        with content_of(file, tmp_path) as content:
            _, aside = replace_unreadable(state, content, file, actor="li", now=later)
        assert aside.stat().st_size == 20_000
        after = rows_in(state)
        assert after.pop("audit")[:-1] == before.pop("audit")
        assert after == before
        assert sorted(path.name for path in state.parent.iterdir()) == ["state.db", aside.name]
