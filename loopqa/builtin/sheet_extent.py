"""How much room a sheet of an xlsx workbook takes, told before it is read.

The reader lays a sheet out as one rectangle. A single cell in the last row of the last column
makes that 17 thousand million cells, and ends the process, not just the reading.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field

CHUNK = 1 << 20

#: Parts that are never read as a sheet; any other may be one, whatever its folder.
_NO_SHEETS = ("sharedStrings.xml", "styles.xml", "theme1.xml")

#: Longer than any cell's opening tag up to its reference.
OVERLAP = 200

#: Of a cell (A1) or a row (1), as any XML parser would read it.
_REFERENCE = re.compile(rb"<(?:\w+:)?(?:c|row)\s[^>]*?\br\s*=\s*[\"']\s*([A-Za-z]*)(\d+)\s*[\"']")

#: No sheet has more columns and rows; a reader that believes more asks for all the memory there is.
LAST_COLUMN, LAST_ROW = 16_384, 1_048_576

#: A rectangle may always have this many cells, and a larger one this many for each cell in use.
ROOM = 2_000_000
ROOM_EACH = 20


@dataclass
class Extent:
    """The rectangle that holds all cells of one sheet."""

    cells: int = 0
    row: int = 0  #: the last one in use
    columns: set[bytes] = field(default_factory=set)  #: letters of those in use

    @property
    def is_sparse(self) -> bool:
        """Whether the rectangle is large and nearly empty."""
        width = max(map(column_number, self.columns), default=0)
        beyond = width > LAST_COLUMN or self.row > LAST_ROW
        return beyond or self.row * width > max(ROOM, ROOM_EACH * self.cells)

    @property
    def corner(self) -> str:
        """The rectangle's last cell, such as ``XFD1048576``."""
        letters = max(self.columns, key=column_number, default=b"A")
        return f"{letters.decode()[:8]}{str(self.row)[:12]}"


def column_number(letters: bytes) -> int:
    """The position of a column, from 1.

    >>> column_number(b"A"), column_number(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def sparse_corner(packed: zipfile.ZipFile) -> str | None:
    """The last cell of the first sheet that is large and nearly empty; None if none is."""
    for part in packed.namelist():
        if part.endswith((".xml", ".XML")) and not part.endswith(_NO_SHEETS):
            extent = _extent(packed, part)
            if extent.is_sparse:
                return extent.corner
    return None


def _extent(packed: zipfile.ZipFile, part: str) -> Extent:
    extent = Extent()
    tail = b""
    with packed.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if b"\0" in chunk:
                raise ValueError("a sheet in UTF-16 can't be weighed")
            joined = tail + chunk
            end = 0
            for found in _REFERENCE.finditer(joined):
                extent.row = max(extent.row, int(found[2][:12]))
                if found[1]:
                    extent.columns.add(found[1].upper()[:8])
                    extent.cells += 1
                end = found.end()
            tail = joined[max(end, len(joined) - OVERLAP) :]
    return extent
