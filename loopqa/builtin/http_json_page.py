"""A page of a REST API: from its bytes to the list of its rows, and from a row to columns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loopqa.builtin.http_exchange import Answer
from loopqa.builtin.json_path import NotThere, kind_of, look_up, perhaps
from loopqa.errors import PluginError
from loopqa.language import Text, text
from loopqa.plugin.records import TWICE, fields_of, plain, refuse_unfit_text
from loopqa.plugin.source import BadRow, Rejected

NO_OBJECT = text("the row is not an object")

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.I)

#: What escapes can write and texts can't hold: NUL, and halves of characters.
_UNFIT = re.compile(r"\\u(?:0000|[dD][89abAB])")

#: Every float of so few digits is exactly what was written.
_SURE_DIGITS = 15


@dataclass(frozen=True)
class Page:
    """One page."""

    number: int  #: from 1
    before: int  #: rows of the pages before it
    url: str
    headers: Mapping[str, str]
    document: Any
    items: list[Any]  #: its rows, as they came
    suspect: bool  #: may hold text that can't be kept


class Doubled(dict[str, Any]):
    """An object in which, or in an object of which, a key stood twice."""


def page_of(answer: Answer, number: int, before: int, items: str) -> Page:
    """The page in an answer; ``number`` and ``before`` as in :class:`Page`, ``items`` a path.

    Raises:
        PluginError: it is not JSON, or has no list of rows where one should be.
    """
    written = _decoded(answer)
    document = _document(written, answer)
    try:
        found = look_up(document, items)
    except NotThere as error:
        raise _shape(error.why) from None
    if found is not None and not isinstance(found, list):
        where = text("'{path}'", path=items) if items else text("the answer")
        kind = kind_of(found)
        raise _shape(text("{where} is {kind}, not a list of rows", where=where, kind=kind))
    suspect = "\0" in written or _UNFIT.search(written) is not None
    return Page(number, before, answer.url, answer.headers, document, found or [], suspect)


def _shape(why: Text) -> PluginError:
    return PluginError(why, hint=text("does `items` name the list of rows?"))


def _decoded(answer: Answer) -> str:
    named = _CHARSET.search(answer.headers.get("content-type", ""))
    try:
        return answer.content.decode(named[1] if named else "utf-8-sig").lstrip("\ufeff")
    except (UnicodeDecodeError, LookupError):
        raise PluginError(text("the answer is not in its encoding"), retryable=True) from None


def _document(written: str, answer: Answer) -> Any:
    try:
        return json.loads(
            written, parse_float=exact, parse_constant=_refused, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" in kind or not kind:
            at = getattr(error, "lineno", None)
            raise PluginError(_broken(at, getattr(error, "colno", None)), retryable=True) from None
        raise PluginError(
            text("the answer is {kind}, not JSON", kind=kind),
            hint=text("is the address right, and does `auth` let us in?"),
        ) from None


def _broken(line: int | None, column: int | None) -> Text:
    if line is None:
        return text("the answer is broken JSON")
    return text(
        "the answer is broken JSON at line {line}, column {column}", line=line, column=column
    )


def exact(written: str) -> float | Decimal:
    """A number with a point or an exponent, never rounded.

    >>> exact("4.5"), exact("0.12345678901234567890")
    (4.5, Decimal('0.12345678901234567890'))
    """
    number = float(written)
    if len(written) <= _SURE_DIGITS and number not in _INFINITE:
        return number
    as_written = Decimal(written)
    return number if as_written == Decimal(repr(number)) else as_written


_INFINITE = frozenset({float("inf"), float("-inf")})


def _refused(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    once = len(made) == len(pairs) and Doubled not in map(type, made.values())
    return made if once else Doubled(made)


def rows_of(
    page: Page, columns: Mapping[str, str], label: str
) -> tuple[list[dict[str, Any]], list[Rejected]]:
    """The rows of a page as columns, with ``_file`` and ``_row``, and those that are none.

    Args:
        columns: field path by column; none: all fields, flattened.
        label: how messages call the server; rows are numbered through all of its pages.
    """
    sound, refused = [], []
    for number, item in enumerate(page.items, page.before + 1):
        try:
            fields = _fields(item, columns, suspect=page.suspect)
        except BadRow as bad:
            refused.append(Rejected(label, number, bad.column, bad.value, bad.why.template))
        else:
            fields["_file"], fields["_row"] = label, number
            sound.append(fields)
    return sound, refused


def _fields(item: Any, columns: Mapping[str, str], *, suspect: bool) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadRow(None, NO_OBJECT, json.dumps(item, ensure_ascii=False, default=str)[:60])
    if isinstance(item, Doubled):
        raise BadRow(None, TWICE)
    if columns:
        fields = {name: plain(perhaps(item, path)) for name, path in columns.items()}
    else:
        fields = fields_of(item, suspect=False)
    if suspect:
        refuse_unfit_text(fields)
    return fields
