"""A backup: the whole state of one moment in one SQLite file, complete or not there at all.

It is written under a temporary name while writers go on, verified, brought to the disk, and then
gets its name; a name that is taken is never overwritten.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from loopqa.errors import DataError, RunFailed, UsageError
from loopqa.language import text
from loopqa.store.audit import BrokenLink
from loopqa.store.database import Database
from loopqa.store.door import Store, explained
from loopqa.store.faults import fault
from loopqa.store.keeping.copying import copy_rows
from loopqa.store.keeping.inspection import Inspection
from loopqa.store.migrating import ensure_schema
from loopqa.store.reader import Reader
from loopqa.store.sqlite import SQLite

_DAY = 86_400  #: seconds


@dataclass(frozen=True)
class Backup:
    """A backup that was written and verified."""

    file: Path
    size: int  #: bytes
    entries: int  #: of the audit chain
    head: str  #: seal of its last entry
    broken: BrokenLink | None  #: the chain was broken before; the backup holds it as it is


def back_up(store: Store, file: Path) -> Backup:
    """Write the state as it is now to ``file``; other processes may write meanwhile.

    Raises:
        UsageError: the file exists.
        RunFailed: it can't be written.
        DataError: what was written is not what was read; nothing is left behind.
    """
    if file.exists():
        raise _taken(file)
    try:
        with _unfinished(file) as fresh:
            head = _write(store.database, fresh)
            fault("backup-written")
            backup = _verified(fresh, file, head)
            fault("backup-verified")
            _publish(fresh, file)
    except (OSError, sqlite3.Error) as error:
        raise RunFailed(
            text("{file}: the backup can't be written: {reason}", file=file, reason=str(error)),
            hint=text("nothing was changed; name another file, or make room"),
        ) from None
    sync_folder(file.parent)
    return backup


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """A name beside ``file`` that is gone at the end."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_leftovers(file.parent)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.part")
    os.close(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    try:
        yield fresh
    finally:
        for left in fresh.parent.glob(f"{fresh.name}*"):
            left.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove unfinished files that a killed process left behind; none takes a day."""
    for left in (*folder.glob(".*.part*"), *folder.glob(".restore.*")):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY:
                left.unlink()


def _publish(fresh: Path, file: Path) -> None:
    """Give the backup its name; unlike a rename, a link never overwrites."""
    try:
        os.link(fresh, file)
    except FileExistsError:
        raise _taken(file) from None
    except OSError:  # a share or stick without links
        fresh.rename(file)


def _write(database: Database, fresh: Path) -> str:
    with explained(database), database.reading() as connection:
        head = Reader(connection).audit_head()  # from now on one moment is seen
        if database.engine.dialect.name == "sqlite":
            copy_pages(connection, fresh)
        else:
            _copy_into_file(connection, fresh)
    return head


def copy_pages(connection: Connection, fresh: Path) -> None:
    """SQLite's online backup, in one step: it neither waits for writers nor holds them up."""
    driver: Any = connection.connection.driver_connection
    with closing(sqlite3.connect(fresh)) as target:
        driver.backup(target)
        alone(target)


def alone(connection: sqlite3.Connection) -> None:
    """Let the file hold everything by itself: no log beside it."""
    connection.execute("PRAGMA journal_mode=DELETE").fetchone()


def _copy_into_file(connection: Connection, fresh: Path) -> None:
    target = SQLite(fresh)
    try:
        ensure_schema(target)
        with target.writing() as into:
            copy_rows(connection, into)
            into.commit()
    finally:
        target.close()
    with closing(sqlite3.connect(fresh)) as file:
        alone(file)


def _verified(fresh: Path, file: Path, head: str) -> Backup:
    database = SQLite(fresh)
    try:
        damage = Inspection(database).damage(deep=True)
        with database.reading() as connection:
            reader = Reader(connection)
            broken, found, entries = (
                reader.verify_audit(),
                reader.audit_head(),
                reader.audit_length(),
            )
    finally:
        database.close()
    if damage or found != head:
        raise DataError(
            text("{file}: the copy is not what was read", file=file),
            hint=text("nothing was kept; check the disk, then try again"),
        )
    with closing(sqlite3.connect(fresh)) as connection_:
        alone(connection_)  # opening it made it keep a log again
    sync_file(fresh)
    return Backup(file, fresh.stat().st_size, entries, head, broken)


def sync_file(file: Path) -> None:
    """Wait until the file is on the disk."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Wait until the names of a folder are on the disk."""
    if os.name == "posix":
        sync_file(folder)


def _taken(file: Path) -> UsageError:
    return UsageError(
        text("{file}: there is such a file already", file=file),
        hint=text("backups never overwrite; name another file"),
    )
