"""Slots: added once for each workflow and instant, whoever computes them first."""

from __future__ import annotations

from typing import Any

from loopqa.model.timetable import Slot
from loopqa.store.landings import Landings
from loopqa.store.record_kinds import SLOT
from loopqa.store.tables import SlotRow


class Slots(Landings):
    """Changes of slots."""

    def add_slot(self, slot: Slot) -> Slot | None:
        """Add a slot; None where the workflow has one at this instant already."""
        if self._find(SlotRow, workflow=slot.workflow, due_at=slot.due_at) is not None:
            return None
        return self._add(SLOT, slot, "slot.created")

    def change_slot(self, slot: Slot, *, event: str, **changes: Any) -> Slot:
        """Change a slot.

        Raises:
            StaleVersion: somebody else changed it meanwhile.
            RefusedMove: its lifecycle does not allow the new state.
        """
        return self._change(SLOT, slot, event, changes)
