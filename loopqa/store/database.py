"""What the door asks of a database, and which one a URL names.

SQLite is the only one in this version; another is a module beside ``sqlite.py`` and a line here.
Writers must be serialised by the database (the audit chain is one line of links): SQLite does so
by ``BEGIN IMMEDIATE``, a server would by one advisory lock taken in ``begin``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from loopqa.errors import LoopQAError, NotYetSupported, UsageError
from loopqa.language import text
from loopqa.store import sqlite


class Database(Protocol):
    """An open database with two kinds of transaction."""

    where: str  #: how people name it in messages; never holds a password

    @property
    def readers(self) -> Engine:
        """Transactions that see one state and never wait for writers."""

    @property
    def writers(self) -> Engine:
        """Transactions of which only one is open at a time, in all processes."""

    def explain(self, error: DBAPIError) -> LoopQAError | None:
        """The clear error behind a driver's error, or None where it is our own mistake."""

    def close(self) -> None:
        """Give all connections back."""


def connect(url: str, root: Path) -> Database:
    """Open the database of ``url``; relative SQLite paths start at ``root``.

    Raises:
        UsageError: the URL is none, or names no file.
        NotYetSupported: it names a kind of database that this version can't use.
        RunFailed: the file or its folder can't be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError(
            text("state: '{url}' is not a database URL", url=url),
            hint=text("write for example sqlite:///.loopqa/state.db"),
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise NotYetSupported(
            text(
                "state: this version keeps its state in SQLite and can't use {name} yet",
                name=parsed.get_backend_name(),
            ),
            hint=text("write for example sqlite:///.loopqa/state.db"),
        )
    return sqlite.SQLite.open(parsed.database or "", root)
