"""The outbox is emptied: each message is claimed, sent outside transactions, and settled at once.

A message is never sent before its claim is committed, and never marked before it was sent: a
process that dies in between repeats at most what it had in flight, under the same keys.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.backoff import next_try
from loopqa.calc.loop.routing import UNADDRESSED
from loopqa.engine.outbox.routed import addressed
from loopqa.engine.outbox.sending import Parcel, Sent, sent
from loopqa.engine.outbox.wording import outgoing
from loopqa.engine.ticking.report import Undelivered
from loopqa.errors import DefinitionError, LoopQAError, PluginError, RunFailed, StaleVersion
from loopqa.language import text
from loopqa.model.timetable import Message, MessageState
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace
    from loopqa.store.door import Writer

MOST_TRIES = 13  #: with the waits between them about two days
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_WISH = timedelta(days=1)  #: no receiver puts us off for longer
BUDGET = 120.0  #: seconds of one tick; what is left waits for the next one
BLOCKED_AFTER = 3  #: failures in a row, after which a way out is left alone until the next tick


@dataclass
class Ways:
    """The ways out that seem blocked: a dead receiver may not use up the time of all others."""

    failures: dict[str, int] = field(default_factory=dict)  #: in a row, by way

    def open(self, message: Message) -> bool:
        """Whether a message may be sent now; else it waits for the next tick."""
        return self.failures.get(_way(message), 0) < BLOCKED_AFTER

    def note(self, one: Sent) -> None:
        """Keep in mind what became of a message; a refusal for good is an answer, too."""
        way = _way(one.message)
        answered = one.error is None or _refused(one.error)
        self.failures[way] = 0 if answered else self.failures.get(way, 0) + 1


def _way(message: Message) -> str:
    """The notifier with its options, the same for all recipients of a mail server."""
    return json.dumps([message.notifier, dict(message.options)], sort_keys=True, default=str)


def _refused(error: LoopQAError) -> bool:
    return isinstance(error, PluginError) and not error.retryable


def delivery_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Send what is due, a few messages at a time, the longest waiting first."""
    with ws.reading() as reader:
        if not reader.outbox_has_work(ws.now()):
            return
    with ws.writing() as writer:
        _reap(ws, writer, done)
    ways = Ways()
    until = time.monotonic() + BUDGET
    while not stop() and time.monotonic() < until:
        with ws.writing() as writer:
            claimed = writer.claim_messages(limit=work.at_once, passing=ways.open)
        if not claimed:
            return
        fault("after-message-claimed")
        yield "message-claimed"
        ready = [one for one in claimed if one.notifier != UNADDRESSED]
        for waiting in claimed:
            if waiting.notifier == UNADDRESSED:
                _address(ws, done, waiting)
                yield "message-addressed"
        threads = work.threads and work.at_once > 1
        for one in sent(ws, parcels(ws, ready), work.send, threads=threads):
            fault("after-message-sent")
            yield "message-sent"
            ways.note(one)
            _settle(ws, done, one)
            yield "message-settled"


def parcels(ws: Workspace, messages: Sequence[Message]) -> tuple[Parcel, ...]:
    """What is to be sent for each message."""
    with ws.reading() as reader:
        root = reader.audit_root()
        return tuple(
            Parcel(one, outgoing(ws, one, reader.notice(one.notice), root)) for one in messages
        )


def _reap(ws: Workspace, writer: Writer, done: Done) -> None:
    """Take lost claims back; what killed its sender in every try is given up."""
    for message in writer.reap_messages():
        if message.attempts >= MOST_TRIES:
            why = text("the process that sent it died each time")
            given_up = writer.change_message(
                message,
                event="message.dead",
                state=MessageState.DEAD,
                failure=why,
                ended_at=ws.now(),
            )
            done.undelivered.append(Undelivered(given_up, PluginError(why)))


def _address(ws: Workspace, done: Done, message: Message) -> None:
    """Look again where a message goes whose workflow's file was wrong when it was written."""
    with ws.reading() as reader:
        notice = reader.notice(message.notice)
    try:
        found = addressed(ws, notice)
    except DefinitionError as error:
        _settle(ws, done, Sent(message, error=RunFailed(error.reason)))
        return
    with suppress(StaleVersion), ws.writing() as writer:
        writer.address_message(message, notice, found)


def _settle(ws: Workspace, done: Done, one: Sent) -> None:
    try:
        with ws.writing() as writer:
            if one.error is None:
                done.delivered.append(_delivered(ws, writer, one))
            else:
                failed = _failed(ws, writer, one.message, one.error)
                done.undelivered.append(Undelivered(failed, one.error))
    except StaleVersion:
        # It took so long that somebody else took it over, and tells what became of it.
        return


def _delivered(ws: Workspace, writer: Writer, one: Sent) -> Message:
    return writer.change_message(
        one.message,
        event="message.delivered",
        state=MessageState.DELIVERED,
        failure=None,
        ended_at=ws.now(),
    )


def _failed(ws: Workspace, writer: Writer, message: Message, error: LoopQAError) -> Message:
    wait = waiting_time(message, error)
    if wait is None:
        return writer.change_message(
            message,
            event="message.dead",
            state=MessageState.DEAD,
            failure=error.reason,
            ended_at=ws.now(),
        )
    return writer.change_message(
        message,
        event="message.delayed",
        state=MessageState.PENDING,
        failure=error.reason,
        next_at=ws.now() + wait,
    )


def waiting_time(message: Message, error: LoopQAError) -> timedelta | None:
    """How long to wait before another try; None: there is none.

    What is wrong on our side (an option, a secret, a plugin) waits as well: it can be mended.
    """
    if message.notifier != UNADDRESSED and (_refused(error) or message.attempts >= MOST_TRIES):
        return None
    wish = error.retry_after if isinstance(error, PluginError) else None
    if wish is not None:
        return min(max(timedelta(seconds=wish), timedelta(seconds=1)), LONGEST_WISH)
    return next_try(
        message.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT, jitter=_jitter(message)
    )


def _jitter(message: Message) -> float:
    """A number in 0..1 that differs from message to message and from try to try."""
    digest = hashlib.sha256(f"{message.key}:{message.attempts}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
