"""What every notifier keeps to: a message arrives once, whole, and with no line of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from loopqa.conformance import common
from loopqa.conformance.case import Case
from loopqa.conformance.checking import CannotTell, Check
from loopqa.errors import PluginError
from loopqa.language import Text, text
from loopqa.plugin.notifier import Delivery, Notifier, Outgoing

#: What somebody would write into a subject to add a header of their own.
INJECTED = "X-Injected"

MESSAGE = Outgoing(
    key="msg_6e29ef7a00d5f3a90c4fcd7cf0ab7d50",
    event="finding.opened",
    about="F-12",
    subject="F-12：响应及时性 below 3",
    body="F-12：响应及时性\nresponsiveness is below 3\n",
    recipient=None,
    at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    workflow="after-sales-monthly",
)


@dataclass(frozen=True)
class NotifierCase(Case):
    """A notifier with its options, and how to see what its receiver has got."""

    received: Callable[[], Sequence[str]] | None = None
    """All that the receiver has got so far, one text a message: its lines as they came over the
    wire, headers included; None: nobody can see it."""
    message: Outgoing = MESSAGE

    def made(self, **more: Any) -> Notifier:
        """The notifier, with some options replaced.

        Raises:
            DefinitionError: the options are wrong.
        """
        return cast("Notifier", self.plugin(self.config(**more), root=self.root))

    def sent(self, message: Outgoing) -> Sequence[str]:
        """Send a message and return what the receiver got of it.

        Raises:
            CannotTell: nobody can see what it got.
        """
        if self.received is None:
            raise CannotTell(text("it can't be seen what the receiver has got"))
        before = len(self.received())
        self.made().send(message)
        return self.received()[before:]


def sends(case: NotifierCase) -> Iterator[Text]:
    """``send`` returns a Delivery once the receiver has the message."""
    if case.received is None:
        raise CannotTell(text("nothing is sent where nobody can see what arrives"))
    found: Any = case.made().send(case.message)
    if not isinstance(found, Delivery):
        yield text("send returns {what}, not a Delivery", what=type(found).__name__)
    if not case.received():
        yield text("nothing has arrived")


def tells_what_it_lacks(case: NotifierCase) -> Iterator[Text]:
    """``lacking`` says what is missing, or None, and opens nothing."""
    found: Any = case.made().lacking()
    if found is not None and not isinstance(found, Text):
        yield text("lacking() returns {what}, not a Text", what=type(found).__name__)


def carries_the_key(case: NotifierCase) -> Iterator[Text]:
    """The receiver can tell a repeat from another message."""
    arrived = "\n".join(case.sent(case.message))
    if case.message.key not in arrived:
        yield text("the key of the message does not arrive")
    other = replace(case.message, key="msg_another")
    if case.message.key in "\n".join(case.sent(other)):
        yield text("another message arrives with the same key")


def repeats_are_alike(case: NotifierCase) -> Iterator[Text]:
    """A second try sends the same key again, and may be refused only for good."""
    again = replace(case.message, attempt=2)
    case.sent(case.message)
    try:
        arrived = "\n".join(case.sent(again))
    except PluginError as error:
        if error.retryable:
            yield text("a repeat is to be tried again and again: {why}", why=str(error))
        return
    if arrived and case.message.key not in arrived:
        yield text("a repeat arrives without the key of the first try")


def lets_nobody_add_lines(case: NotifierCase) -> Iterator[Text]:
    """No text of a message begins a line of its own: headers and log lines can't be forged."""
    for end in ("\r\n", "\n", "\r"):
        forged = f"late{end}{INJECTED}: 1{end}{end}"
        for arrived in _arrived(case, replace(case.message, subject=forged)):
            if any(line.strip().startswith(INJECTED) for line in arrived.splitlines()):
                yield text("a line break in a subject begins a line of its own at the receiver")
                return


def _arrived(case: NotifierCase, message: Outgoing) -> Sequence[str]:
    try:
        return case.sent(message)
    except PluginError:
        return ()  # refusing such a message is fine as well


def survives_strange_text(case: NotifierCase) -> Iterator[Text]:
    """Any text that data may hold is sent, or refused in words."""
    strange = "\x00\x07\ud800 🙂 服务 \u202e" + "x" * 10_000
    message = replace(case.message, subject=strange, body=strange)
    try:
        case.sent(message)
    except PluginError as error:
        if error.retryable:
            yield text("text that can't be sent is tried again and again: {why}", why=str(error))


def fails_in_words(case: NotifierCase) -> Iterator[Text]:
    """Each of the case's own failures is told in words."""
    return common.refuses_in_words(case, lambda made: made.send(case.message))


def survives_a_lost_network(case: NotifierCase) -> Iterator[Text]:
    """Without a network, another try may help."""
    return common.survives_a_lost_network(case, lambda made: made.send(case.message))


NOTIFIER_CHECKS = (
    *common.WITHOUT_OPTIONS,
    *common.WITH_OPTIONS,
    Check("lacking", text("lacking() says what is missing"), tells_what_it_lacks),
    Check("send", text("a message arrives"), sends),
    Check("key", text("the receiver can tell repeats by the key"), carries_the_key),
    Check("repeat", text("a repeat does no harm"), repeats_are_alike),
    Check("injection", text("no text can begin a line of its own"), lets_nobody_add_lines),
    Check("strange-text", text("any text is sent, or refused in words"), survives_strange_text),
    Check("lost-network", text("a lost network may be tried again"), survives_a_lost_network),
    Check("failures", text("failures are told in words"), fails_in_words),
)
