"""Files of lines: their encoding, their lines without limitless ones, and the object in a line."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from loopqa.builtin.csv_scan import MARKS, head_of, open_bytes, refuse_other_types, unreadable
from loopqa.builtin.file_search import FoundFile
from loopqa.errors import DataError, Place
from loopqa.language import Text, text
from loopqa.plugin.records import TOO_DEEP, TWICE, fields_of
from loopqa.plugin.source import BadRow

#: Bytes (in UTF-16 and UTF-32: characters) that a line may have.
LONGEST = 1 << 22

TOO_LONG = text("the line is longer than 4 MB")
NOT_IN_ENCODING = text("the line is not in the encoding of the file")
NOT_JSON = text("the line is not a JSON object")
NOT_FINITE = text("NaN and Infinity are not JSON")
TOO_BIG = text("a number is too large")


@dataclass(frozen=True)
class Line:
    """One line of a file that is not blank: its number from 1, and its text or what is wrong."""

    number: int
    content: str | Text
    bytes_read: int  #: of the file on disk, up to here or a little further


def encoding_of(file: FoundFile, named: str | None) -> str:
    """The encoding of a file: by its mark, as named, or UTF-8.

    Raises:
        DataError: the file is no text, or can't be read.
    """
    head = head_of(file)
    refuse_other_types(file, head)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if named is not None:
        return "utf-8-sig" if named == "utf-8" else named
    return "utf-8-sig" if marked in {None, "utf-8"} else str(marked)


def lines_of(file: FoundFile, encoding: str) -> Iterator[Line]:
    """The lines of a file that are not blank; memory is bounded by the longest line.

    Raises:
        DataError: the file can't be read or unpacked, or is not UTF-16 or UTF-32 though it says so.
    """
    number = 0
    try:
        with open_bytes(file) as stream:
            for number, content in enumerate(_contents(stream, encoding), 1):
                if not isinstance(content, str) or content.strip():
                    yield Line(number, content, _position(stream))
    except UnicodeError as error:
        raise DataError(
            text("the text is not {encoding}", encoding=encoding.upper()),
            place=Place(file.name, number + 1),
            hint=text("save the file as UTF-8, or name its encoding, as in 'encoding: gb18030'"),
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error


def _contents(stream: IO[bytes], encoding: str) -> Iterator[str | Text]:
    if encoding.startswith(("utf-16", "utf-32")):
        # A byte that looks like a line's end may be half of a letter: decoded before it is cut.
        with io.TextIOWrapper(stream, encoding, newline="\n") as decoded:
            yield from _cut(decoded, "\n")
        return
    for piece in _cut(stream, b"\n"):
        yield piece if isinstance(piece, Text) else _decoded(piece, encoding)
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding


def _cut(stream: Any, end: Any) -> Iterator[Any]:
    """The lines of a binary or text stream; of one that is too long, only that it is."""
    while piece := stream.readline(LONGEST + 1):
        if len(piece) <= LONGEST or piece.endswith(end):
            yield piece
            continue
        while piece and not piece.endswith(end):
            piece = stream.readline(LONGEST)
        yield TOO_LONG


def _decoded(piece: bytes, encoding: str) -> str | Text:
    try:
        return piece.decode(encoding)
    except UnicodeError:
        return NOT_IN_ENCODING


def _position(stream: IO[bytes]) -> int:
    packed = getattr(stream, "raw", stream)
    raw = getattr(packed, "fileobj", None) or stream
    return 0 if raw.closed else int(raw.tell())


def object_in(line: str | Text) -> dict[str, Any]:
    """The fields of the JSON object in a line: nested ones as ``a.b``, lists as JSON text.

    Numbers keep their type; true and false are text, as they are written.

    Raises:
        BadRow: the line holds no object, or one that can't be taken at its word.
    """
    if isinstance(line, Text):
        raise BadRow(None, line)
    found = _parsed(line)
    if not isinstance(found, dict):
        raise BadRow(None, NOT_JSON, _start(line))
    return fields_of(found, suspect="\\" in line or "\0" in line)


def _parsed(line: str) -> Any:
    try:
        return json.loads(
            line, object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite
        )
    except RecursionError:
        raise BadRow(None, TOO_DEEP) from None
    except ValueError as error:
        reason = TOO_BIG if "integer string conversion" in str(error) else NOT_JSON
        raise BadRow(None, reason, _start(line)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise BadRow(next(name for name in names if names.count(name) > 1), TWICE)
    return made


def _refused(constant: str) -> Any:
    raise BadRow(None, NOT_FINITE, constant)


def _finite(written: str) -> float:
    number = float(written)
    if number in {float("inf"), float("-inf")}:
        raise BadRow(None, TOO_BIG, written[:60])
    return number


def _start(line: str) -> str:
    return line.strip()[:60]
