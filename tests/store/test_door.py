"""The door: one for every database; URLs that name none, and what readers and writers see."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from loopqa.errors import NotYetSupported, UsageError
from loopqa.model.cycle import WaveState
from loopqa.store.door import Store

HINT_FILE = "\n  hint: write for example sqlite:///.loopqa/state.db"
HINT_URL = HINT_FILE + " or postgresql://user:password@host/database"
HINT_PARTS = (
    "\n  hint: write postgresql://USER:PASSWORD@HOST/DATABASE; an @ in the password is written %40"
)


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
        ("sqlite://", UsageError, "state: SQLite needs a file to keep the state in" + HINT_FILE),
        (
            "mysql://u:secret@db/x",
            NotYetSupported,
            "state: this version keeps its state in SQLite or PostgreSQL, not in mysql" + HINT_URL,
        ),
        (
            "postgresql://u:secret@db:x/y",
            UsageError,
            "state: 'postgresql:...' is not a database URL" + HINT_URL,
        ),
        (
            "postgresql://u:secret@db",
            UsageError,
            "state: the URL of postgresql://u@db names no database" + HINT_PARTS,
        ),
        (
            "postgresql://u:se@cret@db/x",
            UsageError,
            "state: the URL has more than one @" + HINT_PARTS,
        ),
    ],
)
def test_a_url_that_names_no_usable_database_is_told(tmp_path, url, error, message):
    with pytest.raises(error) as told:
        Store.open(url, root=tmp_path)
    assert str(told.value) == message


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
