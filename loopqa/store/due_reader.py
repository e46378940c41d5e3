"""Reading what is due, a batch at a time and by an index, however many rows there are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from loopqa.model.cycle import ReSurvey, ReSurveyState
from loopqa.store.leases import is_lost
from loopqa.store.lookups import RESURVEY_VERSIONS, waiting_resurveys
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
        return self._waiting(ReSurveyState.SCHEDULED, "due_at", now, limit, after)

    def ready_resurveys(
        self, now: datetime, limit: int, after: Place | None = None
    ) -> tuple[ReSurvey, ...]:
        """Re-surveys that can be compared now and need not wait, the longest ready first."""
        return self._waiting(ReSurveyState.ASKING, "ready_at", now, limit, after)

    def _waiting(
        self, state: ReSurveyState, instant: str, now: datetime, limit: int, after: Place | None
    ) -> tuple[ReSurvey, ...]:
        values = {"state": state.value, "now": now, "limit": limit}
        if after is not None:
            values |= {"after": after[0], "after_id": after[1]}
        found = self._asked(waiting_resurveys(instant, after is not None), **values)
        return tuple(map(RESURVEY.of, found))

    def resurvey_versions(self, numbers: Collection[int]) -> dict[int, int]:
        """The versions of re-surveys by their ids: whether somebody has changed them."""
        found = self._asked(RESURVEY_VERSIONS, numbers=list(numbers))
        return {one.id: one.version for one in found}

    def lost_resurveys(self, now: datetime) -> tuple[ReSurvey, ...]:
        """Re-surveys whose claim is lost: its lease ran out, or its process has died here."""
        rows = self._rows(ReSurveyRow, ("state", "=", ReSurveyState.COMPARING.value), order=())
        return tuple(RESURVEY.of(row) for row in rows if is_lost(row, now))

    def held_up_resurveys(self, now: datetime, limit: int) -> tuple[ReSurvey, ...]:
        """Re-surveys that failed and wait for another try, the next one first."""
        later, order = ("retry_at", ">", now), ("retry_at", "id")
        found = map(RESURVEY.of, self._rows(ReSurveyRow, later, order=order, limit=limit))
        # Another condition in SQL would mislead SQLite's planner to an index of all that is due.
        return tuple(one for one in found if one.state in WAITING)

    def windows_to_look_at(self, now: datetime, limit: int) -> tuple[ReSurvey, ...]:
        """Re-surveys whose window may be over: people are told, and its sample is drawn."""
        over, order = ("look_at", "<=", now), ("look_at", "id")
        found = self._rows(ReSurveyRow, over, order=order, limit=limit)
        return tuple(map(RESURVEY.of, found))

    def actions_to_look_at(self, today: date, limit: int) -> tuple[int, ...]:
        """Ids of actions of which there may be something to tell."""
        over, order = ("look_on", "<=", today), ("look_on", "id")
        found = self._rows(ActionRow, over, order=order, limit=limit, only=("id",))
        return tuple(found.scalars())
