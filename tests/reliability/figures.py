"""One line of the table: what was tried, what is promised, what was measured, whether it holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

SCHEMA = "loopqa.reliability/1"


@dataclass(frozen=True)
class Figure:
    """One promise and what was measured."""

    what: str
    database: str  #: sqlite, postgresql, or "" where none is involved
    promise: str
    measured: str
    holds: bool
    complaints: tuple[str, ...] = ()  #: what went wrong, the first ones


def document(figures: Iterable[Figure]) -> str:
    """The figures as one JSON document."""
    rows = [asdict(one) for one in figures]
    return json.dumps({"schema": SCHEMA, "figures": rows}, indent=2, ensure_ascii=False)


def read(text: str) -> list[Figure]:
    """The figures of a JSON document."""
    rows = json.loads(text)["figures"]
    return [Figure(**{**row, "complaints": tuple(row["complaints"])}) for row in rows]


def told(figures: Sequence[Figure], as_json: bool) -> int:
    """Print figures; 1 where one does not hold."""
    print(document(figures) if as_json else table(figures))
    return 0 if all(one.holds for one in figures) else 1


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, with what went wrong below it."""
    head = ("what", "database", "promise", "measured", "holds")
    rows = [
        (one.what, one.database or "-", one.promise, one.measured, "yes" if one.holds else "NO")
        for one in figures
    ]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *rows]
    shown = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    wrong = [f"{one.what} ({one.database}): {why}" for one in figures for why in one.complaints]
    return "\n".join([*shown, *wrong])


def verdict(
    what: str, database: str, promise: str, measured: str, complaints: Sequence[str]
) -> Figure:
    """A figure that holds where there is nothing to complain about."""
    return Figure(what, database, promise, measured, not complaints, tuple(complaints[:5]))
