"""Questions to a table, each built once: building a statement costs more than asking it.

A condition is the name of a column, how it is compared, and the value; one whose value is None is
not asked at all, so that a method hands its optional filters on as they are.

>>> from loopqa.store.tables import SlotRow
>>> print(rows_where(SlotRow, (("workflow", "="), ("due_at", "<=")), ("-due_at",), True))
SELECT slot.id, slot.workflow, slot.rule, slot.due_at, slot.wall, slot.state, slot.version, \
slot.next_at, slot.attempts, slot.late_seconds, slot.window_start, slot.window_end, slot.wave, \
slot.reason, slot.lease_owner, slot.lease_until 
FROM slot 
WHERE slot.workflow = :v0 AND slot.due_at <= :v1 ORDER BY slot.due_at DESC
 LIMIT :limit
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select

Condition = tuple[str, str, Any]
"""Column, one of :data:`_WAYS`, value; a list of values for ``in`` and ``not in``."""

Shape = tuple[tuple[str, str], ...]
"""Conditions without their values."""

_Way = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]

_WAYS: Mapping[str, _Way] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">": operator.gt,
    "in": lambda column, value: column.in_(value),
    "not in": lambda column, value: column.not_in(value),
}
_LISTS = frozenset({"in", "not in"})


def stored(states: Collection[StrEnum] | None) -> list[str] | None:
    """States as they lie in a column."""
    return None if states is None else [state.value for state in states]


def asked(conditions: tuple[Condition, ...]) -> tuple[Shape, dict[str, Any]]:
    """The shape of a question, by which its statement is kept, and the values that go with it."""
    given = [one for one in conditions if one[2] is not None]
    values = {f"v{place}": value for place, (_, _, value) in enumerate(given)}
    return tuple((column, way) for column, way, _ in given), values


@cache
def rows_where(
    table: Any,
    shape: Shape,
    order: tuple[str, ...],
    limited: bool,
    only: tuple[str, ...] = (),
) -> Select[Any]:
    """Whole rows, or ``only`` some columns; ``-name`` in ``order`` puts the greatest first."""
    columns = table.__table__.c
    found = select(*(columns[name] for name in only)) if only else select(table.__table__)
    found = narrowed(found, table, shape)
    for name in order:
        descending = name.startswith("-")
        found = found.order_by(columns[name[1:]].desc() if descending else columns[name])
    return found.limit(bindparam("limit")) if limited else found


def narrowed(found: Select[Any], table: Any, shape: Shape) -> Select[Any]:
    """Only what meets these conditions on the columns of ``table``."""
    for place, (name, way) in enumerate(shape):
        value: Any = bindparam(f"v{place}", expanding=way in _LISTS)
        found = found.where(_WAYS[way](table.__table__.c[name], value))
    return found
