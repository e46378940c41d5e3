"""Looking into the outbox, trying again by hand, and trying the rules out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.routing import ALL, Address, addresses
from loopqa.engine.outbox.sending import Parcel, send_parcel, sent
from loopqa.engine.outbox.wording import outgoing
from loopqa.errors import LoopQAError, RefusedMove, UsageError
from loopqa.language import text
from loopqa.model.cycle import Notice
from loopqa.model.timetable import Message, MessageState, message_ref

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Writer

TEST = "outbox.test"  #: the event of messages that only try a rule out
UNDELIVERED = (MessageState.PENDING, MessageState.SENDING, MessageState.DEAD)


@dataclass(frozen=True)
class Letter:
    """A message with the notice it tells."""

    message: Message
    notice: Notice

    def to_dict(self) -> dict[str, Any]:
        """The item of ``loopqa.outbox.list/1``; options are left out."""
        one = self.message
        return {
            "id": message_ref(one.id),
            "state": one.state.value,
            "event": self.notice.event,
            "about": self.notice.about,
            "workflow": self.notice.workflow,
            "notifier": one.notifier,
            "recipient": one.recipient,
            "attempts": one.attempts,
            "created_at": one.created_at.isoformat(),
            "next_at": one.next_at.isoformat() if one.state is MessageState.PENDING else None,
            "ended_at": one.ended_at.isoformat() if one.ended_at else None,
            "failure": str(one.failure) if one.failure else None,
        }


def letters(
    ws: Workspace, states: Collection[MessageState] | None = None
) -> tuple[tuple[Letter, ...], int]:
    """Messages in these states in the order they were written, and how many there are in all."""
    with ws.reading() as reader:
        messages = reader.messages(states=states)
        told = reader.notices_of(messages)
        total = sum(reader.message_counts().values())
        return tuple(Letter(one, told[one.notice]) for one in messages), total


@dataclass(frozen=True)
class Shown:
    """One message in full."""

    letter: Letter
    key: str  #: by which receivers know it
    subject: str
    body: str

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.outbox/1``; options as they are written, secrets by reference."""
        return {
            "schema": "loopqa.outbox/1",
            **self.letter.to_dict(),
            "key": self.key,
            "options": dict(self.letter.message.options),
            "subject": self.subject,
            "body": self.body,
        }


def shown_letter(ws: Workspace, number: int) -> Shown:
    """One message as its receiver gets it.

    Raises:
        UnknownId: there is none.
    """
    with ws.reading() as reader:
        message = reader.message(number)
        notice = reader.notice(message.notice)
        root = reader.audit_root()
    made = outgoing(ws, message, notice, root)
    return Shown(Letter(message, notice), made.key, made.subject, made.body)


def retry(ws: Workspace, numbers: Sequence[int], *, dead: bool = False) -> tuple[Message, ...]:
    """Have messages sent by the next tick, with all tries before them; ``dead``: all dead ones.

    Raises:
        UnknownId: there is no such message; nothing is changed.
        RefusedMove: one is delivered, or being sent; nothing is changed.
        UsageError: none is named.
    """
    if not numbers and not dead:
        raise UsageError(
            text("say which messages"), hint=text("name them, such as M-8, or write --dead")
        )
    with ws.writing() as writer:
        chosen = [writer.message(one) for one in dict.fromkeys(numbers)]
        if dead:
            chosen += [one for one in writer.messages((MessageState.DEAD,)) if one not in chosen]
        return tuple(_again(ws, writer, one) for one in chosen)


def _again(ws: Workspace, writer: Writer, message: Message) -> Message:
    if message.state is MessageState.SENDING:
        raise RefusedMove(
            text("message {ref} is being sent", ref=message_ref(message.id)),
            hint=text("wait until the tick is done"),
        )
    changes: dict[str, Any] = {"next_at": ws.now(), "attempts": 0, "ended_at": None}
    if message.state is not MessageState.PENDING:
        changes["state"] = MessageState.PENDING
    return writer.change_message(message, event="message.retried", **changes)


@dataclass(frozen=True)
class Trial:
    """What became of a message that was sent to try one address of one rule out."""

    workflow: str
    notifier: str
    recipient: str | None
    error: LoopQAError | None

    def to_dict(self) -> dict[str, Any]:
        """An item of ``loopqa.outbox.test/1``."""
        return {
            "workflow": self.workflow,
            "notifier": self.notifier,
            "recipient": self.recipient,
            "delivered": self.error is None,
            "error": None if self.error is None else str(self.error),
        }


def trials(ws: Workspace, workflow: str | None = None) -> tuple[Trial, ...]:
    """Send a message to every address of all rules, or of one workflow's; no trace in the state.

    Raises:
        UsageError: there is no such workflow.
        DefinitionError: a workflow is wrong.
    """
    named = [ws.workflow(workflow)] if workflow else list(ws.workflows().values())
    return tuple(trial for one in named for trial in _tried(ws, one))


def _tried(ws: Workspace, workflow: Workflow) -> Iterator[Trial]:
    notice = Notice(
        key=f"{TEST}:{workflow.id}:{ws.now().isoformat()}",
        event=TEST,
        about="",
        text=text("this is a test: messages of workflow '{id}' arrive here", id=workflow.id),
        at=ws.now(),
        workflow=workflow.id,
    )
    rules = [{**rule, "on": [ALL]} for rule in workflow.notify]
    for address in addresses(TEST, rules):
        message = _message(ws, address.key(notice.key), address)
        parcel = Parcel(message, outgoing(ws, message, notice, str(ws.root)))
        for result in sent(ws, [parcel], send_parcel):
            yield Trial(workflow.id, address.notifier, address.recipient, result.error)


def _message(ws: Workspace, key: str, address: Address) -> Message:
    """A message that is in no outbox."""
    return Message(
        id=0,
        key=key,
        notice=0,
        notifier=address.notifier,
        recipient=address.recipient,
        state=MessageState.SENDING,
        version=0,
        next_at=ws.now(),
        created_at=ws.now(),
        options=address.options,
        attempts=1,
    )
