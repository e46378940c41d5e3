"""Look-ups that every change makes: plain statements that are built once."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, or_, select, tuple_

from loopqa.model.timetable import MessageState, SlotState
from loopqa.store.asking import Shape, narrowed
from loopqa.store.tables import (
    ActionFindingRow,
    ActionRow,
    AuditRow,
    MessageRow,
    ReSurveyRow,
    RubricRow,
    SlotRow,
    TickerRow,
)


def _table(row: Any) -> Any:
    return row.__table__


def _to_claim(table: Any, waiting: StrEnum, working: StrEnum) -> Select[Any]:
    """A row whose time has come by ``now``, or that somebody holds who may have died."""
    due = and_(table.c.state == waiting.value, table.c.next_at <= bindparam("now"))
    return select(table.c.id).where(or_(due, table.c.state == working.value)).limit(1)


_LINKS, _TICKERS, _RESURVEYS = map(_table, (ActionFindingRow, TickerRow, ReSurveyRow))
_ACTIONS, _RUBRICS, _AUDIT = map(_table, (ActionRow, RubricRow, AuditRow))
_SLOTS, _OUTBOX = map(_table, (SlotRow, MessageRow))

FINDINGS_OF_ACTION = (
    select(_LINKS.c.finding)
    .where(_LINKS.c.action == bindparam("action"))
    .order_by(_LINKS.c.position)
)
UNLINK = delete(_LINKS).where(_LINKS.c.action == bindparam("action"))
FORGET_TICKER = delete(_TICKERS).where(_TICKERS.c.id == bindparam("ticker"))
PINNED = select(_RUBRICS.c.hash).where(_RUBRICS.c.hash == bindparam("hash"))
LAST_LINK = select(_AUDIT.c.sequence, _AUDIT.c.hash).order_by(_AUDIT.c.sequence.desc()).limit(1)
_PLACE = ("after", "after_id")  #: where a batch ended
RESURVEY_VERSIONS = select(_RESURVEYS.c.id, _RESURVEYS.c.version).where(
    _RESURVEYS.c.id.in_(bindparam("numbers", expanding=True))
)
FIRST_SEAL = select(_AUDIT.c.hash).order_by(_AUDIT.c.sequence).limit(1)
SLOT_TO_CLAIM = _to_claim(_SLOTS, SlotState.PENDING, SlotState.RUNNING).where(
    _SLOTS.c.id.not_in(bindparam("skip", expanding=True))
)
MESSAGE_TO_CLAIM = _to_claim(_OUTBOX, MessageState.PENDING, MessageState.SENDING)
MESSAGES_BY_STATE = select(_OUTBOX.c.state, func.count().label("n")).group_by(_OUTBOX.c.state)


@cache
def links_of_actions(shape: Shape) -> Select[Any]:
    """Which findings the actions that meet all that is asked are about."""
    found = select(_LINKS.c.action, _LINKS.c.finding).join_from(_LINKS, _ACTIONS)
    return narrowed(found, ActionRow, shape).order_by(_LINKS.c.position)


@cache
def waiting_resurveys(instant: str, after: bool) -> Select[Any]:
    """Re-surveys of a state whose ``instant`` has come and that need not wait, by that instant.

    With ``after`` those behind a place only.
    """
    key = (_RESURVEYS.c[instant], _RESURVEYS.c.id)
    found = (
        select(_RESURVEYS)
        .where(_RESURVEYS.c.state == bindparam("state"), key[0] <= bindparam("now"))
        .where(or_(_RESURVEYS.c.retry_at.is_(None), _RESURVEYS.c.retry_at <= bindparam("now")))
        .order_by(*key)
        .limit(bindparam("limit"))
    )
    if not after:
        return found
    place = (bindparam(name, type_=one.type) for name, one in zip(_PLACE, key, strict=True))
    return found.where(tuple_(*key) > tuple_(*place))
