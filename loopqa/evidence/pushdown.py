"""Counting cases where they stand: PostgreSQL groups and counts, only the counts travel.

What comes back is read by the very code that reads rows, one cell (see ``cell_query``) as one row,
so that texts mean the same and rows are rejected by the same rules; then every cell stands for as
many cases as were counted. The cases have no customers, numbers and comments: nobody can be told
apart in them any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from loopqa.evidence.batches import ROW, raw_of
from loopqa.evidence.cases import Cases
from loopqa.evidence.cell_query import (
    LATEST,
    NUMBER,
    WINDOW,
    CellQuery,
    NotCountable,
    Times,
    cell_query,
    quoted,
)
from loopqa.evidence.dates import INSTANT
from loopqa.evidence.ingest import REMEMBERED, Reading
from loopqa.evidence.planning import KNOWN_PREFIX, CasePlan, Planned
from loopqa.language import text
from loopqa.model.score import RejectedRow, Rows
from loopqa.plugin.source import Relation

if TYPE_CHECKING:
    from loopqa.model.window import Window

MOST_CELLS = 200_000  #: more are not worth it: reading the rows themselves keeps more of them
COUNTED = b"loopqa.counted"  #: key of the note in a snapshot's file that says what was counted

_PATIENCE = 10  #: seconds to wait for a server that does not answer
_SESSION = (
    "-c timezone=UTC -c client_encoding=UTF8 -c default_transaction_read_only=on "
    "-c work_mem=256MB"  # cells are counted in memory, not by sorting all rows
)


def countable_engine(relation: Relation) -> bool:
    """Whether the relation stands on an engine that can be made to count."""
    return urlsplit(relation.url).scheme in {"postgresql", "postgres"}


def was_counted(cases: Cases) -> bool:
    """Whether these cases were counted by a database: then each only stands for its like."""
    metadata = getattr(cases.table, "schema", pa.schema([])).metadata or {}
    return COUNTED in metadata


def count_there(
    relation: Relation,
    plan: CasePlan,
    *,
    name: str,
    windows: Sequence[Window],
    around: Window | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Cases:
    """The cases of a relation, counted by PostgreSQL.

    Args:
        name: of the input, for messages.
        windows: what cases will be cut to, and nothing else; they do not overlap.
        around: only rows in and next to this window are looked at, as a source may do.

    Raises:
        NotCountable: the rows have to be read one by one.
        DataError: a planned column is nowhere in the relation.
    """
    engine, query, cells = _counted(relation, plan, windows, around)
    numbers = np.array([one.pop(NUMBER) for one in cells], dtype=np.int64)
    read, rejected = _read(
        cells, query, Reading(_plan_of_cells(plan, query), name, b"", lambda: tuple(query.types))
    )
    if progress is not None:
        progress(name, int(numbers.sum()), None)
    table = _multiplied(read.table, numbers)
    said = {"engine": engine, "query": query.relation, "cells": len(cells)}
    table = table.replace_schema_metadata({COUNTED: json.dumps(said).encode()})
    rows = Rows(int(numbers.sum()), table.num_rows, int(numbers.sum()) - table.num_rows)
    told = text(
        "{input}: counted by {engine}, {n} different cases", input=name, engine=engine, n=len(cells)
    )
    return replace(read, table=table, rows=rows, rejected=rejected, notes=(told,))


def _counted(
    relation: Relation, plan: CasePlan, windows: Sequence[Window], around: Window | None
) -> tuple[str, CellQuery, list[dict[str, Any]]]:
    """Name of the engine, what was asked, and the cells; all of one state of the database."""
    try:
        import psycopg  # noqa: PLC0415 - an extra
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
        from psycopg.rows import dict_row  # noqa: PLC0415
    except ImportError:
        raise NotCountable(text("the driver psycopg is not installed")) from None
    try:
        # What the address itself sets, such as a search_path, must hold here, too.
        options = f"{conninfo_to_dict(relation.url).get('options', '')} {_SESSION}"
        with closing(
            psycopg.connect(relation.url, connect_timeout=_PATIENCE, options=options)
        ) as raw:
            query = cell_query(_select(relation.query), _types(raw, relation), plan)
            cursor = raw.cursor(row_factory=dict_row)
            cursor.execute(query.sql(windows, around, MOST_CELLS + 1).encode())
            cells = cursor.fetchall()
            engine = f"PostgreSQL {raw.info.parameter_status('server_version')}"
    except psycopg.Error:
        # Reading row by row will say in its own words what is wrong with the server or the query.
        raise NotCountable(text("the server refused to count")) from None
    if len(cells) > MOST_CELLS:
        raise NotCountable(text("there are more than {n} different cases", n=f"{MOST_CELLS:,}"))
    # In an order of their own: equal cells lie together in a snapshot, whatever the server did.
    cells.sort(key=lambda cell: [str(cell[name]) for name in (WINDOW, *query.columns)])
    return engine, query, cells


def _select(query: str) -> str:
    """A SELECT, also where only a table is named."""
    plain = query.strip().rstrip(";").rstrip()
    if plain.split(None, 1)[0].lower() in {"select", "with", "values", "table"}:
        return plain
    return "SELECT * FROM " + ".".join(quoted(part) for part in plain.split("."))


def _types(connection: Any, relation: Relation) -> dict[str, int]:
    found = connection.execute(
        f"SELECT * FROM ({_select(relation.query)}) AS relation LIMIT 0".encode()
    ).description
    types = {one.name: one.type_code for one in found}
    if len(types) < len(found):
        raise NotCountable(text("two columns have the same name"))
    return types


def _plan_of_cells(plan: CasePlan, query: CellQuery) -> CasePlan:
    """The plan, for cells: without people, and with durations by columns of their own."""
    spans = {one.number: one for one in query.times}
    return replace(
        plan,
        indicators=tuple(
            _of_span(one, spans[at]) if at in spans else one
            for at, one in enumerate(plan.indicators)
        ),
        roles={**plan.roles, "at": (LATEST,), "case": (), "customer": (), "comment": ()},
    )


def _of_span(one: Planned, span: Times) -> Planned:
    return replace(one, start=(span.begun,), end=(span.ended,))


def _read(
    cells: list[dict[str, Any]], query: CellQuery, reading: Reading
) -> tuple[Cases, tuple[RejectedRow, ...]]:
    """The cells read as rows; of what was rejected, every value of a column once."""
    rejected: dict[RejectedRow, None] = {}
    named = {LATEST: query.at, **{one.ended: one.end for one in query.times}}
    for first in range(0, max(1, len(cells)), REMEMBERED):
        reading.add(_batch(cells[first : first + REMEMBERED], query, first))
        for one in reading.rejected:
            column = named.get(one.column or "", one.column)
            rejected[replace(one, row=0, column=column)] = None  # which row, nobody knows any more
        reading.rejected.clear()
    reading.rejected.extend(list(rejected)[:REMEMBERED])
    read = reading.cases()
    # Cells are windows that are over: since when a time is known is not asked any more.
    since = [name for name in read.table.column_names if name.startswith(KNOWN_PREFIX)]
    return replace(read, table=read.table.drop_columns(since)), read.rejected


def _batch(cells: list[dict[str, Any]], query: CellQuery, first: int) -> Any:
    """Some cells as a source would yield rows; the first has the number ``first``."""
    spans = {name for one in query.times for name in (one.begun, one.ended, one.micros)}
    plain = [
        {name: _plain(value) for name, value in one.items() if name not in {WINDOW, *spans}}
        for one in cells
    ]
    columns = dict(raw_of(plain, name="", first_row=0).columns) if plain else _nothing(query)
    for one in query.times:
        begun, ended, micros = ([cell[name] for cell in cells] for name in _names(one))
        columns[one.begun] = _moments([0 if known else None for known in begun])
        columns[one.ended] = _moments(
            [(span or 0) if known else None for known, span in zip(ended, micros, strict=True)]
        )
    columns[ROW] = pa.array(range(first, first + len(cells)), pa.int64())
    return pa.table(columns)


def _names(one: Times) -> tuple[str, str, str]:
    return one.begun, one.ended, one.micros


def _nothing(query: CellQuery) -> dict[str, Any]:
    return {name: pa.array([], pa.string()) for name in (LATEST, *query.columns)}


def _plain(value: Any) -> Any:
    """A value as sources give it: what is neither text, number nor time is text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if type(value).__name__ == "UUID" else value


def _moments(micros: list[int | None]) -> Any:
    return pa.array(micros, pa.int64()).cast(INSTANT)


def _multiplied(table: Any, numbers: Any) -> Any:
    """Every cell as often as it was counted."""
    kept = numbers[table.column("row").to_numpy()]
    return table.take(pa.array(np.repeat(np.arange(table.num_rows), kept)))
