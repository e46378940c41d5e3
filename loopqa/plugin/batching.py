"""Batches from what a source finds one by one: rows, rejected rows, and bookmarks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from loopqa.plugin.source import BATCH_ROWS, Bookmark, Item, Rejected

Found: TypeAlias = "dict[str, Any] | Rejected | Bookmark"
"""One row by the source's own column names, one that can't be read, or how far it got."""

#: A batch is handed on when its texts have so many characters, however few rows it has.
BATCH_CHARACTERS = 1 << 24


def gathered(found: Iterable[Found]) -> Iterator[Item]:
    """Batches of the rows, in order; a bookmark comes behind exactly what it covers.

    Of bookmarks within a batch only the last one counts, so a source may yield many. A column that
    a row had before is in every later batch, and empty if it has no value any more.
    """
    batch = _Batch()
    for one in found:
        batch.take(one)
        if batch.full:
            yield from batch.handed_on()
    yield from batch.handed_on()


class _Batch:
    """What waits to be handed on, and how much of it the last bookmark covers."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, Any] | Rejected] = []
        self._known: dict[str, None] = {}
        self._characters = self._covered = 0
        self._bookmark: Bookmark | None = None

    @property
    def full(self) -> bool:
        return len(self._waiting) >= BATCH_ROWS or self._characters >= BATCH_CHARACTERS

    def take(self, one: Found) -> None:
        if isinstance(one, Bookmark):
            self._bookmark, self._covered = one, len(self._waiting)
            return
        self._waiting.append(one)
        if isinstance(one, dict):
            self._known.update(dict.fromkeys(one))
            self._characters += sum(len(value) for value in one.values() if type(value) is str)

    def handed_on(self) -> Iterator[Item]:
        waiting, covered, bookmark = self._waiting, self._covered, self._bookmark
        self._waiting, self._covered, self._bookmark, self._characters = [], 0, None, 0
        yield from self._parted(waiting[:covered])
        if bookmark is not None:
            yield bookmark
        yield from self._parted(waiting[covered:])

    def _parted(self, waiting: list[dict[str, Any] | Rejected]) -> Iterator[Item]:
        rows = [one for one in waiting if isinstance(one, dict)]
        if rows:
            yield [{**self._known, **rows[0]}, *rows[1:]]
        yield from (one for one in waiting if isinstance(one, Rejected))
