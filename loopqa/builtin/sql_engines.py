"""Databases as the source ``sql`` reads them: connected read-only, in batches, with one wording.

SQLite and PostgreSQL are read through their own drivers, because Ibis keeps a whole result of the
former in memory and (12.0) can't type a query of the latter; DuckDB through the connection of its
Ibis backend; every other database through Ibis itself.
"""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from loopqa.builtin.sql_query import Select, within, within_as_text
from loopqa.errors import DataError, PluginError
from loopqa.language import text
from loopqa.model.window import Window
from loopqa.plugin.source import BATCH_ROWS

#: Seconds to wait for a server.
PATIENCE = 10

_SESSION = "-c timezone=UTC -c client_encoding=UTF8"

#: The numbers (OIDs) of date, timestamp and timestamptz.
_POSTGRES_TIMES = frozenset({1082, 1114, 1184})


class Engine(ABC):
    """One open database."""

    @abstractmethod
    def columns(self, query: str) -> dict[str, bool]:
        """The columns of a query, and whether each holds dates or times.

        Raises:
            DataError: two have the same name.
        """

    @abstractmethod
    def batches(self, select: Select) -> Iterator[list[dict[str, Any]]]:
        """The rows, a batch at a time."""

    @abstractmethod
    def close(self) -> None:
        """End the connection."""

    def within(self, column: str, is_time: bool, window: Window) -> str | None:
        """A condition that leaves out rows outside a window; None: the database can't tell."""
        return within(column, window) if is_time else None


def connect(url: str, root: Path) -> Engine:
    """Open the database behind a URL; paths of files start at ``root``.

    Raises:
        DataError: there is no such file, or what can connect to it is not installed.
        Exception: whatever the driver raises; see :func:`told`.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return Sqlite(file_of(url, root))
    if scheme == "duckdb":
        return DuckDb(file_of(url, root))
    if scheme in {"postgresql", "postgres"}:
        return Postgres(url)
    return ThroughIbis(url)


def file_of(url: str, root: Path) -> Path:
    """The file that ``sqlite:///x.db`` (relative, or else absolute) or ``sqlite:////x.db`` means.

    Raises:
        DataError: there is none.
    """
    parts = urlsplit(url)
    written = unquote(parts.netloc + parts.path)
    for path in (root / written.removeprefix("/"), Path(written)):
        if path.is_file():
            return path.absolute()
    raise DataError(
        text("there is no file '{path}'", path=written.removeprefix("/")),
        hint=text("paths start at the workspace: sqlite:///data/x.db, or sqlite:////srv/x.db"),
    )


class Sqlite(Engine):
    """A file of SQLite."""

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
        self._raw.text_factory = _text_or_bytes

    def columns(self, query: str) -> dict[str, bool]:
        with closing(self._raw.execute(Select(query).sql(limit=0))) as cursor:
            return dict.fromkeys(_different([one[0] for one in cursor.description]), False)

    def batches(self, select: Select) -> Iterator[list[dict[str, Any]]]:
        with closing(self._raw.execute(select.sql())) as cursor:
            names = [one[0] for one in cursor.description]
            while rows := cursor.fetchmany(BATCH_ROWS):
                yield [dict(zip(names, row, strict=True)) for row in rows]

    def close(self) -> None:
        self._raw.close()

    def within(self, column: str, is_time: bool, window: Window) -> str | None:
        return within_as_text(column, window)


def _text_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


class DuckDb(Engine):
    """A file of DuckDB."""

    def __init__(self, path: Path) -> None:
        import ibis  # noqa: PLC0415 - heavy

        self._ibis = ibis.duckdb.connect(path, read_only=True)
        self._raw = self._ibis.con

    def columns(self, query: str) -> dict[str, bool]:
        found = self._raw.sql(Select(query).sql(limit=0))
        kinds = [str(kind) for kind in found.types]
        names = _different(found.columns)
        return {
            name: kind.startswith(("DATE", "TIMESTAMP"))
            for name, kind in zip(names, kinds, strict=True)
        }

    def batches(self, select: Select) -> Iterator[list[dict[str, Any]]]:
        for batch in self._raw.sql(select.sql()).to_arrow_reader(BATCH_ROWS):
            yield batch.to_pylist()

    def close(self) -> None:
        self._ibis.disconnect()


class Postgres(Engine):
    """A PostgreSQL server."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - an extra
            from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
        except ImportError:
            raise _not_installed("loopqa[postgres]") from None
        # What the address itself sets, such as a search_path, must hold, too.
        options = f"{conninfo_to_dict(url).get('options', '')} {_SESSION}"
        self._raw = psycopg.connect(url, connect_timeout=PATIENCE, options=options)
        self._raw.read_only = True

    def columns(self, query: str) -> dict[str, bool]:
        with self._raw.cursor() as cursor:
            cursor.execute(Select(query).sql(limit=0).encode())
            found = cursor.description or []
            names = _different([one.name for one in found])
        self._raw.rollback()
        return {
            name: one.type_code in _POSTGRES_TIMES for name, one in zip(names, found, strict=True)
        }

    def batches(self, select: Select) -> Iterator[list[dict[str, Any]]]:
        with self._raw.cursor(name="loopqa") as cursor:  # named: the server keeps the rows
            cursor.execute(select.sql().encode())
            names = [one.name for one in cursor.description or []]
            while rows := cursor.fetchmany(BATCH_ROWS):
                yield [dict(zip(names, row, strict=True)) for row in rows]
        self._raw.rollback()

    def close(self) -> None:
        self._raw.close()


class ThroughIbis(Engine):
    """Any other database that Ibis connects to."""

    def __init__(self, url: str) -> None:
        import ibis  # noqa: PLC0415 - heavy

        try:
            self._ibis = ibis.connect(url)
        except ImportError:
            raise _not_installed(f"ibis-framework[{urlsplit(url).scheme}]") from None

    def columns(self, query: str) -> dict[str, bool]:
        schema = self._ibis.sql(query).schema()
        return {name: kind.is_timestamp() or kind.is_date() for name, kind in schema.items()}

    def batches(self, select: Select) -> Iterator[list[dict[str, Any]]]:
        rows = self._ibis.sql(select.sql())
        for batch in rows.to_pyarrow_batches(chunk_size=BATCH_ROWS):
            yield batch.to_pylist()

    def close(self) -> None:
        self._ibis.disconnect()


def _different(names: list[str]) -> list[str]:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            text("the query has two columns called '{name}'", name=twice),
            hint=text("name its columns one by one, each with a name of its own"),
        )
    return names


def _not_installed(package: str) -> DataError:
    return DataError(
        text("what connects to this database is not installed"),
        hint=text("install it: pip install '{package}'", package=package),
    )


def told(error: Exception, secrets: tuple[str, ...]) -> PluginError:
    """What a driver raised, in one line and without the secrets that it may repeat."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    for secret in secrets:
        said = said.replace(secret, "***")
    said = re.sub(r"^(\w+ Error|ERROR):\s+", "", said)
    return PluginError(
        text("the database says: {why}", why=said[:300]),
        retryable=_may_pass(error),
        hint=text("try the query and the address with the database's own tools"),
    )


def _may_pass(error: Exception) -> bool:
    """Whether another try may help: a server out of reach, a file that somebody else holds."""
    if isinstance(error, sqlite3.OperationalError):
        busy = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        return getattr(error, "sqlite_errorcode", None) in busy
    kinds = [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(error).__mro__]
    return ("psycopg", "OperationalError") in kinds


def secrets_of(url: str) -> tuple[str, ...]:
    """What of an address must not be repeated: all of it, and its password."""
    parts = urlsplit(url)
    named = [value for key, value in parse_qsl(parts.query) if key.lower() == "password"]
    found = {url, *named, *map(quote, named)}
    if parts.password:
        found |= {parts.password, unquote(parts.password)}
    return tuple(sorted(found - {""}, key=len, reverse=True))
