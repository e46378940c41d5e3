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
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from loopqa.language import Text

T = TypeVar("T")

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


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
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return None if plain is None else from_plain(_without_none(kind), plain)
    if origin is tuple:
        return _tuple(get_args(kind), plain)
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_item = get_args(kind)
        return {from_plain(of_key, key): from_plain(of_item, plain[key]) for key in plain}
    if kind is Text:
        return Text.from_dict(plain)
    if is_dataclass(kind):
        return _record(kind, plain)
    if kind in (date, datetime):
        return kind.fromisoformat(plain)
    if kind is float or (isinstance(kind, type) and issubclass(kind, Enum)):
        return kind(plain)
    return plain


def _without_none(kind: Any) -> Any:
    (inner,) = (one for one in get_args(kind) if one is not type(None))
    return inner


def _tuple(kinds: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(from_plain(kinds[0], item) for item in plain)
    return tuple(from_plain(kind, item) for kind, item in zip(kinds, plain, strict=True))


def hints_of(kind: Any) -> Mapping[str, Any]:
    """The field types of a record, resolved once."""
    return _hints(kind)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _record(kind: Any, plain: Mapping[str, Any]) -> Any:
    hints = hints_of(kind)
    stored = (one.name for one in fields(kind) if one.name in plain)
    return kind(**{name: from_plain(hints[name], plain[name]) for name in stored})
