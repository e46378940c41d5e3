"""How far an incremental source ``sql`` has read: the bookmark and what it leaves out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from loopqa.builtin.sql_query import literal, quoted
from loopqa.language import text

#: Rows at the border that a bookmark remembers; where more share one value, all are read again.
REMEMBERED = 1000

BORDER_EMPTY = text("the column that rows are read by is empty")


@dataclass(frozen=True)
class Reached:
    """The last value of the column that rows are read by, and the rows seen that have it."""

    column: str
    value: Any = None  #: number or text; None: nothing was read yet
    border: frozenset[str] = frozenset()  #: digests of rows with this value
    ties: bool = False  #: whether several rows may share a value

    @classmethod
    def of(cls, state: Mapping[str, Any] | None, column: str, *, ties: bool) -> Reached:
        """What a bookmark says; one of another column says nothing."""
        if state is None or state.get("column") != column:
            return cls(column, ties=ties)
        return cls(column, state["value"], frozenset(state["border"]), ties)

    def state(self) -> dict[str, Any]:
        """The bookmark."""
        return {"column": self.column, "value": self.value, "border": sorted(self.border)}

    def conditions(self) -> tuple[str, ...]:
        """What rows must meet to be read."""
        name = quoted(self.column)
        if self.value is None:
            return (f"{name} IS NOT NULL",)
        return (f"{name} {'>=' if self.ties else '>'} {literal(self.value)}",)

    def without(self) -> tuple[str, ...]:
        """The condition of rows that no bookmark can ever reach."""
        return (f"{quoted(self.column)} IS NULL",)

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether this very row was read before."""
        return plain_key(row[self.column]) == self.value and _digest(row) in self.border

    def after(self, batch: list[dict[str, Any]]) -> Reached:
        """How far one gets with a batch that is in order."""
        value = plain_key(batch[-1][self.column])
        kept = self.border if value == self.value else frozenset()
        last = {_digest(row) for row in batch if plain_key(row[self.column]) == value}
        border = kept | last if self.ties else frozenset()
        return replace(
            self, value=value, border=border if len(border) <= REMEMBERED else frozenset()
        )


def plain_key(value: Any) -> int | float | str | None:
    """A value as JSON holds it, such that SQL compares it with the column as the value itself."""
    if value is None or isinstance(value, (int, float, str)):
        return value
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _digest(row: Mapping[str, Any]) -> str:
    written = repr(sorted((name, repr(value)) for name, value in row.items()))
    return hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
