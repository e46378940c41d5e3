"""Batches of rows as sources yield them, made into Arrow tables of the wanted columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from loopqa.calc.scoring.answers import normalise

FILE = "_file"
ROW = "_row"
EVENTS = "_events"  #: how many rows of the source a case was made of


@dataclass(frozen=True)
class Raw:
    """One batch: its columns by the source's own names, and where its rows stand."""

    columns: dict[str, Any]  #: Arrow arrays
    names: tuple[str, ...]  #: all column names of the batch, wanted or not
    length: int
    file: str
    rows: Any  #: Arrow int64: line or row of each record
    events: Any = None  #: numpy int64: rows of the source behind each record; None: one each

    def source_rows(self, which: Any = None) -> int:
        """How many rows of the source stand behind the records (of a numpy mask, if given)."""
        if self.events is not None:
            return int((self.events if which is None else self.events[which]).sum())
        return self.length if which is None else int(which.sum())

    def find(self, candidates: Iterable[str]) -> str | None:
        """The first candidate that the batch has; blanks and letter widths do not matter."""
        for one in candidates:
            if one in self.columns:
                return one
        folded = {normalise(name): name for name in self.names if name in self.columns}
        for one in candidates:
            if normalise(one) in folded:
                return folded[normalise(one)]
        return None


def pieces(batch: Any, most: int) -> Iterator[Any]:
    """A batch in pieces of at most so many rows."""
    if len(batch) <= most:
        yield batch
        return
    for first in range(0, len(batch), most):
        yield (batch[first : first + most] if isinstance(batch, list) else batch.slice(first, most))


def raw_of(batch: Any, *, name: str, first_row: int) -> Raw:
    """Read a batch: a list of dicts, a record batch or a table.

    ``name`` and ``first_row`` stand in where the source does not number its rows.
    """
    if isinstance(batch, list):
        return _of_records(batch, name, first_row)
    columns = {
        column: _one_array(batch.column(position))
        for position, column in enumerate(batch.schema.names)
    }
    return _made(columns, batch.num_rows, name, first_row)


def _one_array(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _of_records(records: Sequence[dict[str, Any]], name: str, first_row: int) -> Raw:
    names = dict.fromkeys(column for record in records for column in record)
    columns = {column: _array_of([one.get(column) for one in records]) for column in names}
    return _made(columns, len(records), name, first_row)


def _made(columns: dict[str, Any], length: int, name: str, first_row: int) -> Raw:
    files = columns.pop(FILE, None)
    rows = columns.pop(ROW, None)
    events = columns.pop(EVENTS, None)
    return Raw(
        columns,
        tuple(columns),
        length,
        name if files is None or not length else str(files[0].as_py()),
        pa.array(range(first_row, first_row + length), pa.int64())
        if rows is None
        else rows.cast(pa.int64()),
        None if events is None else events.to_numpy(),
    )


def _array_of(values: list[Any]) -> Any:
    """An Arrow array of the values' own type, or of texts where they have several."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 or kinds <= {int, float}:
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            pass
    return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def text_of(value: Any) -> str:
    """A single value as text; times as ISO 8601."""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
