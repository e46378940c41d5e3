"""Leases of work that takes long are renewed while it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from loopqa.model.cycle import ReSurvey
from loopqa.model.timetable import Slot
from loopqa.store.claims import Claims
from loopqa.store.leases import LEASE
from loopqa.store.record_kinds import RESURVEY, SLOT, Kind


class Renewing(Claims):
    """Longer leases; no part of the audit chain, they change nothing."""

    def renew_resurvey(self, claimed: ReSurvey, lease: timedelta = LEASE) -> bool:
        """Let the claim of a re-survey last longer; False where it was lost meanwhile."""
        return self._renew(RESURVEY, claimed, lease)

    def renew_slot(self, claimed: Slot, lease: timedelta = LEASE) -> bool:
        """Let the claim of a slot last longer; False where it was lost meanwhile."""
        return self._renew(SLOT, claimed, lease)

    def _renew(self, kind: Kind[Any], claimed: ReSurvey | Slot, lease: timedelta) -> bool:
        """The version is that of the claim only as long as nobody else got it."""
        until = {"lease_until": self._now + lease}
        return self._update(kind, [(claimed.id, claimed.version, until)])
