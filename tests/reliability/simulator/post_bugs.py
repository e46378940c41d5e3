"""Planted bugs in the outbox."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

from loopqa.calc.loop.routing import Address
from loopqa.engine.outbox import delivering
from loopqa.engine.outbox.sending import Sent
from loopqa.errors import LoopQAError
from loopqa.model.timetable import MessageState
from loopqa.plugin.notifier import Delivery
from loopqa.store.outbox import Outbox
from tests.reliability.simulator.planting import Bug, swap


def _mark_first(stack: ExitStack) -> None:
    """Delivered before it is sent: what fails or dies in between is lost."""

    def sent(ws: Any, parcels: Any, send: Any, **_: Any) -> Any:
        for one in parcels:
            yield Sent(one.message, delivery=Delivery())
            try:
                send(ws, one)
            except LoopQAError:
                continue

    swap(stack, delivering, "sent", lambda _: sent)


def _uncommitted_claim(stack: ExitStack) -> None:
    """Sent before the claim is kept: others claim it, too."""

    def make(usual: Any) -> Any:
        def claim(self: Any, **more: Any) -> Any:
            with self._connection.begin_nested() as part:
                claimed = usual(self, **more)
                part.rollback()
            return claimed

        return claim

    swap(stack, Outbox, "claim_messages", make)


def _no_dead_letters(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        return lambda message, error: usual(message, error) or timedelta(minutes=1)

    swap(stack, delivering, "waiting_time", make)


def _one_key(stack: ExitStack) -> None:
    """The recipient is no part of a message's key: the second one gets nothing."""
    swap(stack, Address, "key", lambda _: lambda self, notice: f"{notice}|{self.notifier}")


def _stuck(stack: ExitStack) -> None:
    """A failed message waits for ever."""

    def make(usual: Any) -> Any:
        def change(self: Any, message: Any, *, event: str, **changes: Any) -> Any:
            if event == "message.delayed":
                return replace(message, state=MessageState.PENDING)
            return usual(self, message, event=event, **changes)

        return change

    swap(stack, Outbox, "change_message", make)


def _key_by_try(stack: ExitStack) -> None:
    """Every try has a key of its own: receivers can't drop repeats."""

    def make(usual: Any) -> Any:
        def outgoing(ws: Any, message: Any, *rest: Any) -> Any:
            made = usual(ws, message, *rest)
            return replace(made, key=f"{made.key}-{message.attempts}")

        return outgoing

    swap(stack, delivering, "outgoing", make)


def _never_written(stack: ExitStack) -> None:
    """Messages are no part of the transaction that causes them, and get lost."""
    swap(stack, Outbox, "route", lambda _: lambda self, notices: ())


POST_BUGS = (
    Bug("mark first", "a message is marked as delivered before it is sent", _mark_first),
    Bug("claim not kept", "a message is sent before its claim is committed", _uncommitted_claim),
    Bug("no dead letters", "what was refused for good is tried again", _no_dead_letters),
    Bug("one key", "the recipient is no part of a message's key", _one_key),
    Bug("failure not noted", "a failed try is not noted on its row", _stuck),
    Bug("key by try", "every try of a message has another key", _key_by_try),
    Bug("nobody told", "notices lead to no messages", _never_written),
)
