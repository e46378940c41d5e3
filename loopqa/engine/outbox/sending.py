"""Sending messages: several at once, each by its notifier; what comes of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from loopqa.errors import LoopQAError, PluginError
from loopqa.language import text
from loopqa.model.timetable import Message
from loopqa.model.workflow import PluginSpec
from loopqa.plugin.notifier import Delivery, Outgoing

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace

PATIENCE = 90.0  #: seconds; who has not answered by then is asked again later


@dataclass(frozen=True)
class Parcel:
    """A claimed message with what its notifier is to send."""

    message: Message
    outgoing: Outgoing


Send = Callable[["Workspace", Parcel], Delivery]
"""Sends one message outside any transaction, in a thread of its own; raises what went wrong."""


@dataclass(frozen=True)
class Sent:
    """What became of one parcel."""

    message: Message
    delivery: Delivery | None = None  #: None: it was not delivered
    error: LoopQAError | None = None


def spec_of(message: Message) -> PluginSpec:
    """The notifier of a message with its options, and its one recipient as ``to``."""
    to: dict[str, Any] = {} if message.recipient is None else {"to": [message.recipient]}
    return PluginSpec(message.notifier, {**message.options, **to})


def send_parcel(ws: Workspace, parcel: Parcel) -> Delivery:
    """Send one message by the notifier it names.

    Raises:
        PluginError: the receiver did not take it.
        LoopQAError: there is no such notifier any more, its options are wrong, a secret is missing.
    """
    notifier = ws.host.make_notifier(spec_of(parcel.message), root=ws.root)
    return notifier.send(parcel.outgoing)


def sent(
    ws: Workspace, parcels: Sequence[Parcel], send: Send, *, threads: bool = True
) -> Iterator[Sent]:
    """What became of each parcel, in the order in which they are done.

    They are sent at the same time, so that a slow receiver holds up nobody but itself. One that
    never answers is left behind: its thread ends with the process. Without ``threads`` they are
    sent one after the other, in their order.
    """
    if not threads:
        yield from (_tried(ws, one, send) for one in parcels)
        return
    _ = ws.host  # made once, before several threads ask for it
    done: SimpleQueue[Sent] = SimpleQueue()
    for parcel in parcels:
        work = Thread(
            target=lambda one=parcel: done.put(_tried(ws, one, send)),
            name=f"send-{parcel.message.id}",
            daemon=True,
        )
        work.start()
    yield from _as_they_come(done, {one.message.id: one.message for one in parcels})


def _as_they_come(done: SimpleQueue[Sent], awaited: dict[int, Message]) -> Iterator[Sent]:
    until = time.monotonic() + PATIENCE
    while awaited:
        try:
            one = done.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            break
        del awaited[one.message.id]
        yield one
    for message in awaited.values():
        why = text("no answer within {n} s", n=f"{PATIENCE:g}")
        yield Sent(message, error=PluginError(why, retryable=True))


def _tried(ws: Workspace, parcel: Parcel, send: Send) -> Sent:
    try:
        returned: object = send(ws, parcel)
        if not isinstance(returned, Delivery):
            return Sent(parcel.message, error=_no_delivery(parcel.message))
        return Sent(parcel.message, delivery=returned)
    except LoopQAError as error:
        return Sent(parcel.message, error=error)
    except (Exception, SystemExit) as bug:
        # One notifier's bug must not hold up the messages of all others.
        return Sent(parcel.message, error=_unexpected(parcel.message, bug))


def _no_delivery(message: Message) -> PluginError:
    """Nobody can say whether it was sent: it is not tried again, and a person looks at it."""
    return PluginError(text("notifier '{type}' returned no Delivery", type=message.notifier))


def _unexpected(message: Message, bug: BaseException) -> PluginError:
    return PluginError(
        text(
            "notifier '{type}' failed: {why}",
            type=message.notifier,
            why=type(bug).__name__,
        ),
        retryable=True,
    )
