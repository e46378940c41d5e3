"""What the door asks of a database, and which one a URL names.

Each kind is a module beside this one and a line here. Writers must be serialised by the database
(the audit chain is one line of links): SQLite does so by ``BEGIN IMMEDIATE``, PostgreSQL by one
advisory lock that is taken first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from loopqa.errors import LoopQAError, NotYetSupported, UsageError
from loopqa.language import Text, text
from loopqa.store import postgresql, sqlite

Beginning = Callable[[str], None]
"""Asked before a new state begins, with its name; raises where it must not."""


def begin_anywhere(where: str) -> None:
    """A new state may begin."""


class Database(Protocol):
    """An open database with two kinds of transaction."""

    where: str  #: how people name it in messages; never holds a password

    @property
    def engine(self) -> Engine:
        """Its connections; a transaction begins by one of the methods below."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state and never waits for writers."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction of which only one is open at a time, in all processes.

        It is taken back at the end unless it was committed.
        """

    def explain(self, error: DBAPIError) -> LoopQAError | None:
        """The clear error behind a driver's error, or None where it is our own mistake."""

    def in_place(self) -> bool:
        """Whether it is still the database that was opened; raises RunFailed where it is gone."""

    def close(self) -> None:
        """Give all connections back."""


def connect(url: str, root: Path, beginning: Beginning = begin_anywhere) -> Database:
    """Open the database of ``url``; relative SQLite paths start at ``root``.

    Raises:
        UsageError: the URL is none, or names no file.
        NotYetSupported: it names a kind of database that this version can't use.
        RunFailed: the file or its folder can't be made.
        LoopQAError: what ``beginning`` raises where there is no file yet.
    """
    parsed = _parsed(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return sqlite.SQLite.open(parsed.database or "", root, beginning)
    if kind in ("postgresql", "postgres"):
        return postgresql.PostgreSQL.open(parsed)
    raise NotYetSupported(
        text(
            "state: this version keeps its state in SQLite or PostgreSQL, not in {name}", name=kind
        ),
        hint=_example(),
    )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(
            text("state: '{url}' is not a database URL", url=_without_secrets(url)), hint=_example()
        ) from None


def _without_secrets(url: str) -> str:
    """A text that is no URL, without anything that may be a password."""
    return url if "@" not in url else f"{url.partition(':')[0]}:..."


def _example() -> Text:
    return text(
        "write for example sqlite:///.loopqa/state.db or postgresql://user:password@host/database"
    )
