"""Slots: added once for each workflow and instant, and run by one process at a time.

A claim is the state ``running`` with a lease in the row. The record's version is the fence: who
settles a slot must hold the version that the claim returned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from loopqa.model.timetable import Slot, SlotState
from loopqa.model.window import Window
from loopqa.store.landings import Landings
from loopqa.store.leases import FREE, LEASE, after_loss, held, is_lost
from loopqa.store.record_kinds import SLOT
from loopqa.store.tables import SlotRow


class Slots(Landings):
    """Changes of slots, claims included."""

    def add_slot(self, slot: Slot) -> Slot | None:
        """Add a slot; None where the workflow has one at this instant already."""
        if self.slot_at(slot.workflow, slot.due_at) is not None:
            return None
        return self._add(SLOT, slot, "slot.created")

    def change_slot(self, slot: Slot, *, event: str, **changes: Any) -> Slot:
        """Change a slot; leaving ``running`` ends the claim on it.

        Raises:
            StaleVersion: somebody else changed it meanwhile, or took a lost claim over.
            RefusedMove: its lifecycle does not allow the new state.
        """
        return self._change(SLOT, slot, event, changes, **FREE)

    def claim_slots(
        self,
        limit: int = 50,
        lease: timedelta = LEASE,
        skip: Collection[int] = (),
        until: datetime | None = None,
        window_of: Callable[[Slot], Window | None] = lambda slot: None,
    ) -> tuple[Slot, ...]:
        """Claim slots that are to be run or tried again, the oldest first.

        ``skip`` names some that were tried already; what falls due later than ``until`` is left
        for later. ``window_of`` names the window of a slot that has none yet; it must neither read
        files nor raise. The slots come back ``running``: run them outside the transaction, then
        settle each with ``change_slot(claimed, ...)``, where StaleVersion means that the claim was
        lost.
        """
        self.reap_slots()
        due = self._rows(
            SlotRow,
            ("state", "=", SlotState.PENDING.value),
            ("next_at", "<=", min(until or self._now, self._now)),
            ("id", "not in", list(skip)),
            order=("due_at", "id"),
            limit=limit,
        )
        found = [SLOT.of(row) for row in due]
        claims = [(one, self._claim(one, one.window or window_of(one))) for one in found]
        lease_columns = held(self._now, lease)
        return tuple(self._change_all(SLOT, claims, "slot.claimed", **lease_columns))

    def _claim(self, slot: Slot, window: Window | None) -> dict[str, Any]:
        """What a claim changes; how late a slot is stays what it was when it was first claimed."""
        late = int((self._now - slot.due_at).total_seconds())
        return {
            "state": SlotState.RUNNING,
            "attempts": slot.attempts + 1,
            "late_seconds": slot.late_seconds if slot.attempts else max(0, late),
            "window": window,
        }

    def reap_slots(self) -> tuple[Slot, ...]:
        """Take claims back whose lease ran out, or whose process has died on this machine."""
        running = self._rows(SlotRow, ("state", "=", SlotState.RUNNING.value), order=())
        lost = [SLOT.of(row) for row in running if is_lost(row, self._now)]
        wanted = [
            (one, {"state": SlotState.PENDING, "next_at": max(self._tried_at(one), one.due_at)})
            for one in lost
        ]
        return tuple(self._change_all(SLOT, wanted, "slot.claim_lost", **FREE))

    def _tried_at(self, lost: Slot) -> datetime:
        return after_loss(self._now, lost.id, lost.attempts) or self._now
