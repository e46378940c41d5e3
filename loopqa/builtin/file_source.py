"""What all sources that read files have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from loopqa.builtin.file_search import FoundFile, find_files
from loopqa.errors import DataError, Place
from loopqa.language import text
from loopqa.plugin.source import Item, ReadContext, Source

if TYPE_CHECKING:
    import pyarrow as pa

Pattern = Annotated[str, Field(min_length=1)]
Paths = Pattern | Annotated[tuple[Pattern, ...], Field(min_length=1)]
"""The option ``path``: one path or glob, or a list of them."""

#: Names that file sources add; a column of the file with such a name is left out.
FILE_COLUMN = "_file"
ROW_COLUMN = "_row"


class FileSource(Source):
    """Reads the files of its option ``path``, one after the other, in the order of their names."""

    config: Any

    def files(self) -> tuple[FoundFile, ...]:
        """The files that the option ``path`` means.

        Raises:
            DataError: it means none.
        """
        return find_files(self.root, self.config.path)

    def check(self) -> None:
        """Find all files and read their column names."""
        self.columns()

    def columns(self) -> tuple[str, ...]:
        """The column names of all files, in order of first appearance."""
        names = (name for file in self.files() for name in self.header(file))
        return tuple(dict.fromkeys(name for name in names if name))

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The rows of all files; each file yields at least one batch, if only an empty one."""
        for file in self.files():
            yield from self.read_file(file, context)

    @abstractmethod
    def header(self, file: FoundFile) -> Sequence[str]:
        """The column names of one file; "" for a column without a name."""

    @abstractmethod
    def read_file(self, file: FoundFile, context: ReadContext) -> Iterator[Item]:
        """The rows of one file."""


def folded(name: str) -> str:
    """A column name without white space around it, and with single blanks inside.

    >>> folded(" 满意度\\n(1-5) ")
    '满意度 (1-5)'
    """
    return " ".join(name.replace("\ufeff", " ").split())


def chosen_columns(
    names: Sequence[str], wanted: frozenset[str] | None, place: Place
) -> dict[str, int]:
    """Which columns of a file are read: name → position, from 0.

    Columns without a name can't be meant by anybody and are left out.

    Raises:
        DataError: two columns have the same name, and it is wanted.
    """
    chosen: dict[str, int] = {}
    for position, name in enumerate(names):
        asked = wanted is None or name in wanted
        if not asked or name in {"", FILE_COLUMN, ROW_COLUMN}:
            continue
        if name in chosen:
            raise DataError(
                text(
                    "columns {first} and {second} are both called '{name}'",
                    first=chosen[name] + 1,
                    second=position + 1,
                    name=name,
                ),
                place=place,
                hint=text("give each column a name of its own"),
            )
        chosen[name] = position
    return chosen


def with_origin(batch: pa.RecordBatch, file: str, rows: Any) -> pa.RecordBatch:
    """The batch with ``_file`` and ``_row`` (an array of whole numbers) added."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    files = pa.repeat(pa.scalar(file), batch.num_rows)
    numbers = pa.array(rows, pa.int64())
    names = [*batch.schema.names, FILE_COLUMN, ROW_COLUMN]
    return pa.RecordBatch.from_arrays([*batch.columns, files, numbers], names)
