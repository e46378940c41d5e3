"""How often an OpenDocument sheet repeats what it says once.

Rows and cells carry a count of repetitions. Offices use it for the empty rest of a sheet; on a row
with values it makes a table of any size out of a few bytes.
"""

from __future__ import annotations

import re
import zipfile

CONTENT = "content.xml"
CHUNK = 1 << 20

#: No table that people made repeats a row or a cell with a value more often.
MOST = 20_000

_ROW = re.compile(
    rb"<table:table-row\b[^>]*?number-rows-repeated=[\"'](\d+)[\"'][^>]*>(.*?)</table:table-row>",
    re.DOTALL,
)
_CELL = re.compile(rb"<table:table-cell\b[^>]*?number-columns-repeated=[\"'](\d+)[\"'][^>]*>")
_VALUE = b"office:value"


def repeated_values(packed: zipfile.ZipFile) -> int | None:
    """How often a row or cell with a value is repeated, if that is too often."""
    if CONTENT not in packed.namelist():
        return None
    with packed.open(CONTENT) as stream:  # by chunks: a part may be larger than it says
        content = b"".join(iter(lambda: stream.read(CHUNK), b""))
    rows = (int(row[1][:12]) for row in _ROW.finditer(content) if _VALUE in row[2])
    cells = (int(cell[1][:12]) for cell in _CELL.finditer(content) if _VALUE in cell[0])
    most = max((*rows, *cells), default=0)
    return most if most > MOST else None
