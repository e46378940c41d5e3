"""All rows of a state into another one, value by value, whatever the two databases are.

JSON travels as the text that is stored: the audit chain sealed it letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, Table, cast, column, insert, select, table
from sqlalchemy import Text as SqlText
from sqlalchemy.types import NullType

from loopqa.store.tables import StateTable

_BATCH = 500

TABLES = tuple(StateTable.metadata.sorted_tables)
"""All tables, those that are named by others first."""


def is_empty(connection: Connection) -> bool:
    """Whether no table holds a row."""
    return not any(connection.execute(select(one).limit(1)).first() for one in TABLES)


def remove_rows(connection: Connection) -> None:
    """Empty all tables."""
    for one in reversed(TABLES):
        connection.execute(one.delete())


def copy_rows(source: Connection, target: Connection) -> int:
    """Write all rows of ``source`` into the empty tables of ``target``; how many."""
    return sum(_copy(one, source, target) for one in TABLES)


def _copy(one: Table, source: Connection, target: Connection) -> int:
    written = 0
    into = insert(table(one.name, *(column(each.name, _raw(each.type)) for each in one.columns)))
    rows = _rows(one, source)
    while some := list(islice(rows, _BATCH)):
        target.execute(into, some)
        written += len(some)
    return written


def _rows(one: Table, source: Connection) -> Iterator[dict[str, Any]]:
    columns = [
        cast(each, SqlText).label(each.name) if isinstance(each.type, JSON) else each
        for each in one.columns
    ]
    found = select(*columns).order_by(*one.primary_key.columns)
    with source.execution_options(yield_per=_BATCH).execute(found) as rows:
        for row in rows.mappings():
            yield dict(row)


def _raw(kind: Any) -> Any:
    """The type of a column that takes values as they come; JSON takes its text."""
    return NullType() if isinstance(kind, JSON) else kind
