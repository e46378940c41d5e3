"""How far an incremental source ``http_json`` has read: the highest value of one column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from loopqa.builtin.http_json_options import IncrementalOptions
from loopqa.errors import PluginError
from loopqa.language import text
from loopqa.plugin.source import BadRow, Bookmark

EMPTY = text("the column that rows are read by is empty")
UNORDERED = text("the column that rows are read by is no number, time or text")

Rank = tuple[str, Any]
"""A kind and a value; values of one kind have an order."""


def rank(value: Any) -> Rank:
    """What a value is sorted by: numbers as such, times as instants, other texts as text.

    Raises:
        BadRow: it has no place in any order.

    >>> rank("2026-01-01T08:00:00+08:00") == rank("2026-01-01T00:00:00Z")
    True
    >>> rank("10") > rank(9)
    True
    """
    if value is None or value == "":
        raise BadRow(None, EMPTY)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return ("number", value)
    if not isinstance(value, str):
        raise BadRow(None, UNORDERED)
    if value.isascii() and value.isdigit():
        return ("number", int(value[:100]))
    moment = _moment(value)
    return ("text", value) if moment is None else ("time", moment)


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Mark:
    """A value as it came, and its rank."""

    rank: Rank
    value: Any


@dataclass(frozen=True)
class Since:
    """The highest value so far, as it came."""

    options: IncrementalOptions
    value: Any = None  #: None: nothing was read yet

    @classmethod
    def of(cls, state: Mapping[str, Any] | None, options: IncrementalOptions) -> Since:
        """What a bookmark says; one of another column says nothing."""
        known = state is not None and state.get("column") == options.column
        return cls(options, state["since"] if state is not None and known else None)

    def state(self) -> dict[str, Any]:
        """The bookmark."""
        return {"column": self.options.column, "since": self.value}

    def params(self) -> dict[str, Any]:
        """What is asked of the server: rows from here on, or a little before."""
        asked = self.options.start if self.value is None else self._back()
        return {} if asked is None else {self.options.since: asked}

    def _back(self) -> Any:
        """The value, ``overlap`` before; a text as it is."""
        kind, found = rank(self.value)
        if not self.options.overlap or kind == "text":
            return self.value
        if kind == "number":
            return found - self.options.overlap
        earlier = datetime.fromisoformat(self.value) - timedelta(seconds=self.options.overlap)
        written = earlier.isoformat("T" if "T" in self.value else " ")
        return written.replace("+00:00", "Z") if self.value.endswith("Z") else written


class Climb:
    """One reading on its way up: which bookmark may be set, and when.

    A row that changes while pages are read may be missed, as it moves from a page to come to one
    that is done. It then has a time later than the beginning of the reading, so no bookmark goes
    beyond that: the server's own clock tells it, in the first answer's ``Date``.
    """

    def __init__(self, since: Since, begun: datetime | None) -> None:
        self._since = since
        self._begun = begun
        self._top = None if since.value is None else Mark(rank(since.value), since.value)
        self._below = self._top
        self._last: Mark | None = None

    def take(self, value: Any) -> None:
        """Pass a row that has this value.

        Raises:
            PluginError: it can't be compared with the others, or comes too late.
            BadRow: it has no place in any order.
        """
        here = Mark(rank(value), value)
        if self._since.options.in_order:
            self._in_order(here)
        self._top = self._raised(self._top, here)

    def _in_order(self, here: Mark) -> None:
        last, self._last = self._last, here
        if last is None or last.rank == here.rank:
            return
        if self._higher(last, here) is last:
            raise PluginError(
                text("rows do not come in the order of '{column}'", column=self._column),
                hint=text("leave out `in_order`, or ask the server for that order"),
            )
        self._below = self._raised(self._below, last)

    def _raised(self, top: Mark | None, here: Mark) -> Mark | None:
        kind, found = here.rank
        if kind == "time" and self._begun is not None and found > self._begun:
            return top
        return here if top is None else self._higher(top, here)

    def _higher(self, one: Mark, other: Mark) -> Mark:
        if one.rank[0] != other.rank[0]:
            raise PluginError(
                text(
                    "'{column}' holds {one} and {other}, which have no order",
                    column=self._column,
                    one=repr(one.value),
                    other=repr(other.value),
                )
            )
        return other if other.rank > one.rank else one

    @property
    def _column(self) -> str:
        return self._since.options.column

    def between_pages(self) -> Bookmark | None:
        """The bookmark behind a page, where rows come in order: rows with the value of its last
        row may stand on the next page, too, so it lies before them."""
        return self._bookmark(self._below) if self._since.options.in_order else None

    def at_the_end(self) -> Bookmark | None:
        """The bookmark behind the last page; None where nothing was ever read."""
        return self._bookmark(self._top)

    def _bookmark(self, mark: Mark | None) -> Bookmark | None:
        if mark is None:
            return None
        value = str(mark.value) if isinstance(mark.value, Decimal) else mark.value
        return Bookmark(replace(self._since, value=value).state())
