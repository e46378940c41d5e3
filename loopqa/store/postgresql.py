"""All that is particular to PostgreSQL: one schema of a database that several machines may share.

A writer takes one advisory lock before it reads anything, so that writers follow each other as they
do in SQLite; a reader sees one state (REPEATABLE READ, READ ONLY) and never waits. The server
keeps what was committed: its ``synchronous_commit`` is left as its owner set it.
"""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from loopqa.errors import LoopQAError, UsageError
from loopqa.language import text
from loopqa.store import postgresql_errors
from loopqa.store.json_values import canonical

PATIENCE = 30.0  #: seconds that a writer waits for its turn
_ANSWER = 10  #: seconds to wait for a server that does not answer
_LOCK = 0x4C6F6F70  #: "Loop": the first half of our advisory locks, the schema is the second
_WRITES = "loopqa_writes"

#: A server that vanishes without a word is noticed within a minute.
_KEEPALIVE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3}


class PostgreSQL:
    """One schema of a PostgreSQL database as the state."""

    def __init__(self, url: URL) -> None:
        self.where = _shown(url)
        self.readers: Engine = _engine(url, self.where)
        self.writers: Engine = self.readers.execution_options(**{_WRITES: True})

    @classmethod
    def open(cls, url: URL) -> Self:
        """The database of ``url``; nothing is connected before it is first used.

        Raises:
            UsageError: the URL names no database, or the driver is not installed.
        """
        if not url.database or "@" in (url.host or ""):
            raise UsageError(
                text("state: the URL of {where} names no database", where=_shown(url))
                if not url.database
                else text("state: the URL has more than one @"),
                hint=text(
                    "write postgresql://USER:PASSWORD@HOST/DATABASE; an @ in the password is "
                    "written %40"
                ),
            )
        _load_driver()
        return cls(url)

    def explain(self, error: DBAPIError) -> LoopQAError | None:
        """The clear error behind a driver's error; None for errors of our own making."""
        return postgresql_errors.explained(error, self.where, PATIENCE)

    def in_place(self) -> bool:
        """Always: every transaction asks the server, and a connection that broke is made anew."""
        return True

    def close(self) -> None:
        """Close all connections."""
        self.readers.dispose()


def _load_driver() -> None:
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise UsageError(
            text("state: PostgreSQL needs the driver psycopg, which is not installed"),
            hint=text('install it: pip install "loopqa[postgres]"'),
        ) from None


def _shown(url: URL) -> str:
    """The URL without a password, and without options that may hold one."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return plain.render_as_string()


def _engine(url: URL, where: str) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,  # error messages would print people's texts
        json_serializer=canonical,
        pool_pre_ping=True,  # a connection may have outlived its server
        connect_args={"connect_timeout": _ANSWER, **_KEEPALIVE, "application_name": "loopqa"},
    )

    def set_up(connection: Any, _record: object) -> None:
        """All times in UTC, all texts in Unicode."""
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise postgresql_errors.not_unicode(where, encoding)
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    # What a writer reads after it got the lock is what the one before it committed.
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(PATIENCE * 1000)}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema()))")
