"""The door: files, settings, and databases that can't be used."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from loopqa.errors import DataError, NotYetSupported, RunFailed, UsageError
from loopqa.model.cycle import WaveState
from loopqa.store import sqlite
from loopqa.store.door import Store

HINT_URL = "\n  hint: write for example sqlite:///.loopqa/state.db"


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
            name: reader._session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }


def test_a_wave_needs_its_rubric_pinned_and_the_error_shows_no_values(loop):
    with pytest.raises(IntegrityError) as told, loop.writing() as writer:
        writer.add_wave(loop.wave)
    assert "hide_parameters" in str(told.value)
    assert "airport" not in str(told.value)


def test_a_reader_sees_one_state_while_a_writer_changes_it(loop):
    loop.add_wave()
    with loop.store.reading() as reader:
        assert reader.wave(1).state is WaveState.DONE
        with loop.writing() as writer:
            writer.add_finding(loop.finding)
        assert reader.findings() == ()
    with loop.store.reading() as reader:
        assert len(reader.findings()) == 1


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("nonsense", UsageError, "state: 'nonsense' is not a database URL" + HINT_URL),
        ("sqlite://", UsageError, "state: SQLite needs a file to keep the state in" + HINT_URL),
        (
            "postgresql://u:secret@db/x",
            NotYetSupported,
            "state: this version keeps its state in SQLite and can't use postgresql yet" + HINT_URL,
        ),
    ],
)
def test_a_url_that_names_no_usable_database_is_told(tmp_path, url, error, message):
    with pytest.raises(error) as told:
        Store.open(url, root=tmp_path)
    assert str(told.value) == message


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
        "  hint: name a file of its own under state: in loopqa.yaml"
    )


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


def test_importing_the_packages_around_the_state_does_not_load_it():
    loaded = "import sys, loopqa.store, loopqa.store.faults; print('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_opening_a_state_that_is_up_to_date_does_not_load_alembic(store, tmp_path, url):
    opened = (
        "import sys, pathlib; from loopqa.store.door import Store; "
        f"Store.open({url!r}, root=pathlib.Path({str(tmp_path)!r})).close(); "
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", opened], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_a_naive_time_is_refused(loop):
    with (
        pytest.raises(Exception, match="timezone"),
        loop.writing(now=datetime(2027, 1, 1, tzinfo=UTC).replace(tzinfo=None)) as writer,
    ):
        writer.enter("x.happened", "A-1", {})
