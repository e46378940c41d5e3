"""Reading what is due, a batch at a time and by an index, however many rows there are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select as plain_select
from sqlmodel import col, or_, select, tuple_

from loopqa.model.cycle import ReSurvey, ReSurveyState
from loopqa.store.leases import is_lost
from loopqa.store.lookups import RESURVEY_VERSIONS
from loopqa.store.record_kinds import RESURVEY
from loopqa.store.tables import ActionRow, ReSurveyRow
from loopqa.store.timetable_reader import TimetableReader

WAITING = (ReSurveyState.SCHEDULED, ReSurveyState.ASKING)

Place = tuple[datetime, int]
"""Where a batch ended: the instant and the id of its last row."""


class DueReader(TimetableReader):
    """What a reader says of what is due."""

    def due_resurveys(
        self, now: datetime, limit: int, after: Place | None = None
    ) -> tuple[ReSurvey, ...]:
        """Re-surveys that are to begin now and are not held up, the longest due first."""
        return self._waiting(ReSurveyState.SCHEDULED, col(ReSurveyRow.due_at), now, limit, after)

    def ready_resurveys(
        self, now: datetime, limit: int, after: Place | None = None
    ) -> tuple[ReSurvey, ...]:
        """Re-surveys that can be compared now and need not wait, the longest ready first."""
        return self._waiting(ReSurveyState.ASKING, col(ReSurveyRow.ready_at), now, limit, after)

    def _waiting(
        self, state: ReSurveyState, instant: Any, now: datetime, limit: int, after: Place | None
    ) -> tuple[ReSurvey, ...]:
        retry_at = col(ReSurveyRow.retry_at)
        found = (
            plain_select(ReSurveyRow.__table__)  # type: ignore[attr-defined]
            .where(col(ReSurveyRow.state) == state.value, instant <= now)
            .where(or_(retry_at.is_(None), retry_at <= now))
            .order_by(instant, col(ReSurveyRow.id))
            .limit(limit)
        )
        if after is not None:
            found = found.where(tuple_(instant, col(ReSurveyRow.id)) > after)
        return tuple(map(RESURVEY.of, self._asked(found)))

    def resurvey_versions(self, numbers: Collection[int]) -> dict[int, int]:
        """The versions of re-surveys by their ids: whether somebody has changed them."""
        found = self._asked(RESURVEY_VERSIONS, numbers=list(numbers))
        return {one.id: one.version for one in found}

    def lost_resurveys(self, now: datetime) -> tuple[ReSurvey, ...]:
        """Re-surveys whose claim is lost: its lease ran out, or its process has died here."""
        comparing = select(ReSurveyRow).where(ReSurveyRow.state == ReSurveyState.COMPARING.value)
        rows = self._session.exec(comparing).all()
        return tuple(RESURVEY.of(row) for row in rows if is_lost(row, now))

    def held_up_resurveys(self, now: datetime, limit: int) -> tuple[ReSurvey, ...]:
        """Re-surveys that failed and wait for another try, the next one first."""
        waiting = (
            select(ReSurveyRow)
            .where(col(ReSurveyRow.retry_at) > now)
            .order_by(col(ReSurveyRow.retry_at), col(ReSurveyRow.id))
            .limit(limit)
        )
        found = map(RESURVEY.of, self._session.exec(waiting))
        # Another condition in SQL would mislead SQLite's planner to an index of all that is due.
        return tuple(one for one in found if one.state in WAITING)

    def windows_to_look_at(self, now: datetime, limit: int) -> tuple[ReSurvey, ...]:
        """Re-surveys whose window may be over: people are told, and its sample is drawn."""
        over = (
            select(ReSurveyRow)
            .where(col(ReSurveyRow.look_at) <= now)
            .order_by(col(ReSurveyRow.look_at), col(ReSurveyRow.id))
            .limit(limit)
        )
        return tuple(map(RESURVEY.of, self._session.exec(over)))

    def actions_to_look_at(self, today: date, limit: int) -> tuple[int, ...]:
        """Ids of actions of which there may be something to tell."""
        looked_at = (
            select(col(ActionRow.id))
            .where(col(ActionRow.look_on) <= today)
            .order_by(col(ActionRow.look_on), col(ActionRow.id))
            .limit(limit)
        )
        return tuple(number for number in self._session.exec(looked_at) if number is not None)
