"""Tables in which several rows are the events of one case."""

from __future__ import annotations

from collections.abc import Sequence

from loopqa.calc.starting.columns import Column, Table
from loopqa.calc.starting.guess import Events
from loopqa.calc.starting.moments import Dates
from loopqa.calc.starting.names import hints_at

MANY = 1.5  #: rows per case, on average, from which they are events

#: States in which nobody has answered yet.
_FRESH = (
    "new",
    "open",
    "opened",
    "created",
    "submitted",
    "新建",
    "待处理",
    "待受理",
    "已提交",
    "未处理",
)


def event_key(columns: Sequence[Column]) -> str | None:
    """The number that several rows share, where the rows look like events of cases."""
    if any(one.distinct == one.rows and hints_at(one.name, "case") for one in columns):
        return None
    for one in columns:
        if (
            hints_at(one.name, "case")
            and not hints_at(one.name, "customer", "agent", "team")
            and one.filled == one.rows
            and one.distinct > 1
            and one.rows >= MANY * one.distinct
            and one.distinct >= 0.02 * one.rows
        ):
            return one.name
    return None


def events_in(table: Table, dates: Dates) -> Events | None:
    """How the events make a case; None where the rows are no events, or begin nowhere."""
    if table.key is None:
        return None
    dated = [one for one in table.columns if one.name in dates.written]
    steady = [one for one in dated if table.within_key[one.name].constant]
    opened = next((one for one in steady if hints_at(one.name, "opened")), None)
    if opened is None:
        return None
    moving = [one for one in dated if not table.within_key[one.name].constant]
    updated = _first(moving, "updated")
    state = _state(table)
    return Events(
        table.key,
        opened.name,
        updated,
        state,
        _initial(table, state),
        _first([one for one in dated if one.name != opened.name], "resolved"),
        _sequence(table),
    )


def _first(columns: Sequence[Column], hint: str) -> str | None:
    return next((one.name for one in columns if hints_at(one.name, hint)), None)


def _state(table: Table) -> str | None:
    moving = [
        one
        for one in table.columns
        if not table.within_key[one.name].constant
        and 2 <= one.distinct <= 20
        and one.numbers is None
        and hints_at(one.name, "state")
    ]
    return moving[0].name if moving else None


def _initial(table: Table, state: str | None) -> str:
    """The state of a case that nobody has answered yet."""
    if state is None:
        return ""
    values = table.column(state).counts
    named = [one for one in values if one.casefold() in _FRESH]
    return named[0] if named else table.within_key[state].first


def _sequence(table: Table) -> str | None:
    """A counter of the events of a case."""
    for one in table.columns:
        counted = one.numbers is not None and not one.capped
        if counted and not table.within_key[one.name].constant and hints_at(one.name, "sequence"):
            return one.name
    return None
