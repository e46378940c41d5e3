"""Records of other systems, as JSON has them, made rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from loopqa.language import text
from loopqa.plugin.source import BadRow

#: Objects within objects.
DEEPEST = 32

TWICE = text("the key stands twice in the line")
TOO_DEEP = text("objects are nested too deep")
NUL_INSIDE = text("the value holds a NUL character")
HALF_CHARACTER = text("the value holds half a character")

#: Made once: making it takes longer than writing a short list.
_LISTS = json.JSONEncoder(ensure_ascii=False, default=str)

_HALF = re.compile("[\ud800-\udfff]")


def fields_of(record: dict[str, Any], *, suspect: bool = True) -> dict[str, Any]:
    """A JSON object as a row: a field within an object is ``object.field``, a list is JSON text.

    Numbers keep their type; true and false are text, as they are written.

    Args:
        record: what a JSON parser made of an object.
        suspect: whether a text in it may hold what no file could hold; False saves the look.

    Raises:
        BadRow: it is nested too deep, two of its fields have one name, or a text in it could stand
            in no file.

    >>> fields_of({"case": 7, "scores": {"speed": 4}, "tags": ["快", "好"], "solved": True})
    {'case': 7, 'scores.speed': 4, 'tags': '["快", "好"]', 'solved': 'true'}
    """
    fields: dict[str, Any] = {}
    _flatten(record, "", fields, DEEPEST)
    if suspect:
        refuse_unfit_text(fields)
    return fields


def refuse_unfit_text(fields: Mapping[str, Any]) -> None:
    """Escapes can write characters that no text file could hold.

    Raises:
        BadRow: a field does.
    """
    for name, value in fields.items():
        told = name + value if isinstance(value, str) else name
        if "\0" in told:
            raise BadRow(name.replace("\0", "") or None, NUL_INSIDE)
        if not told.isascii() and _HALF.search(told):
            raise BadRow(None, HALF_CHARACTER)


def _flatten(record: dict[str, Any], prefix: str, fields: dict[str, Any], room: int) -> None:
    if not room:
        raise BadRow(prefix.partition(".")[0], TOO_DEEP)
    for key, value in record.items():
        name = prefix + " ".join(key.split())
        if isinstance(value, dict):
            _flatten(value, f"{name}.", fields, room - 1)
            continue
        if name in fields:
            raise BadRow(name, TWICE)
        fields[name] = plain(value)


def plain(value: Any) -> Any:
    """A JSON value as a cell: lists (and objects) as JSON text, true and false as written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (list, dict)):
        return value
    try:
        return _LISTS.encode(value)
    except RecursionError:
        raise BadRow(None, TOO_DEEP) from None


def _instant(written: str) -> datetime:
    """A time that tells its zone."""
    read = datetime.fromisoformat(written)
    if read.tzinfo is None:
        raise ValueError(written)
    return read.astimezone(UTC)


_READ: Mapping[str, Callable[[str], Any]] = {
    "date-time": _instant,
    "date": date.fromisoformat,
    "number": Decimal,
    "integer": int,
}


def natural(value: Any, kind: str) -> Any:
    """A text as what it stands for; one that does not fit stays, for the host to judge.

    Args:
        value: what is no text is left as it is.
        kind: "integer", "number" (exact), "date" (ISO 8601) or "date-time" (ISO 8601 with a zone;
            it becomes UTC); of any other kind, texts stay.

    >>> natural("4.10", "number"), natural("n/a", "number"), natural("2026-01-03", "date")
    (Decimal('4.10'), 'n/a', datetime.date(2026, 1, 3))
    """
    try:
        return _READ[kind](value) if isinstance(value, str) and kind in _READ else value
    except (ArithmeticError, ValueError):
        return value
