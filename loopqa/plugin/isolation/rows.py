"""What a source yields → Arrow batches that hold nothing but text, numbers, dates and times.

A row with anything else is rejected by its number and column. Runs in the plugin's process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from loopqa.calc.scoring.answers import normalise
from loopqa.language import text
from loopqa.model.score import RejectedRow

PIECE_ROWS = 10_000
PIECE_SIZE = 32_000_000  #: bytes; a batch that is larger is cut
LONGEST = 1_000_000  #: bytes of one text

FILE, ROW, EVENTS = "_file", "_row", "_events"

NO_ROW = text("not a row: rows are mappings of column names to values").template
NO_NAME = text("the name of a column is not text").template
NO_VALUE = text("the value is no text, number, date or time").template
NO_TEXT = text("the text holds half a character (a lone surrogate)").template
TOO_LONG = text("the text is longer than a million bytes").template
TOO_LARGE = text("the whole number is too large; give it as text").template

_SIMPLE = frozenset({bool, int, float, Decimal, date, datetime, time})
_PLAIN = (str, bool, int, float, Decimal, date, time)  # datetime is a date


class NoColumn(Exception):
    """An Arrow column holds what no column of a source may hold."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name, kind)
        self.name = name
        self.kind = kind


class TooWide(Exception):
    """A single row does not go through."""


@dataclass
class Shaping:
    """The rows of one reading, in their order."""

    file: str  #: stands in where the source does not name its files
    wanted: frozenset[str] | None  #: columns that anybody will look at; None: all
    seen: int = 0
    _looked_at: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = self.wanted
        self._folded = None if names is None else {normalise(name) for name in names}

    def pieces(self, batch: Any) -> Iterator[pa.RecordBatch | RejectedRow]:
        """The rejected rows of a batch, and the others.

        Raises:
            NoColumn, TooWide: the batch as a whole can't be taken.
            pa.ArrowInvalid: an Arrow batch is damaged.
        """
        for piece in _records(batch) if isinstance(batch, list) else _tables(batch):
            rejected = _Rejected(len(piece))
            shape = self._of_records if isinstance(piece, list) else self._of_arrow
            columns = shape(piece, rejected)
            files, numbers = self._places(columns, len(piece))
            self.seen += len(piece)
            yield from rejected.rows(files, numbers)
            made = pa.RecordBatch.from_pydict({**columns, ROW: numbers})
            yield from _cut(rejected.others(made))

    def _looks_at(self, name: str) -> bool:
        if self._folded is None or name.startswith("_"):
            return True
        if name not in self._looked_at:
            self._looked_at[name] = normalise(name) in self._folded
        return self._looked_at[name]

    def _places(self, columns: dict[str, Any], length: int) -> tuple[Any, Any]:
        """File and number of each row, as the source gives them, or as they come."""
        columns.pop(EVENTS, None)
        numbers = columns.pop(ROW, None)
        if numbers is None or not pa.types.is_integer(numbers.type) or numbers.null_count:
            numbers = pa.array(range(self.seen + 1, self.seen + 1 + length), pa.int64())
        files = columns.pop(FILE, None)
        if files is None or not pa.types.is_string(files.type) or files.null_count:
            return pa.repeat(self.file, length), numbers.cast(pa.int64(), safe=False)
        columns[FILE] = files
        return files, numbers.cast(pa.int64(), safe=False)

    def _of_records(self, records: list[Any], rejected: _Rejected) -> dict[str, Any]:
        if set(map(type, records)) != {dict}:
            records = [_row(one, at, rejected) for at, one in enumerate(records)]
        names = dict.fromkeys(chain.from_iterable(records))
        wrong = [name for name in names if not _is_name(name)]
        if wrong:
            _refuse_names(records, wrong, rejected)
            names = dict.fromkeys(name for name in names if _is_name(name))
        return {
            name: _array([record.get(name) for record in records], name, rejected)
            if self._looks_at(name)
            else pa.nulls(len(records))
            for name in names
        }

    def _of_arrow(self, batch: pa.RecordBatch, rejected: _Rejected) -> dict[str, Any]:
        return {
            name: _checked(column, name, rejected)
            if self._looks_at(name)
            else pa.nulls(len(column))
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }


class _Rejected:
    """The rows of a piece that can't be taken: the first thing that is wrong with each."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._why: dict[int, tuple[str | None, str, str | None]] = {}

    def add(self, at: int, column: str | None, reason: str, value: str | None = None) -> None:
        self._why.setdefault(at, (column, reason, value))

    def rows(self, files: Any, numbers: Any) -> Iterator[RejectedRow]:
        for at, (column, reason, value) in sorted(self._why.items()):
            yield RejectedRow(files[at].as_py(), numbers[at].as_py(), column, value, reason)

    def others(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if not self._why:
            return batch
        return batch.filter(pa.array([at not in self._why for at in range(self._length)]))


def _records(batch: list[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(batch), PIECE_ROWS):
        yield batch[first : first + PIECE_ROWS]


def _tables(batch: pa.RecordBatch | pa.Table) -> Iterator[pa.RecordBatch]:
    table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
    for one in table.to_batches(max_chunksize=5 * PIECE_ROWS):
        if one.num_rows:
            yield one


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in pieces that go through."""
    if not batch.num_rows:
        return
    if batch.nbytes <= PIECE_SIZE:
        yield batch
        return
    if batch.num_rows == 1:
        raise TooWide
    half = batch.num_rows // 2
    yield from _cut(batch.slice(0, half))
    yield from _cut(batch.slice(half))


def _row(record: Any, at: int, rejected: _Rejected) -> dict[Any, Any]:
    if isinstance(record, dict):
        return record
    rejected.add(at, None, NO_ROW, type(record).__name__)
    return {}


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and len(name) <= LONGEST and _encodable(name)


def _refuse_names(
    records: Iterable[dict[Any, Any]], wrong: Sequence[Any], rejected: _Rejected
) -> None:
    for at, record in enumerate(records):
        for name in wrong:
            if name in record:
                rejected.add(at, None, NO_NAME, type(name).__name__)


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _array(values: list[Any], name: str, rejected: _Rejected) -> Any:
    """Values as an array of their own type, or of texts where they have several."""
    kinds = set(map(type, values))
    kinds.discard(type(None))
    made = _quick(values, kinds)
    if made is None:
        kept = [_plain(value, at, name, rejected) for at, value in enumerate(values)]
        kinds = {type(value) for value in kept if value is not None}
        made = _quick(kept, kinds)
    if made is None:
        made = pa.array([None if one is None else text_of(one) for one in kept], pa.string())
    return _short(made, name, rejected)


def _quick(values: list[Any], kinds: set[type]) -> Any:
    """The array, where the values are of one simple kind; None where somebody has to look."""
    try:
        if kinds <= {str}:
            return _whole(pa.array(values, pa.string()))
        if kinds <= _SIMPLE and (len(kinds) == 1 or kinds <= {int, float}):
            return _whole(pa.array(values))
    except (pa.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
        return None
    return None


def _whole(made: Any) -> Any:
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def _plain(value: Any, at: int, name: str, rejected: _Rejected) -> Any:
    """A value that a column may hold; None, and the row rejected, where it is none."""
    if isinstance(value, UUID):
        return str(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        value = value.item()
    reason = _wrong(value)
    if reason is None:
        return None if value is None or value != value else value
    rejected.add(at, name, reason, type(value).__name__)
    return None


def _wrong(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, _PLAIN):
        return NO_VALUE
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return TOO_LARGE
    if isinstance(value, str) and not _encodable(value):
        return NO_TEXT
    return None


def text_of(value: Any) -> str:
    """A single value as text; times as ISO 8601."""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _short(array: Any, name: str, rejected: _Rejected) -> Any:
    """The array without texts that nobody can have meant."""
    if array.nbytes <= LONGEST or not _is_text(array.type):
        return array
    long = pc.fill_null(pc.greater(pc.binary_length(array), LONGEST), False)
    if not pc.any(long).as_py():
        return array
    for at in pc.indices_nonzero(long).to_pylist():
        rejected.add(at, name, TOO_LONG)
    return pc.if_else(long, pa.scalar(None, array.type), array)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _checked(column: Any, name: str, rejected: _Rejected) -> Any:
    """A column of an Arrow batch, once all of it was looked at."""
    kind = column.type
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not any(holds(inner) for holds in _HELD):
        raise NoColumn(name, str(kind))
    column.validate(full=True)
    if pa.types.is_string_view(inner):
        column = column.cast(pa.string())
    return _short(column, name, rejected)


_HELD = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_timestamp,
)
