"""Rows by plain statements: looked up, added and changed without mapped objects, which cost most.

Every statement of this module is built once for a table and sent at once, so that each one sees
what the transaction did before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, func, insert, select, update

from loopqa.store.reader import Reader
from loopqa.store.record_kinds import Kind

_MANY = 500  #: values in one look-up; SQLite takes 32,766, older ones 999
_ID, _VERSION = "its_id", "its_version"  #: of the row to change; no columns are named so


class Rows(Reader):
    """Rows of one transaction that writes."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._numbers: dict[Any, int] = {}  #: the last id of each table that was added to

    def _number(self, table: Any) -> int:
        """The next id; ids follow each other without gaps, also after a change that was undone.

        SQLite numbers rows so by itself; a server's sequence would not. No other writer can take
        the number meanwhile.
        """
        if table not in self._numbers:
            self._numbers[table] = self._asked(_last_number(table)).scalar() or 0
        self._numbers[table] += 1
        return self._numbers[table]

    def _find(self, table: Any, **values: Any) -> int | None:
        """The id of the row that holds these values; None where there is none."""
        found = self._asked(_with_values(table, tuple(values)), **values).scalar()
        return None if found is None else int(found)

    def _known_keys(self, table: Any, keys: Sequence[str]) -> set[str]:
        """Which of these unique keys the table holds already."""
        known: set[str] = set()
        for start in range(0, len(keys), _MANY):
            some = keys[start : start + _MANY]
            known.update(self._asked(_with_keys(table), keys=some).scalars())
        return known

    def _insert(self, table: Any, columns: Mapping[str, Any]) -> int:
        """Add a row; its id."""
        (number,) = self._insert_all(table, (columns,))
        return number

    def _append(self, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows that bring their own keys."""
        if rows:
            self._send(_insert_into(table), rows)

    def _insert_all(self, table: Any, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add rows with the same columns; their ids."""
        numbered = [{**columns, "id": self._number(table)} for columns in rows]
        self._append(table, numbered)
        return [row["id"] for row in numbered]

    def _update(
        self, kind: Kind[Any], changed: Sequence[tuple[int | str, int | None, Mapping[str, Any]]]
    ) -> bool:
        """Change the same columns of rows, each given by its id and the version it must have.

        False where a row is missing or has another version; then none is changed.
        """
        fenced = changed[0][1] is not None
        rows = [
            {**columns, _ID: number, **({_VERSION: version} if fenced else {})}
            for number, version, columns in changed
        ]
        statement = _update_of(kind.table, fenced)
        if len(rows) == 1:
            return self._send(statement, rows) == 1
        with self._connection.begin_nested() as part:
            all_met = self._send(statement, rows) == len(rows)
            if not all_met:
                part.rollback()
        return all_met

    def _send(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> int:
        """Send a statement once for all rows; how many it met."""
        met: int = self._connection.execute(statement, rows).rowcount
        return met


@cache
def _last_number(table: Any) -> Select[Any]:
    return select(func.max(table.__table__.c.id))


@cache
def _with_values(table: Any, names: tuple[str, ...]) -> Select[Any]:
    columns = table.__table__.c
    return select(columns.id).where(*(columns[name] == bindparam(name) for name in names))


@cache
def _with_keys(table: Any) -> Select[Any]:
    key = table.__table__.c.key
    return select(key).where(key.in_(bindparam("keys", expanding=True)))


@cache
def _insert_into(table: Any) -> Any:
    return insert(table.__table__)


@cache
def _update_of(table: Any, fenced: bool) -> Update:
    columns = table.__table__.c
    statement = update(table.__table__).where(columns.id == bindparam(_ID))
    return statement.where(columns.version == bindparam(_VERSION)) if fenced else statement
