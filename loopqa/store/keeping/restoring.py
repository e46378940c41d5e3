"""Restoring: the content of a backup takes the place of a state, in one transaction.

So a state also moves: a backup of one database is restored into another one. Whatever dies on the
way, the state is the old one or the new one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loopqa.errors import DataError, StaleVersion, UsageError
from loopqa.language import text
from loopqa.store.door import Store
from loopqa.store.faults import fault
from loopqa.store.keeping.backup import alone, remove_leftovers, sync_file, sync_folder
from loopqa.store.keeping.copying import copy_rows, is_empty, remove_rows
from loopqa.store.keeping.inspection import Inspection
from loopqa.store.reader import Reader

_ASIDE = ("", "-wal", "-shm")  #: a SQLite state: its file, and what lies beside it


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    rows: int
    head: str  #: of the audit chain in the backup
    replaced: str | None  #: head of the chain that was there before; None: it was empty


@dataclass(frozen=True)
class Content:
    """The content of a backup, in a copy of its own that was upgraded and verified."""

    store: Store
    head: str
    entries: int
    whole: bool  #: the audit chain holds


@contextmanager
def content_of(file: Path, scratch: Path) -> Iterator[Content]:
    """Open a backup; the file itself is only read, an older schema is upgraded in a copy.

    Args:
        scratch: an existing folder for the copy, which is gone at the end.

    Raises:
        UsageError: there is no such file.
        DataError: it is no state, a damaged one, or a newer LoopQA's.
    """
    if not file.is_file():
        raise UsageError(
            text("{file}: there is no such file", file=file),
            hint=text("`loopqa db backup` writes one"),
        )
    remove_leftovers(scratch)
    copy = scratch / f".restore.{os.getpid()}.db"
    try:
        _copy_file(file, copy)
        with closing(_opened(file, copy)) as store, store.reading() as reader:
            broken = reader.verify_audit()
            yield Content(store, reader.audit_head(), reader.audit_length(), broken is None)
    finally:
        for left in scratch.glob(f"{copy.name}*"):
            left.unlink(missing_ok=True)


def _copy_file(file: Path, copy: Path) -> None:
    os.close(os.open(copy, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    source_url = f"{file.resolve().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source_url, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            tables = target.execute("SELECT name FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        raise _no_backup(file, str(error)) from None
    if ("alembic_version",) not in tables:
        raise _no_backup(file, str(text("it has none of its tables")))


def _opened(file: Path, copy: Path) -> Store:
    store = Store.open(f"sqlite:///{copy}", root=copy.parent)
    damage = Inspection(store.database).damage(deep=True)
    if damage:
        store.close()
        raise _no_backup(file, damage[0])
    return store


def _no_backup(file: Path, reason: str) -> DataError:
    return DataError(
        text("{file}: this is no sound state of LoopQA: {reason}", file=file, reason=reason),
        hint=text("take an earlier backup; nothing was changed"),
    )


def restore(
    store: Store,
    content: Content,
    file: Path,
    *,
    actor: str,
    now: datetime,
    pinned: bool = False,
    replace: bool = False,
    kept: str | None = None,
) -> Restored:
    """Let the content of a backup take the place of what is in ``store``.

    The audit chain goes on with an entry that says so.

    Args:
        kept: head of the audit chain in the backup of what is replaced; None: there is none.

    Raises:
        UsageError: the state is not empty, and ``replace`` was not said.
        StaleVersion: somebody has changed the state since it was ``kept``; nothing was changed.
    """
    with store.writing(actor=actor, now=now, pinned=pinned) as writer:
        connection = writer.connection
        replaced = None
        if not is_empty(connection):
            if not replace:
                raise not_empty(store.database.where)
            replaced = Reader(connection).audit_head()
            if kept not in (None, replaced):
                raise _changed(store.database.where)
            remove_rows(connection)
        fault("restore-emptied")
        with content.store.database.reading() as source:
            rows = copy_rows(source, connection)
        fault("restore-copied")
        details = {"file": file.name, "head": content.head, "replaced": replaced}
        writer.enter("state.restored", "state", details)
    return Restored(rows, content.head, replaced)


def _changed(where: str) -> StaleVersion:
    return StaleVersion(
        text("{where}: somebody changed the state after it was backed up", where=where),
        hint=text("stop workers and other commands, then restore again; nothing was changed"),
    )


def not_empty(where: str) -> UsageError:
    """The refusal to replace a state that holds something."""
    return UsageError(
        text("{where}: this state is not empty", where=where),
        hint=text("--yes replaces it; what is there is backed up first"),
    )


def replace_unreadable(
    state: Path,
    content: Content,
    file: Path,
    *,
    actor: str,
    now: datetime,
    pinned: bool = False,
) -> tuple[Restored, Path]:
    """Put a restored state where a damaged SQLite file lies, which is kept beside it.

    Returns:
        What was restored, and the name under which the damaged file is kept.
    """
    fresh = state.with_name(f".{state.name}.{os.getpid()}.part")
    try:
        with closing(Store.open(f"sqlite:///{fresh}", root=fresh.parent)) as store:
            done = restore(store, content, file, actor=actor, now=now, pinned=pinned)
        with closing(sqlite3.connect(fresh)) as connection:
            alone(connection)
        sync_file(fresh)
        fault("restore-beside")
        aside = _set_aside(state, now)
        fault("restore-aside")
        os.replace(fresh, state)
    finally:
        for left in fresh.parent.glob(f"{fresh.name}*"):
            left.unlink(missing_ok=True)
    sync_folder(state.parent)
    return done, aside


def _set_aside(state: Path, now: datetime) -> Path:
    """Keep the damaged file under another name; its log must not meet the new one."""
    aside = state.with_name(f"{state.name}.damaged-{now:%Y%m%dT%H%M%S}")
    for ending in _ASIDE:
        part, kept = state.with_name(state.name + ending), aside.with_name(aside.name + ending)
        if part.exists() and not kept.exists():
            os.link(part, kept)
    for ending in _ASIDE[1:]:
        state.with_name(state.name + ending).unlink(missing_ok=True)
    return aside
