"""When something is due next: one step into an index for each kind of work, however many rows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, bindparam, union_all
from sqlalchemy import select as plain_select
from sqlmodel import col

from loopqa.model.cycle import ReSurveyState
from loopqa.model.timetable import MessageState, NextDue, SlotState
from loopqa.store.tables import MessageRow, ReSurveyRow, SlotRow

Comparison = Callable[[Any, Any], Any]


def next_due(connection: Connection, now: datetime) -> NextDue:
    """The earliest instant that has come by ``now``, and the earliest after it.

    What failed counts from the instant at which it may be tried again. A claim that is being worked
    on is not due: whoever holds it finishes it, or its lease runs out.
    """
    return NextDue(
        waiting=_earliest(connection, _PASSED, now),
        coming=_earliest(connection, _COMING, now),
    )


_PASSED, _COMING = operator.le, operator.gt


def _earliest(connection: Connection, wanted: Comparison, now: datetime) -> datetime | None:
    return min(connection.execute(_statement(wanted), {"now": now}).scalars(), default=None)


@cache
def _statement(wanted: Comparison) -> Executable:
    """The earliest instant of each kind of work that passes, built once."""
    firsts = [
        plain_select(instant.label("instant"))
        .where(*conditions, wanted(instant, bindparam("now", type_=instant.type)))
        .order_by(instant)
        .limit(1)
        .subquery()
        for instant, conditions in _instants()
    ]
    return union_all(*(plain_select(one.c.instant) for one in firsts))


def _instants() -> Iterator[tuple[Any, tuple[ColumnElement[bool], ...]]]:
    """Each column that holds instants, with the rows that wait for them."""
    state, untried = col(ReSurveyRow.state), col(ReSurveyRow.retry_at).is_(None)
    scheduled, asking = ReSurveyState.SCHEDULED.value, ReSurveyState.ASKING.value
    yield col(SlotRow.next_at), (col(SlotRow.state) == SlotState.PENDING.value,)
    yield col(ReSurveyRow.due_at), (state == scheduled, untried)
    yield col(ReSurveyRow.ready_at), (state == asking, untried)
    # Said the other way round, or SQLite would look through all of these states for it.
    others = [one.value for one in ReSurveyState if one.value not in (scheduled, asking)]
    yield col(ReSurveyRow.retry_at), (state.not_in(others),)
    yield col(MessageRow.next_at), (col(MessageRow.state) == MessageState.PENDING.value,)
