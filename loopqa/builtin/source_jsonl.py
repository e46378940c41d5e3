"""Source ``jsonl``: one JSON object a line, nested fields named by their path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from loopqa.builtin.encodings import Encoding
from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.file_source import FILE_COLUMN, ROW_COLUMN, FileSource, Paths
from loopqa.builtin.json_lines import Line, encoding_of, lines_of, object_in
from loopqa.errors import DataError, Place
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.options import Options
from loopqa.plugin.source import BATCH_ROWS, BadRow, Item, ReadContext, Rejected, Source

#: Lines whose fields count as the file's columns, where somebody only asks for those.
LOOKED_AT = 1000

#: A batch is handed on when its lines have so many characters, however few they are.
BATCH_CHARACTERS = 1 << 24

_OWN = frozenset({"", FILE_COLUMN, ROW_COLUMN})


class JsonlOptions(Options):
    """Options of the source ``jsonl``."""

    path: Paths
    encoding: Encoding | None = None  #: None: UTF-8, or UTF-16 and UTF-32 by their mark


class Jsonl(FileSource):
    """Reads JSON lines; each line is a row or is rejected, and nested fields are ``a.b``."""

    type = "jsonl"
    summary = text("text files with one JSON object a line (JSONL, NDJSON), also gzipped")
    Config = JsonlOptions
    config: JsonlOptions

    def header(self, file: FoundFile) -> Sequence[str]:
        """The fields of the file's first lines."""
        names: dict[str, None] = {}
        for line in islice(self._lines(file), LOOKED_AT):
            try:
                names.update(dict.fromkeys(object_in(line.content)))
            except BadRow:
                continue
        return [name for name in names if name not in _OWN]

    def read_file(self, file: FoundFile, context: ReadContext) -> Iterator[Item]:
        """The rows of one file, and a Rejected for each line that can't be one."""
        wanted = context.columns
        size = file.path.stat().st_size
        batch = _Batch(file.name)
        for line in self._lines(file):
            try:
                fields = object_in(line.content)
            except BadRow as bad:
                yield Rejected(file.name, line.number, bad.column, bad.value, bad.why.template)
                continue
            batch.add(line, fields if wanted is None else _chosen(fields, wanted))
            if batch.full:
                yield batch.taken()
                context.progress(file.name, line.bytes_read, size)
        if batch.rows:
            yield batch.taken()

    def _lines(self, file: FoundFile) -> Iterator[Line]:
        """The lines, unless the first one shows that the file is one document over all of them."""
        lines = lines_of(file, encoding_of(file, self.config.encoding))
        for first in islice(lines, 1):
            if isinstance(first.content, str):
                _refuse_document(file, first.number, first.content.strip())
            yield first
        yield from lines


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``jsonl``."""
    return [Jsonl]


class _Batch:
    """Rows gathered from lines; those of one file all have the fields seen so far."""

    def __init__(self, file: str) -> None:
        self.rows: list[dict[str, Any]] = []
        self._file = file
        self._known: dict[str, None] = {}
        self._characters = 0

    @property
    def full(self) -> bool:
        """Whether the rows should be handed on."""
        return len(self.rows) >= BATCH_ROWS or self._characters >= BATCH_CHARACTERS

    def add(self, line: Line, fields: dict[str, Any]) -> None:
        """Take one row."""
        self._known.update(dict.fromkeys(fields))
        self._characters += len(str(line.content))
        self.rows.append({**fields, FILE_COLUMN: self._file, ROW_COLUMN: line.number})

    def taken(self) -> list[dict[str, Any]]:
        """The rows, handed on; a field that only earlier rows had is there, and empty."""
        rows, self.rows, self._characters = self.rows, [], 0
        rows[0] = {**self._known, **rows[0]}
        return rows


def _chosen(fields: dict[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """The wanted fields; where there is none, all, so that messages can name what there is."""
    return {name: value for name, value in fields.items() if name in wanted} or fields


def _refuse_document(file: FoundFile, line: int, content: str) -> None:
    """One JSON document is not lines of objects, and every line of it would be called wrong."""
    if content not in {"{", "["} and not content.startswith("["):
        return
    raise DataError(
        text("the file is one JSON document, not one object a line"),
        place=Place(file.name, line),
        hint=text("write each object in a line of its own, as `jq -c '.[]'` does"),
    )
