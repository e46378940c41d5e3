"""Reading what the clock drives: slots, messages, tickers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Select, bindparam, select

from loopqa.model.cycle import Notice
from loopqa.model.timetable import Message, MessageState, NextDue, Slot, SlotState, Ticker
from loopqa.store.asking import Condition, asked, rows_where, stored
from loopqa.store.lookups import MESSAGE_TO_CLAIM, MESSAGES_BY_STATE, SLOT_TO_CLAIM
from loopqa.store.next_due import next_due
from loopqa.store.record_kinds import MESSAGE, NOTICE, SLOT, TICKER, Kind
from loopqa.store.tables import MessageRow, NoticeRow, SlotRow, TickerRow

R = TypeVar("R")

_SOME = 500  #: rows looked up at a time


class TimetableReader:
    """What a reader says of slots, messages and tickers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def slot(self, number: int) -> Slot:
        """The slot with this id.

        Raises:
            UnknownId: there is none.
        """
        return SLOT.of(self._found(SLOT, number))

    def slots(
        self, workflow: str | None = None, states: Collection[SlotState] | None = None
    ) -> tuple[Slot, ...]:
        """Slots that meet all that is asked, by instant."""
        of = (("workflow", "=", workflow), ("state", "in", stored(states)))
        return tuple(map(SLOT.of, self._rows(SlotRow, *of, order=("due_at", "id"))))

    def slot_at(self, workflow: str, instant: datetime) -> Slot | None:
        """The slot of a workflow at an instant."""
        row = self._rows(SlotRow, ("workflow", "=", workflow), ("due_at", "=", instant)).first()
        return SLOT.of(row) if row else None

    def recent_slots(self, workflow: str, limit: int) -> tuple[Slot, ...]:
        """The last slots of a workflow, the latest instant first."""
        of = ("workflow", "=", workflow)
        return tuple(map(SLOT.of, self._rows(SlotRow, of, order=("-due_at",), limit=limit)))

    def newest_slot(self, workflow: str) -> Slot | None:
        """The slot of a workflow that was made last, whatever its instant."""
        of = ("workflow", "=", workflow)
        row = self._rows(SlotRow, of, order=("-id",), limit=1).first()
        return SLOT.of(row) if row else None

    def has_slot_between(self, workflow: str, after: datetime, until: datetime) -> bool:
        """Whether a workflow has a slot later than ``after`` and up to ``until``, not skipped."""
        conditions = (
            ("workflow", "=", workflow),
            ("due_at", ">", after),
            ("due_at", "<=", until),
            ("state", "!=", SlotState.SKIPPED.value),
        )
        found = self._rows(SlotRow, *conditions, order=(), limit=1, only=("id",))
        return found.first() is not None

    def has_slots_to_claim(self, now: datetime, skip: Collection[int] = ()) -> bool:
        """Whether a slot is to be run or tried again, or is run by a process that may be gone."""
        return self._asked(SLOT_TO_CLAIM, now=now, skip=list(skip)).first() is not None

    def message(self, number: int) -> Message:
        """The message with this id.

        Raises:
            UnknownId: there is none.
        """
        return MESSAGE.of(self._found(MESSAGE, number))

    def messages(self, states: Collection[MessageState] | None = None) -> tuple[Message, ...]:
        """Messages in the order they were written."""
        found = self._rows(MessageRow, ("state", "in", stored(states)))
        return tuple(map(MESSAGE.of, found))

    def outbox_has_work(self, now: datetime) -> bool:
        """Whether a message is due, or is claimed by somebody who may have died."""
        return self._asked(MESSAGE_TO_CLAIM, now=now).first() is not None

    def message_counts(self) -> dict[MessageState, int]:
        """How many messages there are in each state that has any."""
        return {MessageState(one.state): one.n for one in self._asked(MESSAGES_BY_STATE)}

    def notice(self, number: int) -> Notice:
        """The notice with this id: what a message tells.

        Raises:
            UnknownId: there is none.
        """
        return NOTICE.of(self._found(NOTICE, number))

    def notices_of(self, messages: Sequence[Message]) -> dict[int, Notice]:
        """The notices that messages tell, by id."""
        wanted = sorted({one.notice for one in messages})
        found: dict[int, Notice] = {}
        for start in range(0, len(wanted), _SOME):
            rows = self._rows(NoticeRow, ("id", "in", wanted[start : start + _SOME]))
            found.update((row.id, NOTICE.of(row)) for row in rows)
        return found

    def next_due(self, now: datetime) -> NextDue:
        """The earliest instant that has come by ``now``, and the earliest after it."""
        return next_due(self._connection, now)

    def tickers(self) -> tuple[Ticker, ...]:
        """Who ticks or has ticked, the latest sign of life first."""
        return tuple(map(TICKER.of, self._rows(TickerRow, order=("-beat_at",))))

    def _rows(
        self,
        table: Any,
        *conditions: Condition,
        order: tuple[str, ...] = ("id",),
        limit: int | None = None,
        only: tuple[str, ...] = (),
    ) -> CursorResult[Any]:
        """Rows that meet all that is asked; see :mod:`loopqa.store.asking`."""
        shape, values = asked(conditions)
        if limit is not None:
            values["limit"] = limit
        return self._asked(rows_where(table, shape, order, limit is not None, only), **values)

    def _found(self, kind: Kind[R], number: int) -> Any:
        """The row with this id, to make a record of it."""
        row = self._asked(_with_id(kind.table), id=number).first()
        if row is None:
            raise kind.unknown(kind.ref(number))
        return row

    def _asked(self, statement: Any, **values: Any) -> CursorResult[Any]:
        """What a statement finds or changes; whoever asks often builds it once."""
        return self._connection.execute(statement, values)


@cache
def _with_id(table: Any) -> Select[Any]:
    """Built once; mapped objects would cost four times as much."""
    columns = table.__table__.c
    return select(table.__table__).where(columns.id == bindparam("id"))
