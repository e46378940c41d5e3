"""How much room a sheet of an xlsx workbook takes, told before it is read.

The reader lays a sheet out as one rectangle. A single cell in the last row of the last column
makes that 17 thousand million cells, and ends the process, not just the reading.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field

CHUNK = 1 << 20

#: Longer than any cell's opening tag up to its reference.
OVERLAP = 200

_REFERENCE = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"')

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
        return self.row * width > max(ROOM, ROOM_EACH * self.cells)

    @property
    def corner(self) -> str:
        """The rectangle's last cell, such as ``XFD1048576``."""
        letters = max(self.columns, key=column_number, default=b"A")
        return f"{letters.decode()}{self.row}"


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
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            extent = _extent(packed, part)
            if extent.is_sparse:
                return extent.corner
    return None


def _extent(packed: zipfile.ZipFile, part: str) -> Extent:
    extent = Extent()
    tail = b""
    with packed.open(part) as stream:
        while chunk := stream.read(CHUNK):
            joined = tail + chunk
            end = 0
            for found in _REFERENCE.finditer(joined):
                extent.columns.add(found[1])
                extent.row = max(extent.row, int(found[2]))
                extent.cells += 1
                end = found.end()
            tail = joined[max(end, len(joined) - OVERLAP) :]
    return extent
