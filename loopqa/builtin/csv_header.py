"""The header of a delimited text file: the delimiter, the column names, where the data begin."""

from __future__ import annotations

import csv
import io
import zlib
from dataclasses import dataclass
from itertools import chain

from loopqa.builtin.csv_scan import Scan, open_bytes, unreadable
from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.file_source import folded
from loopqa.errors import DataError, Place
from loopqa.language import text

DELIMITERS = (",", ";", "\t", "|")

#: Characters of the file that are looked at; below csv's own limit for one field.
SAMPLE = 100_000

#: Characters that a header may have; some exports have tens of thousands of columns.
LONGEST = 4_000_000

#: A record of two fields: inside quotes it would come back as one.
_END = ["\x1aend", "of file"]


@dataclass(frozen=True)
class Header:
    """How the columns are called and separated."""

    names: tuple[str, ...]
    delimiter: str
    lines: int  #: lines of the file up to and including the header


def read_header(file: FoundFile, scan: Scan, *, row: int, delimiter: str | None) -> Header:
    """The header in line ``row`` (from 1); ``delimiter`` None: the likeliest of ``, ; tab |``.

    Raises:
        DataError: the file ends before, or the line is empty.
    """
    sample = _sample(file, scan, row)
    if not sample.strip():
        raise _no_header(file, row)
    chosen = delimiter or likeliest_delimiter(sample)
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=chosen)
    try:
        names = tuple(folded(name) for name in next(reader, []))
    except csv.Error as error:
        raise _too_long(file, row) from error
    if not any(names):
        raise _no_header(file, row)
    return Header(names, chosen, row - 1 + reader.line_num)


def likeliest_delimiter(sample: str) -> str:
    r"""The delimiter by which most fields come out, in the header and alike in the lines below.

    >>> likeliest_delimiter("a;b;c\n1;2,5;3\n")
    ';'
    """
    return max(DELIMITERS, key=lambda delimiter: _fields(sample, delimiter))


def _fields(sample: str, delimiter: str) -> float:
    rows = _rows(sample, delimiter)
    width = len(rows[0]) if rows else 0
    alike = sum(len(row) == width for row in rows) / max(1, len(rows))
    return width * alike if width > 1 else 0.0


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        rows = [row for row, _ in zip(reader, range(50), strict=False) if row]
    except csv.Error:  # a field of more than 128 KiB: this delimiter cuts nothing
        return []
    return rows[:-1] if len(rows) > 1 and len(sample) >= SAMPLE else rows


def _sample(file: FoundFile, scan: Scan, row: int) -> str:
    try:
        with _text(file, scan) as lines:
            for _ in range(row - 1):
                while not (part := lines.readline(SAMPLE)).endswith(("\n", "\r")) and part:
                    pass
            header = lines.readline(LONGEST)
            if len(header) == LONGEST:
                raise _too_long(file, row)
            return header + lines.read(SAMPLE)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error


def _too_long(file: FoundFile, row: int) -> DataError:
    return DataError(
        text("the column names in this line are too long"),
        place=Place(file.name, row),
        hint=text("look for a quotation mark that is not closed"),
    )


def _no_header(file: FoundFile, row: int) -> DataError:
    if row == 1 and not file.path.stat().st_size:
        return DataError(
            text("the file is empty"),
            place=file.place,
            hint=text("export it again, or take it out of the input"),
        )
    return DataError(
        text("there are no column names in this line"),
        place=Place(file.name, row),
        hint=text("say which line holds them: 'header_row: 3'"),
    )


def unclosed_quote(file: FoundFile, scan: Scan, header: Header) -> int | None:
    """The line in which a quotation mark opens that is never closed, if there is one.

    A marker is put behind the last line: if it does not come back as a record of its own, a
    quotation mark has swallowed it.
    """
    start = last = 1
    with _text(file, scan) as lines:
        marker = header.delimiter.join(_END)
        reader = csv.reader(chain(lines, [marker]), delimiter=header.delimiter)
        try:
            for record in reader:
                if record == _END:
                    return None
                last, start = start, reader.line_num + 1
        except csv.Error:  # a field of more than 128 KiB: the quotation mark swallows on
            return start
    return last


def _text(file: FoundFile, scan: Scan) -> io.TextIOWrapper:
    codec = "utf-8-sig" if scan.encoding == "utf-8" else scan.encoding
    return io.TextIOWrapper(open_bytes(file), encoding=codec, newline="")
