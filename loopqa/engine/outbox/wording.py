"""What a message says: a notice in the languages of the workspace, and where to look further."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from loopqa.language import Text, text
from loopqa.model.timetable import Message
from loopqa.plugin.notifier import Outgoing

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.cycle import Notice

#: The command that shows what an id is about, by its letter.
_SHOWN_BY = {"A": "action", "F": "finding", "R": "resurvey", "S": "sample", "V": "verdict"}


def outgoing(ws: Workspace, message: Message, notice: Notice, root: str) -> Outgoing:
    """The message as its notifier gets it; ``root`` is the seal of the first audit entry."""
    return Outgoing(
        key=idempotency_key(root, message.key),
        event=notice.event,
        about=notice.about,
        subject=notice.text.render(ws.settings.languages[0]),
        body=body_of(notice, ws.settings.languages),
        recipient=message.recipient,
        at=notice.at,
        workflow=notice.workflow,
        attempt=message.attempts,
    )


def idempotency_key(root: str, key: str) -> str:
    """By which a receiver knows a repeat: stable over tries, and not that of another workspace.

    >>> idempotency_key("9f2c", "verdict.reached:1:1:speed|file|-")
    'msg_a557dd19b74bee93dfc334f5f297c6b7'
    """
    return "msg_" + hashlib.sha256(f"{root}\n{key}".encode()).hexdigest()[:32]


def body_of(notice: Notice, languages: tuple[str, ...]) -> str:
    """The notice in every language, one below the other."""
    parts = ["\n".join(line.render(one) for line in _lines(notice)) for one in languages]
    return "\n\n".join(parts) + "\n"


def _lines(notice: Notice) -> list[Text]:
    lines = [
        notice.text,
        text("workflow {workflow}, {event}", workflow=notice.workflow or "-", event=notice.event),
    ]
    command = _SHOWN_BY.get(notice.about.partition("-")[0])
    if command is not None:
        lines.append(text("see `loopqa {command} show {id}`", command=command, id=notice.about))
    return lines
