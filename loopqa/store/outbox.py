"""The outbox: messages are added with what caused them, claimed, sent elsewhere, and settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

from loopqa.calc.loop.routing import Address
from loopqa.model.cycle import Notice
from loopqa.model.timetable import Message, MessageState
from loopqa.store.asking import asked, rows_where
from loopqa.store.leases import FREE, LEASE, after_loss, held, is_lost
from loopqa.store.record_kinds import MESSAGE
from loopqa.store.slots import Slots
from loopqa.store.tables import MessageRow

Routing = Callable[[Notice], Sequence[Address]]
"""Where a notice goes; a plain function, called inside the transaction that writes the notice."""


class Outbox(Slots):
    """Changes of messages."""

    routing: Routing | None = None  #: None: notices lead to no messages

    def route(self, notices: Mapping[int, Notice]) -> tuple[Message, ...]:
        """Add what notices (by the ids of their rows) lead to: a message an address."""
        if self.routing is None:
            return ()
        made = [
            self._message(notice, number, address)
            for number, notice in notices.items()
            for address in self.routing(notice)
        ]
        return tuple(self.add_messages(made))

    def add_messages(self, messages: Sequence[Message]) -> list[Message]:
        """Add messages at once; those under whose keys there was none."""
        known = self._known_keys(MessageRow, [one.key for one in messages])
        new = list({one.key: one for one in messages if one.key not in known}.values())
        return self._add_all(MESSAGE, new, "message.queued") if new else []

    def address_message(
        self, message: Message, notice: Notice, found: Sequence[Address]
    ) -> tuple[Message, ...]:
        """Put messages with addresses in the place of one that had none.

        Raises:
            StaleVersion: somebody else changed it meanwhile, or took a lost claim over.
        """
        added = self.add_messages([self._message(notice, message.notice, one) for one in found])
        self.change_message(
            message,
            event="message.addressed",
            state=MessageState.ADDRESSED,
            failure=None,
            ended_at=self._now,
        )
        return tuple(added)

    def change_message(self, message: Message, *, event: str, **changes: Any) -> Message:
        """Change a message, and end the claim on it.

        Raises:
            StaleVersion: somebody else changed it meanwhile, or took a lost claim over.
            RefusedMove: its lifecycle does not allow the new state.
        """
        return self._change(MESSAGE, message, event, changes, **FREE)

    def claim_messages(
        self,
        limit: int,
        lease: timedelta = LEASE,
        passing: Callable[[Message], bool] = lambda message: True,
    ) -> tuple[Message, ...]:
        """Claim messages whose time has come, the longest waiting first.

        ``passing`` says which may be claimed now; the others are passed over. They come back
        ``sending``, with one more attempt. Send them outside the transaction; then
        ``change_message(claimed, ...)`` each: StaleVersion there means that the claim was lost. A
        claim leaves no line in the audit chain: it moves nothing that anybody could see, and what
        becomes of it does.
        """
        shape, values = asked(
            (("state", "=", MessageState.PENDING.value), ("next_at", "<=", self._now))
        )
        due = rows_where(MessageRow, shape, ("next_at", "id"), limited=False)
        with self._asked(due.execution_options(yield_per=4 * limit), **values) as found:
            free = filter(passing, map(MESSAGE.of, found))
            claimed = [_claimed(one) for one in islice(free, limit)]
        if claimed:
            only = ("state", "version", "attempts")
            lent = held(self._now, lease)
            self._update(
                MESSAGE,
                [
                    (one.id, one.version - 1, {**MESSAGE.columns(one, only), **lent})
                    for one in claimed
                ],
            )
        return tuple(claimed)

    def reap_messages(self) -> tuple[Message, ...]:
        """Take claims back whose lease ran out, or whose process has died on this machine."""
        sending = self._rows(MessageRow, ("state", "=", MessageState.SENDING.value), order=())
        lost = [MESSAGE.of(row) for row in sending if is_lost(row, self._now)]
        return tuple(
            self.change_message(
                one,
                event="message.claim_lost",
                state=MessageState.PENDING,
                next_at=after_loss(self._now, one.id, one.attempts) or one.next_at,
            )
            for one in lost
        )

    def _message(self, notice: Notice, number: int, address: Address) -> Message:
        return Message(
            id=0,
            key=address.key(notice.key),
            notice=number,
            notifier=address.notifier,
            recipient=address.recipient,
            state=MessageState.PENDING,
            version=0,
            next_at=self._now,
            created_at=self._now,
            options=address.options,
        )


def _claimed(message: Message) -> Message:
    return replace(
        message,
        state=MessageState.SENDING,
        version=message.version + 1,
        attempts=message.attempts + 1,
    )
