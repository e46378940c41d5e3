"""Columns of events: texts told apart once per distinct value, and who comes first or last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.calc.scoring.answers import read_number
from loopqa.evidence.batches import FILE, ROW
from loopqa.evidence.dates import Ambiguous, micros_of, read_instants
from loopqa.evidence.doubtful_dates import no_reading, two_readings
from loopqa.evidence.texts import texts_of

NO_EVENT = np.iinfo(np.int64).min  #: instead of a time, where there is none


class Column:
    """One column of the events: raw texts by code, and what they mean."""

    def __init__(self, name: str, array: Any, missing: frozenset[str]) -> None:
        self.name = name
        self._array = array
        self._texts = texts_of(array).without(missing)

    @property
    def values(self) -> list[str]:
        """The distinct texts, normalised; the empty one where nothing stands."""
        return self._texts.values

    @property
    def codes(self) -> Any:
        """The position of each event's text (numpy)."""
        return self._texts.codes

    @cached_property
    def blank(self) -> Any:
        """Events that have nothing here."""
        return self._texts.flags([not one for one in self.values])

    def among(self, texts: tuple[str, ...]) -> Any:
        """Events whose text is one of these."""
        wanted = frozenset(texts)
        return self._texts.flags([one in wanted for one in self.values])

    def text(self, event: int) -> str | None:
        """What stands in the file, or None."""
        value: str | None = self._array[event].as_py()
        return value or None

    def taken(self, events: Any) -> Any:
        """The raw texts of these events; null where the number is negative."""
        chosen = pa.array(np.maximum(events, 0), pa.int64(), mask=events < 0)
        return self._array.take(chosen)

    def grouped(self, events: Any) -> tuple[Any, Any]:
        """Number the texts of these events in order of appearance.

        Returns the number by event, and each number's first event.
        """
        _, first, inverse = np.unique(self.codes[events], return_index=True, return_inverse=True)
        order = np.argsort(first)
        number = np.empty(len(first), dtype=np.int64)
        number[order] = np.arange(len(first))
        return number[inverse], events[first[order]]


class Columns:
    """All columns that are kept of the events."""

    def __init__(self, table: Any, missing: frozenset[str]) -> None:
        self.n = int(table.num_rows)
        self.files = _single(table.column(FILE))
        self.rows = _single(table.column(ROW))
        self._columns = {
            name: Column(name, _single(table.column(name)), missing)
            for name in table.column_names
            if name not in (FILE, ROW)
        }

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def place(self, event: int) -> tuple[str, int]:
        """File and row of an event."""
        return str(self.files[event].as_py()), int(self.rows[event].as_py())

    def place_of(self, name: str, value: str) -> tuple[str, int]:
        """File and row of the first event that has this (normalised) text in a column."""
        column = self[name]
        return self.place(int(np.argmax(column.codes == column.values.index(value))))


def _single(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


@dataclass(frozen=True)
class Order:
    """How events are ordered by one of their columns."""

    values: Any  #: numpy float64 or int64, comparable
    unknown: Any  #: numpy bool: events that have no place in it


def times_of(columns: Columns, name: str, form: str | None, zone: str | None) -> Any:
    """The times of a column in microseconds (numpy int64); NO_EVENT where a text is none.

    Raises:
        DataError: a time can be read in two ways, or not a single one can be read.
    """
    column = columns[name]
    read = _micros(columns, name, form, zone)
    written = [value for value in column.values if value]
    if written and (read == NO_EVENT).all():
        file, row = columns.place_of(name, written[0])
        raise no_reading(written[0], form, file, name, row)
    return read[column.codes]


def _micros(columns: Columns, name: str, form: str | None, zone: str | None) -> Any:
    """The time of each distinct text of a column."""
    try:
        return micros_of(read_instants(columns[name].values, form, zone), NO_EVENT)
    except Ambiguous as doubt:
        file, row = columns.place_of(name, doubt.written)
        raise two_readings(doubt, file, name, row) from None


def order_of(columns: Columns, name: str, form: str | None, zone: str | None) -> Order:
    """The order of events by a column of numbers, or else of times.

    Raises:
        DataError: a time can be read in two ways.
    """
    column = columns[name]
    numbers = [read_number(value) for value in column.values]
    pairs = zip(column.values, numbers, strict=True)
    if any(value and number is None for value, number in pairs):
        times = _micros(columns, name, form, zone)[column.codes]
        if (times != NO_EVENT).any():
            return Order(times, times == NO_EVENT)
    values = np.array([np.nan if one is None else one for one in numbers])[column.codes]
    return Order(values, np.isnan(values))


def winners(groups: Any, n: int, counted: Any, order: Any, *, backwards: bool) -> Any:
    """For each of ``n`` groups the event that comes first (or last) of those counted; -1: none.

    ``order`` None: as the events stand. Ties: the earlier event first, the later one last.
    """
    events = np.flatnonzero(counted)
    if order is not None and len(events):
        extreme = np.maximum if backwards else np.minimum
        ranks = order[events]
        best = np.full(n, ranks.min() if backwards else ranks.max())
        extreme.at(best, groups[events], ranks)
        events = events[ranks == best[groups[events]]]
    chosen = np.full(n, -1, dtype=np.int64)
    # Of several values for one place the last one stays.
    ordered = events if backwards else events[::-1]
    chosen[groups[ordered]] = ordered
    return chosen
