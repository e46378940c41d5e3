"""Sources: where cases come from. A source yields rows under its own column names.

What the columns mean (``map``, ``dates``, missing marks) is the host's business, not the source's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from loopqa.language import Text
from loopqa.model.score import RejectedRow
from loopqa.model.window import Window

if TYPE_CHECKING:
    import pyarrow as pa

    from loopqa.plugin.options import OptionsClass

Batch: TypeAlias = "list[dict[str, Any]] | pa.RecordBatch | pa.Table"
"""Some rows with the source's own column names; values are text or natural types (numbers, bools,
dates, aware or naive datetimes, None). About 10,000 rows are a good size."""

Rejected = RejectedRow
"""A row that the source itself could not read: ``Rejected(file, row, column, value, reason)``.

``reason`` is an English template without parameters, as in ``text("...").template``. A source puts
it into its stream among the batches; the host counts the row as read and rejected.
"""


@dataclass(frozen=True)
class Bookmark:
    """How far an incremental source has read: everything that it yielded before this item.

    The host saves it together with those rows and hands it back as ``ReadContext.state``.
    """

    state: Mapping[str, Any]  #: JSON-able


Item: TypeAlias = "Batch | Rejected | Bookmark"
"""What a source yields; bookmarks only where it is incremental."""

Progress = Callable[[str, int, "int | None"], None]
"""Called now and then with what is being read, how much is done, and how much there is (None:
unknown), the latter two in the same unit of the source's choice."""

Record = TypeVar("Record")

BATCH_ROWS = 10_000


class BadRow(Exception):
    """One record cannot be used; for conversions that run under :func:`in_batches`."""

    def __init__(self, column: str | None, why: Text, value: str | None = None) -> None:
        super().__init__(column, why, value)
        self.column = column
        self.why = why  #: a sentence without parameters
        self.value = value


def unheard(label: str, done: int, total: int | None) -> None:
    """The progress callback of a reader that nobody watches."""


@dataclass(frozen=True)
class ReadContext:
    """What the host wants from one reading."""

    window: Window | None = None  #: a source may leave out rows outside; None: everything
    columns: frozenset[str] | None = None  #: wanted source columns; None: all. More do no harm
    progress: Progress = unheard
    at: tuple[str, ...] = ()  #: columns that may tell a row's time; the first that exists does
    state: Mapping[str, Any] | None = None  #: the last bookmark; None: from the beginning


@dataclass(frozen=True)
class Relation:
    """Rows that already stand on an engine: where that is, and what to select there."""

    url: str = field(repr=False)  #: as Ibis connects; it may hold a password, so it is never shown
    query: str  #: a SELECT, or the name of a table


class Source(ABC):
    """Reads cases from somewhere.

    The YAML of an input is ``{type: <type>, <options of Config>, ...}``. Sources that read files
    add two columns to every batch: ``_file`` (text, the path relative to the workspace) and
    ``_row`` (whole number: the line of the file or the row of the sheet at which the row begins,
    counted from 1, header included), so that a rejected row can be found again.
    """

    type: ClassVar[str]  #: the name in YAML
    summary: ClassVar[Text]  #: one line for people
    Config: ClassVar[OptionsClass]
    incremental: ClassVar[bool] = False  #: may yield bookmarks and go on from one
    """An incremental source gives every row an ``_id`` (text or number: which record it is) and,
    if records change, a ``_version`` that grows. Rows may come more than once: of each ``_id`` the
    one with the highest ``_version`` counts, and among equals the one that came last."""

    def __init__(self, config: Any, *, root: Path) -> None:
        """Keep ``config`` (a ``Config``) and ``root``, where relative paths start; no I/O here."""
        self.config = config
        self.root = root

    @abstractmethod
    def check(self) -> None:
        """Find out cheaply whether the source can be read.

        Raises:
            DataError: a file is missing or cannot be read; says which, and what to do.
            PluginError: the other side does not answer.
        """

    @abstractmethod
    def read(self, context: ReadContext) -> Iterator[Item]:
        """Yield batches of rows, and a ``Rejected`` for each row that could not be read.

        Raises:
            DataError: the input as a whole cannot be read.
            PluginError: the other side failed.
        """

    def columns(self) -> tuple[str, ...] | None:
        """All column names, if that can be told without reading the rows; None if it cannot.

        Raises:
            DataError: as :meth:`check`.
        """
        return None

    def tables(self) -> tuple[tuple[str, int], ...]:
        """The tables of which this source reads one, as a workbook has sheets: name and cells.

        Empty where there is no choice.

        Raises:
            DataError: as :meth:`check`.
        """
        return ()

    def goes_on(self) -> bool:
        """Whether this use of the source is to be read incrementally, as its options say."""
        return self.incremental

    def relation(self) -> Relation | None:
        """Where the rows stand already, if the host may count them there; None: nowhere."""
        return None


def in_batches(
    records: Iterable[Record],
    row_of: Callable[[Record], dict[str, Any]],
    *,
    file: str,
    first: int = 1,
) -> Iterator[Item]:
    """Turn single records into batches, rejecting those for which ``row_of`` raises BadRow.

    ``file`` names the origin, ``first`` is the number of the first record; both are added to the
    rows as ``_file`` and ``_row``.
    """
    rows: list[dict[str, Any]] = []
    for number, record in enumerate(records, first):
        try:
            rows.append({**row_of(record), "_file": file, "_row": number})
        except BadRow as bad:
            yield Rejected(file, number, bad.column, bad.value, bad.why.template)
        if len(rows) >= BATCH_ROWS:
            yield rows
            rows = []
    if rows:
        yield rows
