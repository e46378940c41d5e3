"""SQL of the source ``sql``: one SELECT as people write it, wrapped by what is wanted of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loopqa.language import text
from loopqa.model.window import Window

#: What can't hold a statement's end: comments, and texts and names in quotes.
_OPAQUE = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|(\$\w*\$).*?\1""", re.DOTALL
)

_FIRST_WORD = re.compile(r"[\s(]*(\w+)")

_CHANGES = re.compile(r"(?i)\b(insert\s+into|update\s+\w+\s+set|delete\s+from|merge\s+into)\b")


def one_select(query: str) -> str:
    """A query that is one SELECT or WITH, without its closing semicolon.

    This guards against mistakes. What keeps a query from changing anything is that it stands in
    brackets behind FROM, and that the connection only reads where the engine has such.

    Raises:
        ValueError: it is something else, or several statements.
    """
    bare = _OPAQUE.sub(lambda found: " " if found[0][:2] in {"--", "/*"} else "''", query)
    first = _FIRST_WORD.match(bare)
    if first is None or first[1].upper() not in {"SELECT", "WITH"} or _CHANGES.search(bare):
        raise ValueError(text("write one SELECT, which changes nothing"))
    statement, _, rest = bare.partition(";")
    if rest.strip(" \t\r\n;"):
        raise ValueError(text("write one statement, not several"))
    return query if statement == bare else _without_end(query)


def _without_end(query: str) -> str:
    """The query up to the semicolon that ends it."""
    hidden = _OPAQUE.sub(lambda found: "x" * len(found[0]), query)
    return query[: hidden.index(";")]


def quoted(name: str) -> str:
    """A name of a column or table for SQL.

    >>> quoted('the "best"')
    '"the ""best\"""'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A number or text for SQL.

    >>> literal(5), literal("it's")
    ('5', "'it''s'")
    """
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def of_table(name: str) -> str:
    """The query of a whole table; ``schema.table`` names one of a schema."""
    return f"SELECT * FROM {'.'.join(map(quoted, name.split('.')))}"


@dataclass(frozen=True)
class Select:
    """A query, and which of its rows and columns are wanted, in which order."""

    query: str
    columns: Sequence[str] = ()  #: none: all
    where: Sequence[str] = ()  #: conditions, all of which must hold
    order: Sequence[str] = ()  #: columns

    def sql(self, limit: int | None = None) -> str:
        """The statement."""
        return "\n".join(self._lines(limit))

    def _lines(self, limit: int | None) -> Iterator[str]:
        yield f"SELECT {', '.join(map(quoted, self.columns)) or '*'}"
        yield f"FROM (\n{self.query}\n) AS loopqa_rows"
        if self.where:
            yield "WHERE " + " AND ".join(f"({one})" for one in self.where)
        if self.order:
            yield "ORDER BY " + ", ".join(map(quoted, self.order))
        if limit is not None:
            yield f"LIMIT {limit}"


def around(window: Window) -> tuple[date, date]:
    """Days from which and before which rows may lie in a window, in whatever time zone."""
    return window.start - timedelta(days=1), window.end + timedelta(days=2)


def within(column: str, window: Window) -> str:
    """The condition that a column of dates or times may lie in a window, or is empty."""
    first, past = around(window)
    name = quoted(column)
    return f"{name} IS NULL OR ({name} >= '{first}' AND {name} < '{past}')"


def within_as_text(column: str, window: Window) -> str:
    """The same for SQLite, where times are ISO 8601 text or something that only we can read."""
    name = quoted(column)
    shape = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
    return f"{name} NOT GLOB '{shape}' OR {within(column, window)}"
