"""Looking at a state as it lies there: nothing is made, upgraded or changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from loopqa.errors import DataError
from loopqa.store.database import Database, connect
from loopqa.store.door import explained
from loopqa.store.migrating import REVISIONS, schema_version
from loopqa.store.reader import Reader


@dataclass(frozen=True)
class Inspection:
    """An open state, read only."""

    database: Database

    @property
    def where(self) -> str:
        """How people name it."""
        return self.database.where

    @property
    def newest_schema(self) -> str:
        """The schema version that this program writes."""
        return REVISIONS[-1]

    def schema(self) -> str | None:
        """The schema version that is there; None where there is none.

        Raises:
            DataError: a newer LoopQA wrote it, the database is another program's, or damaged.
        """
        with explained(self.database):
            return schema_version(self.database)

    def damage(self, *, deep: bool) -> tuple[str, ...]:
        """What the database itself finds wrong with its file, in its own words.

        SQLite checks its pages, ``deep`` also every index against its table. A server answers
        for its files itself.
        """
        if self.database.engine.dialect.name != "sqlite":
            return ()
        check = "integrity_check" if deep else "quick_check"
        try:
            with self.database.engine.connect() as connection:
                found = connection.exec_driver_sql(f"PRAGMA {check}(20)").scalars().all()
        except DBAPIError as error:
            told = self.database.explain(error)
            if told is None or isinstance(told, DataError):
                return (str(error.orig),)
            raise told from error
        return tuple(line for line in found if line != "ok")

    def try_writing(self) -> None:
        """Begin a change and take it back.

        Raises:
            RunFailed: the state can't be written, or is in use for too long.
        """
        with explained(self.database), self.database.writing():
            pass

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A reader of the state; its schema must be the newest."""
        with explained(self.database), self.database.reading() as connection:
            yield Reader(connection)


def state_file(url: str, root: Path) -> Path | None:
    """The file that a SQLite URL names; None for a server."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return None  # connect() says what is wrong with it
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return root / parsed.database


@contextmanager
def inspecting(url: str, root: Path) -> Iterator[Inspection | None]:
    """The state at ``url``; None where its file does not exist yet.

    Raises:
        LoopQAError: the URL makes no sense, or the server can't be reached.
    """
    file = state_file(url, root)
    if file is not None and not file.exists():
        yield None
        return
    database = connect(url, root)
    try:
        yield Inspection(database)
    finally:
        database.close()
