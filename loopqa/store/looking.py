"""When a tick has to look at a row again: bookkeeping of the clock, apart from the records.

``action.look_on`` is the next day on which there may be something to tell of an action;
``resurvey.look_at`` the instant when a window is over, so that its sample can be drawn. NULL means
that there is nothing to look for. Every change of an action makes ticks look at it anew, so these
columns may be wrong only in that a look finds nothing. An idle tick reads no row at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, update

from loopqa.model.cycle import Action, ReSurvey
from loopqa.store.renewing import Renewing
from loopqa.store.tables import ActionRow, ReSurveyRow

_RESURVEYS = ReSurveyRow.__table__  # type: ignore[attr-defined]
_ACTIONS = ActionRow.__table__  # type: ignore[attr-defined]
_LOOK_AT = (
    update(_RESURVEYS)
    .where(_RESURVEYS.c.id == bindparam("its_id"))
    .values(look_at=bindparam("instant"))
)

_TAKE_LOOK = (
    update(_RESURVEYS)
    .where(_RESURVEYS.c.id == bindparam("its_id"), _RESURVEYS.c.look_at <= bindparam("now"))
    .values(look_at=bindparam("again"))
)
_LOOK_ON = (
    update(_ACTIONS)
    .where(
        _ACTIONS.c.id == bindparam("its_id"),
        _ACTIONS.c.version == bindparam("its_version"),
    )
    .values(look_on=bindparam("day"))
)


class Looking(Renewing):
    """When to look again; no part of the audit chain."""

    def look_on(self, action: Action, day: date | None) -> bool:
        """Look at an action again on this day; False where it was changed meanwhile."""
        its = {"its_id": action.id, "its_version": action.version}
        return bool(self._asked(_LOOK_ON, **its, day=day).rowcount)

    def look_at(self, windows: Sequence[tuple[ReSurvey, datetime | None]]) -> None:
        """Look at the windows of re-surveys again at these instants."""
        rows = [{"its_id": one.id, "instant": instant} for one, instant in windows]
        if rows:
            self._send(_LOOK_AT, rows)

    def take_look(self, resurvey: ReSurvey, again: datetime | None) -> bool:
        """Be the one who looks at a window now; False where somebody else took it.

        Somebody looks again at the instant ``again``, unless the one who looks says otherwise
        meanwhile: so nothing is lost if its process dies.
        """
        met = self._asked(_TAKE_LOOK, its_id=resurvey.id, now=self._now, again=again)
        return bool(met.rowcount)
