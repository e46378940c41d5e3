"""Landings: each adds to the one before it, and of two processes only one can."""

from __future__ import annotations

from dataclasses import replace

from loopqa.errors import StaleVersion
from loopqa.language import text
from loopqa.model.landing import Landing
from loopqa.store.json_values import to_plain
from loopqa.store.looking import Looking
from loopqa.store.record_kinds import LANDING
from loopqa.store.tables import LandingRow

#: Fields that the audit entry leaves out; the bookmark may hold values of the source.
_UNTOLD = ("id", "bookmark", "refused")


class Landings(Looking):
    """Adding landings; there is no other change to them."""

    def add_landing(self, landing: Landing) -> Landing:
        """Add a landing behind the last one of its input.

        Raises:
            StaleVersion: it is not the next one: somebody else landed rows meanwhile.
        """
        if landing.sequence != self.last_landing(landing.workflow, landing.input) + 1:
            raise StaleVersion(
                text("rows of input '{input}' landed meanwhile", input=landing.input),
                hint=text("nothing was changed; look at what is there"),
            )
        number = self._insert(LandingRow, LANDING.columns(landing))
        told = {name: value for name, value in to_plain(landing).items() if name not in _UNTOLD}
        event = "landing.anew" if landing.anew else "landing.added"
        self.enter(event, f"{landing.workflow}/{landing.input}", told)
        return replace(landing, id=number)
