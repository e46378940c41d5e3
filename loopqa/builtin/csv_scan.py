"""One look through a text file before it is parsed: its encoding, and what to beware of.

The look costs about a sixth of the parsing. It reads the whole file, because a file of mostly
Latin letters may show only in its last line that it is not UTF-8.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, cast

from loopqa.builtin.csv_zip import SIGNATURE, open_only_text
from loopqa.builtin.file_search import FoundFile
from loopqa.errors import DataError, Place
from loopqa.language import text

CHUNK = 1 << 20

#: Byte-order marks, the longer ones first.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: First bytes of files that people give the wrong type, and the right one.
NOT_TEXT = ((SIGNATURE, "excel"), (b"\xd0\xcf\x11\xe0", "excel"), (b"PAR1", "parquet"))

#: Share of non-ASCII characters that must be everyday Chinese (GB 2312) before a file counts as
#: GB18030: other encodings decode as GB18030 too, but into rare characters.
EVERYDAY_SHARE = 0.9

#: A packed file may unpack to this size, and to this many times its packed size above it.
#: Exports shrink 5 to 30 times; a bomb up to 1,000 times.
LARGE = 100_000_000
RATIO = 150

#: Control characters that no text is full of.
_UNWRITTEN = bytes({*range(32)} - set(b"\t\n\r\f\x1b"))

_ASCII = re.compile(r"[\x00-\x7f]+")


class WrongEncoding(DataError):
    """The file is not in the encoding that it was tried with."""


@dataclass
class Scan:
    """What the look through a file found."""

    encoding: str = "utf-8"
    quotes: int = 0  #: quotation marks in the file
    quoted_newlines: bool = False  #: some field may hold a line break
    nul: bool = False  #: there is a NUL character
    lines: int = 0  #: line ends
    blank_lines: list[int] = field(default_factory=list)  #: their numbers, from 1

    _tail: bytes = b""

    def take(self, chunk: bytes) -> None:
        """Look at the next bytes, in an encoding in which ASCII characters are themselves."""
        self.nul = self.nul or b"\0" in chunk
        if not self.quoted_newlines and (self.quotes % 2 or b'"' in chunk):
            self.quoted_newlines = _newline_in_quotes(chunk, self.quotes)
        self.quotes += chunk.count(b'"')
        joined = self._tail + chunk
        if b"\n\n" in joined or b"\n\r\n" in joined:
            self._note_blank_lines(joined)
        self.lines += chunk.count(b"\n")
        self._tail = joined[-2:]

    def _note_blank_lines(self, joined: bytes) -> None:
        import numpy as np  # noqa: PLC0415 - heavy, and most files have no blank lines

        octets = np.frombuffer(joined, np.uint8)
        ends = np.flatnonzero(octets == ord("\n"))
        lengths, last = np.diff(ends), octets[ends - 1]
        blank = (lengths == 1) | ((lengths == 2) & (last[1:] == ord("\r")))
        blank &= ends[1:] >= len(self._tail)
        before = self.lines - self._tail.count(b"\n")
        self.blank_lines.extend((np.flatnonzero(blank) + before + 2).tolist())


def _newline_in_quotes(chunk: bytes, quotes_before: int) -> bool:
    """Whether a line ends after an odd number of quotation marks."""
    import numpy as np  # noqa: PLC0415 - heavy, and most files have no quotes

    octets = np.frombuffer(chunk, np.uint8)
    quotes = np.flatnonzero(octets == ord('"'))
    newlines = np.flatnonzero(octets == ord("\n"))
    return bool(((np.searchsorted(quotes, newlines) + quotes_before) % 2).any())


def open_bytes(file: FoundFile) -> IO[bytes]:
    """The file's content, unpacked if it is gzip or a zip of one text file, whatever its name.

    Raises:
        DataError: it cannot be opened.
    """
    try:
        with file.path.open("rb") as stream:
            head = stream.read(4)
        if head[:2] == b"\x1f\x8b":
            return cast("IO[bytes]", gzip.open(file.path))
        unpacked = open_only_text(file) if head == SIGNATURE else None
        return unpacked or file.path.open("rb")
    except OSError as error:
        raise unreadable(file, error) from error


def unreadable(file: FoundFile, error: Exception) -> DataError:
    """The file can't be opened or unpacked."""
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
        return DataError(
            text("the packed file is damaged or cut short"),
            place=file.place,
            hint=text("fetch it again"),
        )
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return DataError(text("the file can't be read: {why}", why=reason), place=file.place)


def scan(file: FoundFile, encoding: str | None = None) -> Scan:
    """Look through ``file``; ``encoding`` None: find it out.

    Raises:
        DataError: the file is not text, or its encoding is not the one named, or can't be told.
    """
    head = head_of(file)
    if encoding is not None:
        return _scan_as(file, encoding)
    for mark, name in MARKS:
        if head.startswith(mark):
            return _scan_as(file, name)
    _demand_text(file, head)
    try:
        return _scan_as(file, "utf-8")
    except WrongEncoding as not_utf8:
        return _scan_as_chinese(file, not_utf8)


def head_of(file: FoundFile) -> bytes:
    """The first bytes of a file that is said to be text.

    Raises:
        DataError: the file can't be read.
    """
    try:
        with open_bytes(file) as stream:
            return stream.read(4096)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error


def refuse_other_types(file: FoundFile, head: bytes) -> None:
    """Say which type reads a file that begins like a workbook or like Parquet.

    Raises:
        DataError: it does.
    """
    for magic, kind in NOT_TEXT:
        if head.startswith(magic):
            raise DataError(
                text("the file is not text"),
                place=file.place,
                hint=text("read it with 'type: {type}'", type=kind),
            )


def _demand_text(file: FoundFile, head: bytes) -> None:
    refuse_other_types(file, head)
    if len(head) - len(head.translate(None, _UNWRITTEN)) > len(head) / 10:
        raise DataError(
            text("the file is not text, or UTF-16 without a byte-order mark"),
            place=file.place,
            hint=text("if it is text, name its encoding: 'encoding: utf-16-le'"),
        )


def _scan_as(file: FoundFile, encoding: str) -> Scan:
    found = Scan(encoding)
    for octets, _decoded in _decoded_chunks(file, encoding, found):
        found.take(octets)
    return found


def _scan_as_chinese(file: FoundFile, not_utf8: WrongEncoding) -> Scan:
    """Accept a file as GB18030 only if it reads like Chinese; otherwise it is bad UTF-8."""
    found = Scan("gb18030")
    foreign = everyday = 0
    try:
        for octets, decoded in _decoded_chunks(file, "gb18030", found):
            found.take(octets)
            letters = _ASCII.sub("", decoded)
            foreign += len(letters)
            everyday += len(letters.encode("gb2312", "ignore")) // 2
    except WrongEncoding:
        raise not_utf8 from None
    if everyday < EVERYDAY_SHARE * foreign:
        raise not_utf8
    return found


def _decoded_chunks(file: FoundFile, encoding: str, found: Scan) -> Iterator[tuple[bytes, str]]:
    """Pieces of the file as (bytes that keep ASCII, text); pure ASCII pieces have no text."""
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(encoding)()
    chunk, unpacked = b"", 0
    largest = max(LARGE, RATIO * file.path.stat().st_size)
    try:
        with open_bytes(file) as stream:
            while chunk := stream.read(CHUNK):
                unpacked += len(chunk)
                if unpacked > largest:
                    raise _bomb(file, largest)
                if chunk.isascii() and not wide and not decoder.getstate()[0]:
                    yield chunk, ""
                    continue
                decoded = decoder.decode(chunk)
                yield (decoded.encode("utf-8", "surrogatepass") if wide else chunk), decoded
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(file, encoding, found, chunk[: error.start]) from error
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error


def _bomb(file: FoundFile, size: int) -> DataError:
    return DataError(
        text("the file would unpack to more than {size} MB", size=size // 1_000_000),
        place=file.place,
        hint=text("this looks like a bomb; if it is not, unpack it yourself"),
    )


def _wrong_encoding(file: FoundFile, encoding: str, found: Scan, before: bytes) -> WrongEncoding:
    line = found.lines + before.count(b"\n") + 1
    return WrongEncoding(
        text("the text is not {encoding}", encoding=encoding.upper()),
        place=Place(file.name, line),
        hint=text("save the file as UTF-8, or name its encoding, as in 'encoding: gb18030'"),
    )
