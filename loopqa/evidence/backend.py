"""The query engine: one DuckDB connection behind Ibis, and the memory of what was compiled."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from threading import RLock
from types import TracebackType
from typing import Any

import ibis

from loopqa.errors import RunFailed
from loopqa.language import text

Rows = list[tuple[Any, ...]]

_REMEMBERED = 256  #: compiled queries that are kept


class Backend:
    """Runs tallies. Compiled and parsed SQL is kept by the shape of the query, so that only its
    first run pays for Ibis; tables are registered as they are in memory, without a copy.
    """

    def __init__(self, memory_limit: str = "2GB", threads: int | None = None) -> None:
        """Connect.

        Args:
            memory_limit: above this, queries spill to the temporary folder.
            threads: None: as many as there are cores.
        """
        settings: dict[str, Any] = {
            "memory_limit": memory_limit,
            "temp_directory": tempfile.gettempdir(),
            # Nothing is fetched from the network behind the user's back.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads is not None:
            settings["threads"] = threads
        self._ibis = ibis.duckdb.connect(**settings)
        self._compiled: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = RLock()

    def __enter__(self) -> Backend:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._ibis.disconnect()

    def run(
        self, tables: Mapping[str, Any], queries: Mapping[Hashable, Callable[[], Any]]
    ) -> list[Rows]:
        """Run queries over Arrow tables and return each one's rows.

        Args:
            tables: name -> Arrow table, as the queries call them.
            queries: key -> function that builds the Ibis expression; called when the key is new.

        Raises:
            RunFailed: the engine gave up, for example because the disk is full.
        """
        with self._lock:
            raw = self._ibis.con
            for name, table in tables.items():
                raw.register(name, table)
            try:
                return [self._rows(self._statement(key, build)) for key, build in queries.items()]
            finally:
                for name in tables:
                    raw.unregister(name)

    def column(self, tables: Mapping[str, Any], key: Hashable, build: Callable[[], Any]) -> Any:
        """Run one query and return its rows as an Arrow table, for results without end."""
        with self._lock:
            raw = self._ibis.con
            for name, table in tables.items():
                raw.register(name, table)
            try:
                return raw.sql(self._statement(key, build)).to_arrow_table()
            finally:
                for name in tables:
                    raw.unregister(name)

    def _rows(self, statement: Any) -> Rows:
        import duckdb  # noqa: PLC0415 - already loaded by the connection

        try:
            rows: Rows = self._ibis.con.execute(statement).fetchall()
        except duckdb.Error as error:
            raise RunFailed(
                text("the query engine gave up: {reason}", reason=str(error).splitlines()[0]),
                hint=text("check memory_limit and the free space of the temporary folder"),
            ) from error
        return rows

    def _statement(self, key: Hashable, build: Callable[[], Any]) -> Any:
        known = self._compiled.get(key)
        if known is None:
            (known,) = self._ibis.con.extract_statements(ibis.to_sql(build(), dialect="duckdb"))
            self._compiled[key] = known
            if len(self._compiled) > _REMEMBERED:
                self._compiled.popitem(last=False)
        else:
            self._compiled.move_to_end(key)
        return known


@cache
def shared_backend() -> Backend:
    """One engine for quick evaluations of this process."""
    return Backend()
