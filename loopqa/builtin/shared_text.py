"""How much text the cells of an xlsx sheet hold once it is read.

A workbook keeps each text once and its cells refer to it; the reader gives every cell a copy. A
long text in every cell is small on disk and fills the memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

STRINGS = "xl/sharedStrings.xml"
CHUNK = 1 << 20

#: Bytes of text that cells may hold, and times that the texts' own size above it.
ROOM = 200_000_000
REPEATED = 20

_STRING = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_REFERENCE = re.compile(rb't="s"[^>]*>\s*<(?:\w+:)?v>(\d{1,9})</')
#: Longer than what stands between a cell's type and its value.
OVERLAP = 200


def repeated_text(packed: zipfile.ZipFile) -> int | None:
    """Bytes of text in the cells of the first sheet that repeats long texts too often, if any."""
    if STRINGS not in packed.namelist():
        return None
    with packed.open(STRINGS) as stream:  # by chunks: a part may be larger than it says
        strings = b"".join(iter(lambda: stream.read(CHUNK), b""))
    lengths = [len(found[0]) for found in _STRING.finditer(strings)]
    longest, distinct = max(lengths, default=0), sum(lengths)
    for part in packed.namelist():
        if not (part.startswith("xl/worksheets/") and part.endswith(".xml")):
            continue
        if longest * (packed.getinfo(part).file_size // len('<c t="s"><v>1</v></c>')) <= ROOM:
            continue
        size = sum(lengths[at] for at in _references(packed, part) if at < len(lengths))
        if size > max(ROOM, REPEATED * distinct):
            return size
    return None


def _references(packed: zipfile.ZipFile, part: str) -> Iterator[int]:
    """The text that each cell of a sheet refers to."""
    tail = b""
    with packed.open(part) as stream:
        while chunk := stream.read(CHUNK):
            joined = tail + chunk
            end = 0
            for found in _REFERENCE.finditer(joined):
                yield int(found[1])
                end = found.end()
            tail = joined[max(end, len(joined) - OVERLAP) :]
