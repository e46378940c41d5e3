"""Reading what the clock drives: slots, messages, tickers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from loopqa.model.timetable import Message, MessageState, Slot, SlotState, Ticker
from loopqa.store.record_kinds import MESSAGE, SLOT, TICKER, Kind
from loopqa.store.tables import MessageRow, SlotRow, TickerRow

R = TypeVar("R")


class TimetableReader:
    """What a reader says of slots, messages and tickers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def slot(self, number: int) -> Slot:
        """The slot with this id.

        Raises:
            UnknownId: there is none.
        """
        return SLOT.of(self._row(SLOT, number))

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

    def message(self, number: int) -> Message:
        """The message with this id.

        Raises:
            UnknownId: there is none.
        """
        return MESSAGE.of(self._row(MESSAGE, number))

    def messages(self, states: Collection[MessageState] | None = None) -> tuple[Message, ...]:
        """Messages in the order they were written."""
        found = select(MessageRow).order_by(col(MessageRow.id))
        if states is not None:
            found = found.where(col(MessageRow.state).in_([one.value for one in states]))
        return tuple(map(MESSAGE.of, self._session.exec(found)))

    def tickers(self) -> tuple[Ticker, ...]:
        """Who ticks or has ticked, the latest sign of life first."""
        found = select(TickerRow).order_by(col(TickerRow.beat_at).desc())
        return tuple(map(TICKER.of, self._session.exec(found)))

    def _row(self, kind: Kind[R], number: int) -> Any:
        row = self._session.get(kind.table, number)
        if row is None:
            raise kind.unknown(kind.ref(number))
        return row
