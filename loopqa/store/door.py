"""The door to the state: open it, then read or write, one transaction at a time.

>>> import tempfile, datetime
>>> with tempfile.TemporaryDirectory() as folder:
...     store = Store.open("sqlite:///.loopqa/state.db", root=Path(folder))
...     with store.writing(actor="li", now=datetime.datetime.now(datetime.UTC)) as writer:
...         _ = writer.pin_rubric("9f2c", "after-sales", "2026-Q4", {"rubric": "after-sales"})
...     with store.reading() as reader:
...         print(reader.rubric_document("9f2c"))
...     store.close()
{'rubric': 'after-sales'}
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy.exc import DBAPIError

from loopqa.store.database import Beginning, Database, begin_anywhere, connect
from loopqa.store.faults import fault
from loopqa.store.migrating import ensure_schema
from loopqa.store.outbox import Routing
from loopqa.store.reader import Reader
from loopqa.store.writer import Writer

__all__ = ["Reader", "Store", "Writer"]


class Store:
    """The state of one workspace."""

    def __init__(self, database: Database, beginning: Beginning = begin_anywhere) -> None:
        self._database = database
        self._beginning = beginning

    @classmethod
    def open(cls, url: str, *, root: Path, beginning: Beginning = begin_anywhere) -> Self:
        """Open the state at ``url``, made or upgraded where needed.

        ``beginning`` is asked before a new state is made, and raises where there must be one.

        Raises:
            DataError: it is damaged, another program's, or a newer LoopQA's.
            RunFailed: it can't be written, or is in use for too long.
            UsageError, NotYetSupported: the URL makes no sense, or not in this version.
        """
        database = connect(url, root, beginning)
        try:
            with explained(database):
                ensure_schema(database, beginning)
        except BaseException:
            database.close()
            raise
        return cls(database, beginning)

    def in_place(self) -> bool:
        """Whether this is still the state that was opened; False where it must be opened anew.

        Raises:
            DataError: a newer LoopQA has upgraded it meanwhile.
            RunFailed: it is gone, or can't be reached.
        """
        if not self._database.in_place():
            return False
        with explained(self._database):
            ensure_schema(self._database, self._beginning)
        return True

    @property
    def database(self) -> Database:
        """What the state lies in; for this room only."""
        return self._database

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A reader that sees the state as it is now, and never waits for writers."""
        with explained(self._database), self._database.reading() as connection:
            yield Reader(connection)

    @contextmanager
    def writing(
        self,
        *,
        actor: str,
        now: datetime,
        pinned: bool = False,
        routing: Routing | None = None,
    ) -> Iterator[Writer]:
        """A writer: all its changes are kept when the block ends, none if it raises or dies.

        ``routing`` says where each notice goes; its messages are written along with it. ``pinned``
        says that ``LOOPQA_NOW`` set the clock; audit entries repeat it. Keep the block short and
        free of reading files or calling plugins: other writers wait for it, and opening a second
        one inside it never ends well.
        """
        with explained(self._database), self._database.writing() as connection:
            writer = Writer(connection, actor=actor, now=now, pinned=pinned)
            writer.routing = routing
            yield writer
            writer.write_links()
            fault("before-commit")
            connection.commit()
            fault("after-commit")


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """What a driver says, as a clear error."""
    try:
        yield
    except DBAPIError as error:
        told = database.explain(error)
        if told is None:
            raise
        raise told from error
