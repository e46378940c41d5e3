"""Reading what the clock drives: slots, messages, tickers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Result, Select, bindparam, func
from sqlalchemy import select as plain_select
from sqlmodel import Session, and_, col, or_, select

from loopqa.model.cycle import Notice
from loopqa.model.timetable import Message, MessageState, NextDue, Slot, SlotState, Ticker
from loopqa.store.next_due import next_due
from loopqa.store.record_kinds import MESSAGE, NOTICE, SLOT, TICKER, Kind
from loopqa.store.tables import MessageRow, NoticeRow, SlotRow, TickerRow

R = TypeVar("R")

_SOME = 500  #: rows looked up at a time


class TimetableReader:
    """What a reader says of slots, messages and tickers."""

    def __init__(self, session: Session) -> None:
        self._session = session

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
        found = select(SlotRow).order_by(col(SlotRow.due_at), col(SlotRow.id))
        if workflow is not None:
            found = found.where(SlotRow.workflow == workflow)
        if states is not None:
            found = found.where(col(SlotRow.state).in_([one.value for one in states]))
        return tuple(map(SLOT.of, self._session.exec(found)))

    def slot_at(self, workflow: str, instant: datetime) -> Slot | None:
        """The slot of a workflow at an instant."""
        found = select(SlotRow).where(SlotRow.workflow == workflow, SlotRow.due_at == instant)
        row = self._session.exec(found).first()
        return SLOT.of(row) if row else None

    def recent_slots(self, workflow: str, limit: int) -> tuple[Slot, ...]:
        """The last slots of a workflow, the latest instant first."""
        found = (
            select(SlotRow)
            .where(SlotRow.workflow == workflow)
            .order_by(col(SlotRow.due_at).desc())
            .limit(limit)
        )
        return tuple(map(SLOT.of, self._session.exec(found)))

    def has_slot_between(self, workflow: str, after: datetime, until: datetime) -> bool:
        """Whether a workflow has a slot later than ``after`` and up to ``until``, not skipped."""
        found = (
            select(SlotRow.id)
            .where(
                SlotRow.workflow == workflow,
                col(SlotRow.due_at) > after,
                col(SlotRow.due_at) <= until,
                SlotRow.state != SlotState.SKIPPED.value,
            )
            .limit(1)
        )
        return self._session.exec(found).first() is not None

    def has_slots_to_claim(self, now: datetime, skip: Collection[int] = ()) -> bool:
        """Whether a slot is to be run or tried again, or is run by a process that may be gone."""
        due = and_(SlotRow.state == SlotState.PENDING.value, col(SlotRow.next_at) <= now)
        running = SlotRow.state == SlotState.RUNNING.value
        found = select(SlotRow.id).where(or_(due, running), col(SlotRow.id).not_in(skip)).limit(1)
        return self._session.exec(found).first() is not None

    def message(self, number: int) -> Message:
        """The message with this id.

        Raises:
            UnknownId: there is none.
        """
        return MESSAGE.of(self._found(MESSAGE, number))

    def messages(self, states: Collection[MessageState] | None = None) -> tuple[Message, ...]:
        """Messages in the order they were written."""
        found = select(MessageRow).order_by(col(MessageRow.id))
        if states is not None:
            found = found.where(col(MessageRow.state).in_([one.value for one in states]))
        return tuple(map(MESSAGE.of, self._session.exec(found)))

    def outbox_has_work(self, now: datetime) -> bool:
        """Whether a message is due, or is claimed by somebody who may have died."""
        due = MessageRow.state == MessageState.PENDING.value, col(MessageRow.next_at) <= now
        for conditions in (due, (MessageRow.state == MessageState.SENDING.value,)):
            if self._session.exec(select(MessageRow.id).where(*conditions).limit(1)).first():
                return True
        return False

    def message_counts(self) -> dict[MessageState, int]:
        """How many messages there are in each state that has any."""
        number = select(MessageRow.state, func.count()).group_by(MessageRow.state)
        return {MessageState(state): n for state, n in self._session.exec(number).all()}

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
            some = col(NoticeRow.id).in_(wanted[start : start + _SOME])
            rows = self._session.exec(select(NoticeRow).where(some))
            found.update((row.id, NOTICE.of(row)) for row in rows if row.id is not None)
        return found

    def next_due(self, now: datetime) -> NextDue:
        """The earliest instant that has come by ``now``, and the earliest after it."""
        return next_due(self._session, now)

    def tickers(self) -> tuple[Ticker, ...]:
        """Who ticks or has ticked, the latest sign of life first."""
        found = select(TickerRow).order_by(col(TickerRow.beat_at).desc())
        return tuple(map(TICKER.of, self._session.exec(found)))

    def _found(self, kind: Kind[R], number: int) -> Any:
        """The row with this id, to make a record of it."""
        row = self._asked(_with_id(kind.table), id=number).first()
        if row is None:
            raise kind.unknown(kind.ref(number))
        return row

    def _asked(self, statement: Any, **values: Any) -> Result[Any]:
        """What a plain statement finds; mapped objects that were changed are written first."""
        self._session.flush()
        return self._session.execute(statement, values)

    def _row(self, kind: Kind[R], number: int) -> Any:
        """The same as a mapped object, to change columns of it."""
        row = self._session.get(kind.table, number)
        if row is None:
            raise kind.unknown(kind.ref(number))
        return row


@cache
def _with_id(table: Any) -> Select[Any]:
    """A plain statement, built once: mapped objects cost four times as much."""
    columns = table.__table__.c
    return plain_select(table.__table__).where(columns.id == bindparam("id"))
