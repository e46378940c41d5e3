"""The outbox: messages are added with what caused them, at most one under a key."""

from __future__ import annotations

from typing import Any

from loopqa.model.timetable import Message
from loopqa.store.record_kinds import MESSAGE
from loopqa.store.slots import Slots
from loopqa.store.tables import MessageRow


class Outbox(Slots):
    """Changes of messages."""

    def add_message(self, message: Message) -> Message | None:
        """Add a message; None where there is one under its key already."""
        if self._find(MessageRow, key=message.key) is not None:
            return None
        return self._add(MESSAGE, message, "message.queued")

    def change_message(self, message: Message, *, event: str, **changes: Any) -> Message:
        """Change a message.

        Raises:
            StaleVersion: somebody else changed it meanwhile.
            RefusedMove: its lifecycle does not allow the new state.
        """
        return self._change(MESSAGE, message, event, changes)
