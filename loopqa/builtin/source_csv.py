"""Source ``csv``: delimited text files, read with every value as the text it is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from loopqa.builtin.csv_header import Header, read_header, unclosed_quote
from loopqa.builtin.csv_lines import Ragged, RecordLines
from loopqa.builtin.csv_quotes import swallowing_rows
from loopqa.builtin.csv_scan import Scan, open_bytes, scan, unreadable
from loopqa.builtin.encodings import Encoding
from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.file_source import FileSource, Paths, chosen_columns, with_origin
from loopqa.errors import DataError, LoopQAError, Place
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.options import Options
from loopqa.plugin.source import Item, ReadContext, Rejected, Source

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes parsed at once; a single record must be shorter.
BLOCK = 1 << 22

TOO_FEW = text("the row has fewer fields than the header")
TOO_MANY = text("the row has more fields than the header")
SWALLOWED = text("the row spans several lines; a quotation mark may not be closed")
NUL_INSIDE = text("the value holds a NUL character")


class CsvOptions(Options):
    """Options of the source ``csv``."""

    path: Paths
    encoding: Encoding | None = None  #: None: UTF-8, UTF-16 by its mark, or GB18030 if it reads so
    delimiter: str | None = None  #: one character, or "tab"; None: found out from , ; tab |
    header_row: Annotated[int, Field(ge=1)] = 1  #: line that holds the column names

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str | None) -> str | None:
        """Refuse delimiters that no parser could tell from the text around them."""
        character = "\t" if delimiter == "tab" else delimiter
        if character is not None and (len(character) != 1 or character in '"\r\n'):
            raise ValueError(text("write one character, or 'tab'"))
        return character


@dataclass(frozen=True)
class OpenedFile:
    """One file on its way through the parser."""

    file: FoundFile
    scan: Scan
    header: Header
    columns: dict[str, int]  #: the wanted ones: name → position

    @property
    def needs_all(self) -> bool:
        """Whether unwanted columns matter too: for counting lines, or finding NULs."""
        return self.scan.quoted_newlines or self.scan.nul


class Csv(FileSource):
    """Reads CSV and its relatives, line by line accounted for."""

    type = "csv"
    summary = text("text files with one row a line: CSV, TSV, also gzipped or zipped")
    Config = CsvOptions
    config: CsvOptions

    def header(self, file: FoundFile) -> Sequence[str]:
        """The column names of one file."""
        return self._header(file, scan(file, self.config.encoding)).names

    def read_file(self, file: FoundFile, context: ReadContext) -> Iterator[Item]:
        """The rows of one file, and a Rejected for each that can't be one."""
        found = scan(file, self.config.encoding)
        header = self._header(file, found)
        _refuse_open_quote(file, found, header)
        place = Place(file.name, self.config.header_row)
        columns = chosen_columns(header.names, context.columns, place)
        yield from _rows(OpenedFile(file, found, header, columns), context)

    def _header(self, file: FoundFile, found: Scan) -> Header:
        config = self.config
        return read_header(file, found, row=config.header_row, delimiter=config.delimiter)


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``csv``."""
    return [Csv]


def _refuse_open_quote(file: FoundFile, found: Scan, header: Header) -> None:
    line = unclosed_quote(file, found, header) if found.quotes % 2 else None
    if line is not None:
        raise DataError(
            text("a quotation mark that opens in this line is never closed"),
            place=Place(file.name, line),
            hint=text("close it, or write it twice if it belongs to the text"),
        )


def _rows(opened: OpenedFile, context: ReadContext) -> Iterator[Item]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    first = opened.header.lines + 1
    lines = RecordLines(first, first, opened.scan.blank_lines)
    size = opened.file.path.stat().st_size
    yielded = False
    try:
        with open_bytes(opened.file) as stream:
            for batch in _parsed(opened, stream, lines):
                yield from _accounted(opened, batch, lines)
                yielded = True
                context.progress(opened.file.name, _position(stream), size)
    except pa.ArrowInvalid as error:
        raise _not_csv(opened.file, lines, error) from error
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(opened.file, error) from error
    yield from _rejected(opened.file.name, lines.rest())
    if not yielded:
        yield _empty(opened)


def _parsed(opened: OpenedFile, stream: IO[bytes], lines: RecordLines) -> Iterator[pa.RecordBatch]:
    """The sound records as batches whose columns are named by their position."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import csv  # noqa: PLC0415 - heavy

    def skip(row: Any) -> str:
        breaks = row.text.count("\n")
        lines.ragged[row.number] = Ragged(
            row.number, row.actual_columns, row.expected_columns, breaks
        )
        return "skip"

    every = [str(position) for position in range(len(opened.header.names))]
    wanted = every if opened.needs_all else [str(at) for at in opened.columns.values()]
    try:
        reader = csv.open_csv(
            stream,
            read_options=csv.ReadOptions(
                use_threads=False,  # with threads, records that are skipped have no number
                block_size=BLOCK,
                skip_rows=opened.header.lines,
                column_names=every,
                encoding=opened.scan.encoding,
            ),
            parse_options=csv.ParseOptions(
                delimiter=opened.header.delimiter,
                newlines_in_values=True,
                invalid_row_handler=skip,
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(every, pa.string()),
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "skip initial" in str(error) or "Empty CSV" in str(error):
            return  # nothing stands below the header
        raise
    yield from reader


def _accounted(opened: OpenedFile, batch: pa.RecordBatch, lines: RecordLines) -> Iterator[Item]:
    """One batch with its lines, after the records before and within it that were rejected."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    breaks = _line_breaks(opened, batch)
    numbers, ragged = lines.of_batch(breaks)
    file, unsound = opened.file.name, set[int]()
    yield from _rejected(file, ragged)
    for row in swallowing_rows(batch, breaks, opened.header.delimiter):
        unsound.add(row)
        for line in range(numbers[row], numbers[row] + breaks[row] + 1):
            yield Rejected(file, int(line), None, None, SWALLOWED.template)
    if opened.scan.nul:
        for row, name in _nul_rows(opened, batch).items():
            unsound.add(row)
            yield Rejected(file, int(numbers[row]), name, None, NUL_INSIDE.template)
    if unsound:
        sound = [row for row in range(batch.num_rows) if row not in unsound]
        batch, numbers = batch.take(pa.array(sound, pa.int64())), numbers[sound]
    chosen = [batch.column(str(at)) for at in opened.columns.values()]
    yield with_origin(_named(chosen, opened, batch.num_rows), opened.file.name, numbers)


def _named(columns: list[Any], opened: OpenedFile, rows: int) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    schema = pa.schema([(name, pa.string()) for name in opened.columns])
    if columns:
        return pa.RecordBatch.from_arrays(columns, schema=schema)
    return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))


def _line_breaks(opened: OpenedFile, batch: pa.RecordBatch) -> Any:
    """How many line breaks the fields of each record hold."""
    import numpy as np  # noqa: PLC0415 - heavy
    from pyarrow import compute  # noqa: PLC0415 - heavy

    total = np.zeros(batch.num_rows, np.int64)
    if opened.scan.quoted_newlines:
        for column in batch.columns:
            total += compute.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total


def _nul_rows(opened: OpenedFile, batch: pa.RecordBatch) -> dict[int, str]:
    """Records with a NUL character in some field: position → the column's name."""
    from pyarrow import compute  # noqa: PLC0415 - heavy

    found: dict[int, str] = {}
    for name, column in zip(opened.header.names, batch.columns, strict=True):
        hits = compute.match_substring(column, "\0")
        for row in compute.indices_nonzero(hits).to_pylist():
            found.setdefault(row, name)
    return dict(sorted(found.items()))


def _rejected(file: str, ragged: Sequence[tuple[int, Ragged]]) -> Iterator[Rejected]:
    """Ragged records; of one that spans several lines, each line: it may have swallowed rows."""
    for first, record in ragged:
        reason = TOO_FEW if record.fields < record.expected else TOO_MANY
        reason = SWALLOWED if record.line_breaks else reason
        for line in range(first, first + record.line_breaks + 1):
            yield Rejected(file, line, None, None, reason.template)


def _empty(opened: OpenedFile) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    columns = [pa.array([], pa.string()) for _ in opened.columns]
    return with_origin(_named(columns, opened, 0), opened.file.name, [])


def _position(stream: IO[bytes]) -> int:
    """Bytes read of the file on disk, packed or not."""
    packed = getattr(stream, "raw", stream)
    return int((getattr(packed, "fileobj", None) or stream).tell())


def _not_csv(file: FoundFile, lines: RecordLines, error: Exception) -> LoopQAError:
    if "straddling" in str(error):
        return DataError(
            text("a row after this line is longer than {size} MB", size=BLOCK >> 20),
            place=Place(file.name, lines.line),
            hint=text("look for a quotation mark that is not closed"),
        )
    why = str(error).splitlines()[0]
    return DataError(text("the file can't be read as CSV: {why}", why=why), place=file.place)
