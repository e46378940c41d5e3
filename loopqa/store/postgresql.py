"""All that is particular to PostgreSQL: one schema of a database that several machines may share.

A writer takes one advisory lock before it reads anything, so that writers follow each other as they
do in SQLite; a reader sees one state (REPEATABLE READ, READ ONLY) and never waits. The server
keeps what was committed: its ``synchronous_commit`` is left as its owner set it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError

from loopqa.errors import LoopQAError, UsageError
from loopqa.language import text
from loopqa.store import postgresql_errors
from loopqa.store.json_values import canonical

PATIENCE = 30.0  #: seconds that a writer waits for its turn
_FRESH = 1.0  #: seconds for which a connection that was just used is trusted
_ANSWER = 10  #: seconds to wait for a server that does not answer
_LOCK = 0x4C6F6F70  #: "Loop": the first half of our advisory locks, the schema is the second
_READ_COMMITTED, _REPEATABLE_READ = 2, 3  #: psycopg.IsolationLevel; the driver is an extra
_TAKE_TURN = (
    f"SET LOCAL lock_timeout = {int(PATIENCE * 1000)}; "
    f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema()))"
)

#: A server that vanishes without a word is noticed within a minute.
_KEEPALIVE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3}


class PostgreSQL:
    """One schema of a PostgreSQL database as the state."""

    def __init__(self, url: URL) -> None:
        self.where = _shown(url)
        self.engine: Engine = _engine(url, self.where)

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

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state and never waits for writers."""
        with self._transaction(_REPEATABLE_READ, read_only=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of which only one is open at a time; taken back unless committed."""
        # What a writer reads after it got the lock is what the one before it committed.
        with self._transaction(_READ_COMMITTED, read_only=None) as connection:
            connection.exec_driver_sql(_TAKE_TURN)
            yield connection

    @contextmanager
    def _transaction(self, isolation: int, *, read_only: bool | None) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.isolation_level, driver.read_only = isolation, read_only
            connection.begin()
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


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
    _keep_alive_only(engine)
    return engine


def _keep_alive_only(engine: Engine) -> None:
    """A connection that has rested is asked for a sign of life: it may have outlived its server."""

    def rest(_: object, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    def wake(connection: Any, record: Any, _: object) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < _FRESH:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError(str(error)) from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", wake)
