"""Records as plain JSON values and back: dataclasses, enums, dates, texts, tuples, mappings.

The type of a field says how to read it back, so nothing but the value is stored. A field that was
not stored takes its default: records may grow without rewriting what is old.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from numbers import Integral, Real
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from loopqa.language import Text

Read = Callable[[Any], Any]
"""Makes a value of what lies in the database."""

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
_AS_THEY_ARE = frozenset({str, bool, int, type(None)})


def canonical(value: Any) -> str:
    """The one JSON text of a plain value: sorted keys, no blanks, UTF-8 as it is."""
    return _ENCODER.encode(value)


def to_plain(value: Any) -> Any:
    """``value`` as JSON knows it; numbers that are not finite become ``"inf"``, ``"nan"``."""
    kind: Any = type(value)
    return value if kind in _AS_THEY_ARE else _way(kind)(value)


@cache
def _way(kind: Any) -> Callable[[Any], Any]:
    """How values of a type become plain; looked up once, because nearly all that is written is."""
    if issubclass(kind, Enum) and issubclass(kind, str):
        return lambda value: value.value
    ways: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
        (str, lambda value: value),
        (Integral, int),
        (Real, _number),
        (date, lambda value: value.isoformat()),
        (Text, lambda value: to_plain(value.to_dict())),
        (Mapping, _mapping),
    )
    for known, way in ways:
        if issubclass(kind, known):
            return way
    if is_dataclass(kind):
        return partial(_fields_of, tuple(one.name for one in fields(kind)))
    return _sequence if issubclass(kind, (tuple, list)) else str


def _number(value: Any) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _mapping(value: Any) -> dict[str, Any]:
    return {str(to_plain(key)): to_plain(item) for key, item in value.items()}


def _fields_of(names: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {name: to_plain(getattr(value, name)) for name in names}


def _sequence(value: Any) -> list[Any]:
    return [to_plain(item) for item in value]


def from_plain(kind: Any, plain: Any) -> Any:
    """The value of type ``kind`` that :func:`to_plain` turned into ``plain``."""
    read = reader_of(kind)
    return plain if read is None else read(plain)


@cache
def reader_of(kind: Any) -> Read | None:
    """How plain values become values of a type, looked up once; None: they stay as they are."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (one for one in get_args(kind) if one is not type(None))
        return _unless_none(reader_of(inner))
    if origin is tuple:
        return _of_tuple(get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        return _of_mapping(*map(reader_of, get_args(kind)))
    if kind is Text:
        return Text.from_dict
    if is_dataclass(kind):
        return partial(_record, kind)
    if kind in (date, datetime):
        read: Read = kind.fromisoformat
        return read
    is_made = kind is float or (isinstance(kind, type) and issubclass(kind, Enum))
    return kind if is_made else None


def _unless_none(read: Read | None) -> Read | None:
    return None if read is None else lambda plain: None if plain is None else read(plain)


def _of_tuple(kinds: tuple[Any, ...]) -> Read:
    if len(kinds) != 2 or kinds[1] is not Ellipsis:
        return lambda plain: tuple(
            from_plain(kind, item) for kind, item in zip(kinds, plain, strict=True)
        )
    read = reader_of(kinds[0])
    return tuple if read is None else lambda plain: tuple(map(read, plain))


def _of_mapping(key: Read | None, item: Read | None) -> Read:
    if key is None and item is None:
        return dict
    of_key, of_item = key or _same, item or _same
    return lambda plain: {of_key(name): of_item(plain[name]) for name in plain}


def _same(plain: Any) -> Any:
    return plain


def hints_of(kind: Any) -> Mapping[str, Any]:
    """The field types of a record, resolved once."""
    return _hints(kind)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _record(kind: Any, plain: Mapping[str, Any]) -> Any:
    held = {}
    for name, read in _readers(kind):
        if name in plain:
            held[name] = plain[name] if read is None else read(plain[name])
    return kind(**held)


@cache
def _readers(kind: Any) -> tuple[tuple[str, Read | None], ...]:
    hints = hints_of(kind)
    return tuple((one.name, reader_of(hints[one.name])) for one in fields(kind))
