"""All that is particular to SQLite: one file, WAL, and transactions that we begin ourselves.

The library's defaults lose updates silently and fail with "database is locked" under load. Here a
writer says ``BEGIN IMMEDIATE`` (it waits its turn before it reads anything) and a reader a plain
``BEGIN`` (it sees one snapshot and never waits). The wait of writers is jittered: the built-in
back-off starves the unlucky.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, ProgrammingError

from loopqa.errors import DataError, LoopQAError, RunFailed, UsageError
from loopqa.language import text
from loopqa.store.json_values import canonical

PATIENCE = 30.0  #: seconds that a writer waits for its turn
_JITTER = (0.0005, 0.004)  #: seconds between two tries

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNWRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
)
_UNREADABLE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SQLite:
    """One SQLite file as the state."""

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._path = path
        self._opened = _identity(path)
        self.engine: Engine = _engine(path)

    @classmethod
    def open(cls, database: str, root: Path, beginning: Callable[[str], None]) -> Self:
        """The file ``database``, made with its folder where it does not exist yet.

        Raises:
            UsageError: the URL named no file (an in-memory state would be lost at once).
            RunFailed: the file can't be made.
        """
        if database in ("", ":memory:"):
            raise UsageError(
                text("state: SQLite needs a file to keep the state in"),
                hint=text("write for example sqlite:///.loopqa/state.db"),
            )
        path = root / database
        if not path.exists():
            beginning(str(path))
        try:
            _create(path)
        except OSError as error:
            raise _unwritable(str(path), error.strerror or str(error)) from None
        return cls(path)

    def explain(self, error: DBAPIError) -> LoopQAError | None:
        """The clear error behind a driver's error; None for errors of our own making."""
        if isinstance(error, (IntegrityError, InterfaceError, ProgrammingError)):
            return None
        reason = str(error.orig)
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return _busy(self.where)
        if code in _UNWRITABLE:
            return _unwritable(self.where, reason)
        if code in _UNREADABLE:
            return _unreadable(self.where, reason)
        if code == sqlite3.SQLITE_FULL:
            return _full(self.where, reason)
        return RunFailed(
            text("{file}: the state database failed: {reason}", file=self.where, reason=reason),
            hint=text("nothing was changed; see to the cause and run the command again"),
        )

    def in_place(self) -> bool:
        """Whether the file is still the one that was opened; False where another one was put there.

        An open connection would go on writing into a file that nobody sees any more.

        Raises:
            RunFailed: there is none; a new one would begin without all that was.
        """
        found = _identity(self._path)
        if found is None or (found != self._opened and not self._path.stat().st_size):
            raise RunFailed(
                text("{file}: the state database is gone", file=self.where),
                hint=text("put it back, or its last copy; nothing is done without it"),
            )
        return found == self._opened

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state and never waits for writers."""
        with self.engine.connect() as connection:
            connection.begin()
            _driver(connection).execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of which only one is open at a time; taken back unless committed."""
        with self.engine.connect() as connection:
            connection.begin()
            _take_turn(connection)
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of its name; None where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _create(path: Path) -> None:
    """Make the file, readable by its owner only, unless it is there.

    An existing file is never opened here: closing it would drop the locks that SQLite holds on it
    in this process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,  # error messages would print people's texts
        json_serializer=canonical,
        connect_args={"timeout": PATIENCE, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    # Two processes that switch a new file to WAL at once: one is told "locked" without any wait.
    _patiently(lambda: connection.execute("PRAGMA journal_mode=WAL").fetchone())


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _take_turn(connection: Connection) -> None:
    driver = _driver(connection)
    driver.execute("PRAGMA busy_timeout=0")
    try:
        _patiently(lambda: driver.execute("BEGIN IMMEDIATE"))
    except sqlite3.OperationalError as error:
        raise DBAPIError.instance("BEGIN IMMEDIATE", None, error, sqlite3.Error) from error
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")


def _patiently(attempt: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            attempt()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > until:
                raise
            time.sleep(random.uniform(*_JITTER))
        else:
            return


def _busy(where: str) -> RunFailed:
    return RunFailed(
        text(
            "{file}: the state database is in use: another process did not let go of it "
            "within {seconds} s",
            file=where,
            seconds=f"{PATIENCE:g}",
        ),
        hint=text("nothing was changed; wait for the other command or end it, then try again"),
    )


def _unwritable(where: str, reason: str) -> RunFailed:
    return RunFailed(
        text("{file}: the state database can't be written: {reason}", file=where, reason=reason),
        hint=text("check owner and permissions of the file and of its folder"),
    )


def _full(where: str, reason: str) -> RunFailed:
    return RunFailed(
        text("{file}: the state database can't be written: {reason}", file=where, reason=reason),
        hint=text(
            "make room on its disk, then run the command again: what was done already is not done "
            "twice"
        ),
    )


def _unreadable(where: str, reason: str) -> DataError:
    return DataError(
        text("{file}: this is no readable state database: {reason}", file=where, reason=reason),
        hint=text("put back your last copy of the file, or move it away to start anew"),
    )
