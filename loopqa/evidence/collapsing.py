"""Events become cases: between what a source yields and what is ingested.

Everything stays text here: of each column a case takes one event's cell as it stands in the file,
so that it is read on like any other cell, and whatever it may be later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.errors import DataError, Place
from loopqa.evidence.batches import EVENTS, FILE, ROW, Raw, raw_of
from loopqa.evidence.events import NO_EVENT, Columns, Order, order_of, times_of, winners
from loopqa.evidence.texts import as_strings
from loopqa.evidence.times import NO_DATE
from loopqa.hints import did_you_mean
from loopqa.language import text
from loopqa.model.collapse import Collapse, Made, Pick, Where
from loopqa.model.score import RejectedRow

Progress = Callable[[str, int, "int | None"], None]

NO_KEY = text("the key of the case is missing").template
NO_ORDER = text("neither a number nor a date, so events can't be ordered by it").template


@dataclass(frozen=True)
class Collapsing:
    """How the events of one input become cases."""

    collapse: Collapse
    name: str  #: of the input, for messages about sources that do not name their files
    wanted: frozenset[str]  #: columns that are read of the cases
    dates: str | None = None  #: how times are written; None: ISO 8601 and unambiguous forms
    zone: str | None = None  #: whose clocks tell times without offset
    missing: frozenset[str] = frozenset()  #: normalised texts that stand for an empty cell
    all_columns: Callable[[], Sequence[str] | None] | None = None
    """Names every column of the source, also those its batches leave out; for hints."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the source that have to be read."""
        return frozenset({*self.collapse.sources, *self.plain})

    @property
    def plain(self) -> frozenset[str]:
        """Columns of the source that cases take over as they stand on their last event."""
        return self.wanted - {*self.collapse.names}

    def cases(self, items: Iterable[Any], progress: Progress | None = None) -> Iterator[Any]:
        """Rejected events as they come, and then the cases, as batches of one file each.

        Every batch has a column ``_events``: of how many rows of the source a case was made.

        Raises:
            DataError: a column is in no file; a time can be read in two ways, or none can.
        """
        events = _Events(self)
        for item in items:
            if isinstance(item, RejectedRow):
                yield item
                continue
            events.add(raw_of(item, name=self.name, first_row=events.read + 1))
            if progress is not None:
                progress(self.name, events.read, None)
        yield from events.cases()


@dataclass
class _Events:
    """The events of an input, as far as they are read: only the columns that are wanted."""

    how: Collapsing
    read: int = 0
    chunks: list[Any] = field(default_factory=list)
    found: set[str] = field(default_factory=set)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: file -> its column names

    def add(self, raw: Raw) -> None:
        """Take over a batch."""
        self.read += raw.length
        if not raw.names:
            return
        self.seen.setdefault(raw.file, raw.names)
        columns = {FILE: pa.repeat(raw.file, raw.length).dictionary_encode(), ROW: raw.rows}
        for name in sorted(self.how.columns):
            column = raw.find((name,))
            if column is None:
                columns[name] = pa.nulls(raw.length, pa.string()).dictionary_encode()
            else:
                self.found.add(name)
                columns[name] = _texts(raw.columns[column])
        self.chunks.append(pa.table(columns))

    def cases(self) -> Iterator[Any]:
        """What is wrong with events, and the cases of all others."""
        if not self.chunks:
            return
        self._refuse_lacking()
        table = pa.concat_tables(self.chunks).unify_dictionaries().combine_chunks()
        self.chunks.clear()
        columns = Columns(table, self.how.missing)
        checked = _Checked(self.how, columns)
        yield from checked.rejected()
        yield from checked.cases(self.how.plain & self.found)

    def _refuse_lacking(self) -> None:
        lacking = [name for name in self.how.collapse.sources if name not in self.found]
        if not lacking:
            return
        file, names = next(iter(self.seen.items()))
        names = tuple((self.how.all_columns and self.how.all_columns()) or names)
        raise DataError(
            text("no column {column} for 'collapse'", column=lacking[0])
            if len(lacking) == 1
            else text("no columns {columns} for 'collapse'", columns=", ".join(lacking)),
            place=Place(file),
            hint=did_you_mean(lacking[0], names)
            or text("the columns are {names}", names=", ".join(names[:_SHOWN])),
        )


_SHOWN = 20


def _texts(array: Any) -> Any:
    """A column as a dictionary of texts; times in ISO 8601 with their offset."""
    kind = array.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        encoded = array.dictionary_encode()
        told = [None if one is None else one.isoformat() for one in encoded.dictionary.to_pylist()]
        return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(told, pa.string()))
    return as_strings(array).dictionary_encode()


class _Checked:
    """Events of which is known which can be used, and how they lie in time."""

    def __init__(self, how: Collapsing, columns: Columns) -> None:
        self.how = how
        self.columns = columns
        self.good = np.ones(columns.n, dtype=bool)
        self._wrong: list[tuple[Any, str, str]] = []
        self.times: dict[str, Any] = {}
        self.orders: dict[str, Order] = {}
        self._reject(columns[how.collapse.key].blank, how.collapse.key, NO_KEY)
        for made in how.collapse.made:
            self._check(made)

    def _check(self, made: Made) -> None:
        column = self.columns[made.column]
        if made.pick.of_times and made.column not in self.times:
            times = times_of(self.columns, made.column, self.how.dates, self.how.zone)
            self.times[made.column] = times
            self._reject((times == NO_EVENT) & ~column.blank, made.column, NO_DATE)
        if made.by is not None and made.by not in self.orders:
            by = self.columns[made.by]
            order = order_of(self.columns, made.by, self.how.dates, self.how.zone)
            self.orders[made.by] = order
            self._reject(order.unknown & ~by.blank, made.by, NO_ORDER)

    def _reject(self, wrong: Any, column: str, reason: str) -> None:
        fresh = wrong & self.good
        if fresh.any():
            self._wrong.append((np.flatnonzero(fresh), column, reason))
            self.good &= ~fresh

    def rejected(self) -> Iterator[RejectedRow]:
        """The events that can't be used, in their order."""
        told = [
            (int(event), column, reason)
            for events, column, reason in self._wrong
            for event in events
        ]
        for event, column, reason in sorted(told):
            value = self.columns[column].text(event)
            file, row = self.columns.place(event)
            yield RejectedRow(file, row, column, value, reason)

    def cases(self, plain: frozenset[str]) -> Iterator[Any]:
        """The cases, in the order of their first events, one table for each file."""
        key = self.columns[self.how.collapse.key]
        good = np.flatnonzero(self.good)
        codes, first = key.grouped(good)
        n = len(first)
        events = np.bincount(codes, minlength=n).astype(np.int64)
        groups = np.full(self.columns.n, -1, dtype=np.int64)
        groups[good] = codes
        made: dict[str, Any] = {self.how.collapse.key: key.taken(first)}
        for name in sorted(plain):
            column = self.columns[name]
            latest = winners(groups, n, self.good & ~column.blank, None, backwards=True)
            made[name] = column.taken(latest)
        for one in self.how.collapse.made:
            made[one.name] = self._made(one, groups, n)
        table = pa.table({**made, ROW: self.columns.rows.take(pa.array(first)), EVENTS: events})
        files = self.columns.files.take(pa.array(first))
        if not n:
            yield table  # so that columns which are nowhere are missed
        for file in files.unique().to_pylist():
            part = table.filter(pc.equal(files, file))
            yield part.append_column(FILE, pa.repeat(file, len(part)))

    def _made(self, one: Made, groups: Any, n: int) -> Any:
        column = self.columns[one.column]
        counted = self.good & ~column.blank & self._meets(one.where)
        if one.pick is Pick.COUNT:
            return pa.array(np.bincount(groups[counted], minlength=n).astype(np.int64))
        order = self.times.get(one.column) if one.pick.of_times else None
        if one.by is not None:
            order = self.orders[one.by].values
            counted = counted & ~self.orders[one.by].unknown
        return column.taken(winners(groups, n, counted, order, backwards=one.pick.backwards))

    def _meets(self, where: Where) -> Any:
        """Events that meet all conditions of one of the groups."""
        if not where:
            return np.ones(self.columns.n, dtype=bool)
        return reduce(np.logical_or, (self._all(group) for group in where))

    def _all(self, group: Sequence[Any]) -> Any:
        masks = (self.columns[when.column].among(when.values) != when.negated for when in group)
        return reduce(np.logical_and, masks, np.ones(self.columns.n, dtype=bool))
