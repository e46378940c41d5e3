"""SQLite as the state: its file, its settings, and files that can't be used."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest

from loopqa.errors import DataError, RunFailed
from loopqa.store import sqlite
from loopqa.store.door import Store


@pytest.fixture
def url() -> str:
    return "sqlite:///.loopqa/state.db"


def test_the_state_is_made_with_its_folder_and_only_for_its_owner(store, tmp_path):
    file = tmp_path / ".loopqa" / "state.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_files_beside_the_state_are_only_for_its_owner_too(loop, tmp_path):
    with loop.writing() as writer:
        writer.enter("x.happened", "A-1", {})
        beside = {file.name: file for file in (tmp_path / ".loopqa").iterdir()}
        assert set(beside) == {"state.db", "state.db-shm", "state.db-wal"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in beside.values()} == {0o600}


def test_connections_have_the_settings_that_keep_what_was_committed(store):
    with store.reading() as reader:
        settings = {
            name: reader._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }


def test_a_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path, url):
    file = tmp_path / ".loopqa" / "state.db"
    file.parent.mkdir()
    file.write_bytes(b"ticket_no,rating\n" * 100)
    with pytest.raises(DataError) as told:
        Store.open(url, root=tmp_path)
    assert str(told.value) == (
        f"{file}: this is no readable state database: file is not a database\n"
        "  hint: put back your last copy of the file, or move it away to start anew"
    )
    assert file.read_bytes() == b"ticket_no,rating\n" * 100


def test_a_damaged_database_is_told(loop, tmp_path, url):
    loop.add_resurvey()
    loop.store.close()
    file = tmp_path / ".loopqa" / "state.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(DataError, match="this is no readable state database: "):
        _read_everything(tmp_path, url)


def _read_everything(root, url):
    with closing(Store.open(url, root=root)) as store, store.reading() as reader:
        reader.findings()
        reader.audit()


def test_a_folder_in_the_way_is_told(tmp_path, url):
    folder = tmp_path / ".loopqa" / "state.db"
    folder.mkdir(parents=True)
    with pytest.raises(RunFailed) as told:
        Store.open(url, root=tmp_path)
    assert str(told.value) == (
        f"{folder}: the state database can't be written: File exists\n"
        "  hint: check owner and permissions of the file and of its folder"
    )


def test_a_file_where_the_folder_should_be_is_told(tmp_path, url):
    (tmp_path / ".loopqa").write_text("")
    with pytest.raises(RunFailed, match="the state database can't be written: "):
        Store.open(url, root=tmp_path)


def test_the_database_of_another_program_is_left_alone(tmp_path, url):
    file = tmp_path / ".loopqa" / "state.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(DataError) as told:
        Store.open(url, root=tmp_path)
    assert str(told.value) == (
        f"{file}: this database belongs to another program\n"
        "  hint: name a file, database or schema of its own under state: in loopqa.yaml"
    )


def test_a_full_disk_is_told_and_nothing_is_half_written(loop, tmp_path):
    loop.add_action()
    with pytest.raises(RunFailed) as told:
        _write_until_full(loop)
    assert str(told.value) == (
        f"{tmp_path / '.loopqa' / 'state.db'}: the state database can't be written: database or "
        "disk is full\n  hint: make room on its disk, then run the command again: what was done "
        "already is not done twice"
    )
    with loop.store.reading() as reader:
        assert "x.happened" not in {entry.event for entry in reader.audit()}
        assert reader.verify_audit() is None


def _write_until_full(loop):
    with loop.writing() as writer:
        connection = writer._connection
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for _ in range(100):
            writer.enter("x.happened", "A-1", {"why": "because " * 100})


def test_a_writer_that_waits_too_long_is_told(loop, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE", 0.2)
    file = tmp_path / ".loopqa" / "state.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunFailed) as told, loop.writing():
            pass
        other.execute("ROLLBACK")
    assert str(told.value) == (
        f"{file}: the state database is in use: another process did not let go of it within 0.2 s\n"
        "  hint: nothing was changed; wait for the other command or end it, then try again"
    )
    loop.add_wave()
