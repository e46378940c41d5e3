"""Rows of a source in a form in which they can be compared, and what one reading brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from loopqa.plugin.source import Bookmark, ReadContext, Rejected, Source

Row = Mapping[str, Any]

MOST_ROWS = 20_000
"""A reading stops there: checks are about behaviour, and sources may hold millions of rows."""

ID = "_id"
VERSION = "_version"


@dataclass(frozen=True)
class Mark:
    """A bookmark, and how many rows had come before it."""

    state: Any
    rows_before: int


@dataclass
class Reading:
    """What a source yielded, in order."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  #: rows of each batch
    strange: list[Any] = field(default_factory=list)  #: items of no kind that a source may yield
    whole: bool = True  #: False: there were more than MOST_ROWS rows

    def add(self, item: Any) -> None:
        """Take one item."""
        if isinstance(item, Bookmark):
            self.marks.append(Mark(item.state, len(self.rows)))
        elif isinstance(item, Rejected):
            self.rejected.append(item)
        elif (rows := rows_of(item)) is not None:
            self.sizes.append(len(rows))
            self.rows.extend(rows)
        else:
            self.strange.append(item)


def rows_of(item: Any) -> list[Row] | None:
    """The rows of a batch, each a copy of its own; None if it is no batch."""
    if isinstance(item, list):
        fit = all(isinstance(one, Mapping) for one in item)
        return [dict(one) for one in item] if fit else None
    to_rows = getattr(item, "to_pylist", None)
    if to_rows is None or not hasattr(item, "num_rows"):
        return None
    rows: list[Row] = to_rows()
    return rows


def reading_of(source: Source, context: ReadContext | None = None) -> Reading:
    """Read a source to its end, or until there are enough rows."""
    made = Reading()
    for item in source.read(context or ReadContext()):
        made.add(item)
        if len(made.rows) > MOST_ROWS:
            made.whole = False
            break
    return made


Key = tuple[tuple[str, Any], ...]
"""A row that can be compared and counted: no empty cells, none of the columns that begin with _."""


def key_of(row: Row) -> Key:
    """The row's key.

    >>> key_of({"speed": 4, "remark": None, "_row": 7})
    (('speed', 4),)
    """
    return tuple(
        (name, _comparable(row[name]))
        for name in sorted(row)
        if not name.startswith("_") and not _empty(row[name])
    )


def _empty(value: Any) -> bool:
    return value is None or value != value  # only not-a-number differs from itself


def _comparable(value: Any) -> Any:
    """A value that can be hashed; times of different kinds never equal each other."""
    if isinstance(value, datetime):
        return (value.isoformat(), value.utcoffset() is None)
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def counted(rows: Iterable[Row]) -> Counter[Key]:
    """How often each row occurs."""
    return Counter(map(key_of, rows))


def latest(rows: Iterable[Row]) -> list[Row]:
    """Each record once, as the host keeps them: of each ``_id`` the highest version, then the last.

    Rows without an ``_id`` are all kept.
    """
    kept: dict[Any, Row] = {}
    for number, row in enumerate(rows):
        at = ("id", str(row[ID])) if row.get(ID) is not None else ("row", number)
        if at not in kept or version_rank(row) >= version_rank(kept[at]):
            kept[at] = row
    return list(kept.values())


def version_rank(row: Row) -> tuple[int, Any]:
    """Where the row's version stands among others: none, then numbers, then times and texts."""
    version = row.get(VERSION)
    if version is None:
        return (0, "")
    if isinstance(version, date):
        return (2, version.isoformat())
    try:
        return (1, Decimal(str(version)))
    except InvalidOperation:
        return (2, str(version))


def said(row: Key, longest: int = 120) -> str:
    """A row in a sentence: its values, shortened."""
    whole = ", ".join(f"{name}={value!r}" for name, value in row)
    return whole if len(whole) <= longest else whole[: longest - 3] + "..."


def differing(expected: Sequence[Row], found: Sequence[Row]) -> Iterator[tuple[str, Key]]:
    """Rows of one side that the other lacks: ``("lacking", row)`` and ``("more", row)``."""
    wanted, got = counted(expected), counted(found)
    for row in (wanted - got).elements():
        yield "lacking", row
    for row in (got - wanted).elements():
        yield "more", row
