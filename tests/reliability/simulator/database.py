"""The database of one simulation after the other: always the same rows at the start.

One store stays open over all seeds, so that statements are compiled once; only the rows are put
back. A SQLite file is copied from a template, on a RAM disk where there is one; in PostgreSQL
tables are emptied and filled from a schema that holds the template.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from loopqa.store.door import Store
from loopqa.store.tables import StateTable
from tests.reliability.simulator.definitions import fill

_SWEEP = 25  #: simulations on a server between two sweeps


class SQLiteState:
    """One file, copied from a template before every simulation."""

    def __init__(self, folder: Path) -> None:
        self.url = "sqlite:///state.db"
        self._file, self._template = folder / "state.db", folder / "template.db"
        self.store = Store.open(self.url, root=folder)
        fill(self.store, folder)
        self.store.close()
        shutil.copyfile(self._file, self._template)

    def reset(self) -> Store:
        """The store as it was at the start."""
        self.store.close()
        for ending in ("-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)
        return self.store

    def close(self) -> None:
        """Close the file."""
        self.store.close()


class PostgreSQLState:
    """One database of a server, whose tables are put back before every simulation."""

    def __init__(self, folder: Path, url: str) -> None:
        import psycopg

        self.url = url
        self.store = Store.open(url, root=folder)
        fill(self.store, folder)
        self._connection: Any = psycopg.connect(url, autocommit=True)
        tables = [table.name for table in StateTable.metadata.sorted_tables]
        self._connection.execute("CREATE SCHEMA template")
        for name in tables:
            self._connection.execute(f"CREATE TABLE template.{name} AS TABLE {name}")
        full = [name for name in tables if self._filled(name)]
        back = [f"INSERT INTO {name} SELECT * FROM template.{name}" for name in full]
        # To delete some rows takes a tenth of the time of truncating tables, but leaves litter.
        emptied = [f"DELETE FROM {name}" for name in reversed(tables)]
        self._swept = "; ".join([f"TRUNCATE {', '.join(tables)}", *back])
        self._back = "; ".join([*emptied, *back])
        self._resets = 0

    def _filled(self, name: str) -> bool:
        found = self._connection.execute(f"SELECT 1 FROM template.{name} LIMIT 1")
        return found.fetchone() is not None

    def reset(self) -> Store:
        """The store as it was at the start."""
        self._resets += 1
        with self._connection.transaction():
            self._connection.execute(self._back if self._resets % _SWEEP else self._swept)
        return self.store

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()
        self.store.close()


State = SQLiteState | PostgreSQLState


def new_database(server: Any, name: str) -> str:
    """An empty database on a server of the tests; its URL."""
    server.psql(f"CREATE DATABASE {name};")
    parts = urlsplit(server.get_uri())
    return urlunsplit(parts._replace(path=f"/{name}"))
