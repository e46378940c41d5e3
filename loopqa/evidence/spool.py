"""Case tables too large for memory: pages in temporary files, read one after the other.

A spooled table offers what the rest of the room asks of an Arrow table; what is picked from it or
added to it is done page by page while it is read. Small inputs never come here.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import SEEK_END
from tempfile import TemporaryFile
from typing import Any, Protocol
from weakref import finalize

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

PAGE_ROWS = 250_000  #: cases that are held in memory at once; more than that are spooled

#: Where the codes of a text column are kept, in order of size.
_CODES = (pa.int8(), pa.int16(), pa.int32())


class Page(Protocol):
    """A part of a case table that can be read again and again."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def span(self) -> tuple[Any, Any]:
        """Earliest and latest ``at`` (Arrow scalars; null without any)."""

    def read(self, columns: Sequence[str]) -> Any:
        """These columns, as an Arrow table."""


@dataclass(frozen=True)
class SpooledPage:
    """A page in a file of a :class:`Spool`."""

    spool: Spool
    start: int
    size: int  #: bytes
    rows: int
    columns: tuple[str, ...]
    span: tuple[Any, Any]  #: earliest and latest ``at``

    def read(self, columns: Sequence[str]) -> Any:
        """These columns, as an Arrow table."""
        asked = self.start, tuple(columns)
        latest = self.spool.latest
        if latest is None or latest[0] != asked:
            latest = self.spool.latest = None  # makes room first
            latest = self.spool.latest = asked, self._read(columns)
        return latest[1]

    def _read(self, columns: Sequence[str]) -> Any:
        places = sorted(self.columns.index(name) for name in columns)
        options = ipc.IpcReadOptions(included_fields=places)
        written = pa.BufferReader(self.spool.look(self.start, self.size))
        with ipc.open_file(written, options=options) as reader:
            return reader.read_all().select(list(columns))


class Spool:
    """A temporary file without a name, in which pages lie one behind the other.

    It takes no space before the first page, and vanishes with the last page that is of use.
    """

    def __init__(self) -> None:
        self._file: Any = None
        #: What was read last, and which page and columns that was: windows share their first pages.
        self.latest: tuple[tuple[int, tuple[str, ...]], Any] | None = None

    def page(self, table: Any) -> SpooledPage:
        """Write a table as the next page."""
        if self._file is None:
            self._file = TemporaryFile(prefix="loopqa-spool-")  # noqa: SIM115 - see finalize
            finalize(self, self._file.close)
        start = self._padded()
        options = ipc.IpcWriteOptions(compression="lz4")
        written = pa.BufferOutputStream()
        with ipc.new_file(written, table.schema, options=options) as writer:
            writer.write_table(table)
        size = self._file.write(written.getvalue())
        self._file.flush()  # what is looked at must be in the file
        extremes = pc.min_max(table.column("at"))
        span = extremes["min"], extremes["max"]
        return SpooledPage(self, start, size, table.num_rows, tuple(table.column_names), span)

    def look(self, start: int, size: int) -> Any:
        """Bytes of the file, of which only those are read that somebody looks at."""
        return mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ, offset=start)

    def _padded(self) -> int:
        """Where the next page begins: the system maps files from round places only."""
        end = self._file.seek(0, SEEK_END)
        return int(self._file.seek(end + -end % mmap.ALLOCATIONGRANULARITY))


class Step(Protocol):
    """What is done to every page after it was read."""

    def __call__(self, table: Any) -> Any:
        """The changed table."""

    def needs(self, columns: frozenset[str]) -> frozenset[str]:
        """What must have been read, so that these columns come out."""

    def makes(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The names of all columns afterwards."""

    def skips(self, page: Page) -> bool:
        """Whether nothing of this page can be left; False where that is not known."""


@dataclass(frozen=True)
class Picked:
    """Only the rows for which ``mask`` is true."""

    reads: frozenset[str]
    mask: Callable[[Any], Any]
    skip: Callable[[Page], bool] | None = None  #: tells pages in which no row can be meant

    def __call__(self, table: Any) -> Any:
        return table.filter(self.mask(table))

    def needs(self, columns: frozenset[str]) -> frozenset[str]:
        return columns | self.reads

    def makes(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return columns

    def skips(self, page: Page) -> bool:
        return self.skip is not None and self.skip(page)


@dataclass(frozen=True)
class Made:
    """A column made of others, new or in the place of an old one."""

    name: str
    reads: frozenset[str]
    column: Callable[[Any], Any]

    def __call__(self, table: Any) -> Any:
        made = self.column(table)
        if self.name in table.column_names:
            return table.set_column(table.column_names.index(self.name), self.name, made)
        return table.append_column(self.name, made)

    def needs(self, columns: frozenset[str]) -> frozenset[str]:
        return (columns - {self.name}) | self.reads if self.name in columns else columns

    def makes(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return columns if self.name in columns else (*columns, self.name)

    def skips(self, page: Page) -> bool:
        return False


@dataclass(frozen=True)
class Renamed:
    """Columns under new names, where they are there."""

    names: dict[str, str] = field(hash=False)  #: old -> new

    def __call__(self, table: Any) -> Any:
        return table.rename_columns(list(self.makes(tuple(table.column_names))))

    def needs(self, columns: frozenset[str]) -> frozenset[str]:
        old = {new: name for name, new in self.names.items()}
        return frozenset(old.get(name, name) for name in columns)

    def makes(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.names.get(name, name) for name in columns)

    def skips(self, page: Page) -> bool:
        return False


@dataclass(frozen=True)
class Dropped:
    """Without some columns; of spooled pages, later steps may still read them."""

    names: frozenset[str]

    def __call__(self, table: Any) -> Any:
        return table.select(list(self.makes(tuple(table.column_names))))

    def needs(self, columns: frozenset[str]) -> frozenset[str]:
        return columns

    def makes(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in columns if name not in self.names)

    def skips(self, page: Page) -> bool:
        return False


@dataclass(frozen=True)
class SpooledTable:
    """Pages of cases, and what is done to each of them on reading."""

    pages: tuple[Page, ...]
    steps: tuple[Step, ...] = ()

    def then(self, step: Step) -> SpooledTable:
        """The same pages with one step more."""
        return replace(self, steps=(*self.steps, step))

    @cached_property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        names = self.pages[0].columns
        for step in self.steps:
            names = step.makes(names)
        return list(names)

    @cached_property
    def num_rows(self) -> int:
        """Number of rows; counted once, where some are picked out."""
        if not any(isinstance(step, Picked) for step in self.steps):
            return sum(page.rows for page in self.pages)
        return sum(table.num_rows for table in self.batches(["row"]))

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """The table page by page, as Arrow tables with these columns; empty ones are left out."""
        wanted = self.column_names if columns is None else list(columns)
        needed, steps = self._way_to(frozenset(wanted))
        for page in self.pages:
            if any(step.skips(page) for step in steps):
                continue
            table = page.read(needed)
            for step in steps:
                table = step(table)
            if table.num_rows:
                yield table.select(wanted)

    def _way_to(self, columns: frozenset[str]) -> tuple[list[str], list[Step]]:
        """What must be read of a page, and the steps that matter, for these columns."""
        steps: list[Step] = []
        for step in reversed(self.steps):
            if isinstance(step, Dropped) or (isinstance(step, Made) and step.name not in columns):
                continue
            columns = step.needs(columns)
            steps.append(step)
        return sorted(columns), steps[::-1]

    def select(self, columns: Sequence[str]) -> Any:
        """These columns of all pages in memory, as an Arrow table."""
        found = list(self.batches(columns))
        return stacked(found) if found else self._of_none(columns)

    def _of_none(self, columns: Sequence[str]) -> Any:
        """An empty table of these columns."""
        needed, steps = self._way_to(frozenset(columns))
        table = self.pages[0].read(needed).slice(0, 0)
        for step in steps:
            table = step(table)
        return table.select(list(columns))

    def column(self, name: str) -> Any:
        """One column of all pages in memory."""
        return self.select([name]).column(name)


def changed(table: Any, step: Step) -> Any:
    """A case table after a step: an Arrow table now, a spooled one whenever it is read."""
    return table.then(step) if isinstance(table, SpooledTable) else step(table)


def batches(table: Any, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """A case table in pieces that fit into memory: pages, or the whole of an Arrow table."""
    if isinstance(table, SpooledTable):
        yield from table.batches(columns)
    else:
        yield table if columns is None else table.select(list(columns))


def stacked(tables: Sequence[Any]) -> Any:
    """Tables of the same columns in one piece; codes of texts are made the same."""
    if len(tables) == 1:
        return tables[0]
    alike = [evened(table) for table in tables]
    return pa.concat_tables(alike).unify_dictionaries().combine_chunks()


def evened(table: Any) -> Any:
    """The same table with codes of texts of the widest kind, as all pages can have them."""
    for at, name in enumerate(table.column_names):
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            wide = column.cast(pa.dictionary(_CODES[-1], column.type.value_type))
            table = table.set_column(at, name, wide)
    return table


def narrow(table: Any) -> Any:
    """The same table, with the codes of its texts in as few bytes as they need."""
    for at, name in enumerate(table.column_names):
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            array = column.combine_chunks()
            array = array if isinstance(array, pa.DictionaryArray) else array.chunk(0)
            table = table.set_column(at, name, _narrow(array))
    return table


def _narrow(array: Any) -> Any:
    width = _CODES[sum(len(array.dictionary) > limit for limit in (1 << 7, 1 << 15))]
    return pa.DictionaryArray.from_arrays(pc.cast(array.indices, width), array.dictionary)
