"""Notifiers: how a message reaches people or other programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from loopqa.language import Text

if TYPE_CHECKING:
    from loopqa.plugin.options import OptionsClass


@dataclass(frozen=True)
class Outgoing:
    """One message to one recipient, ready to be sent."""

    key: str  #: the same in every try, and no other message's: receivers drop repeats by it
    event: str  #: what happened, e.g. verdict.reached
    about: str  #: what it is about, e.g. V-3; empty where it is about nothing in particular
    subject: str  #: one line in the workspace's first language
    body: str  #: in all languages of the workspace, one below the other
    recipient: str | None  #: one entry of the option ``to``; None where the notifier has none
    at: datetime  #: when it happened, aware, in UTC
    workflow: str  #: whose rule sends it
    attempt: int = 1  #: which try this is, from 1


@dataclass(frozen=True)
class Delivery:
    """What ``send`` returns once the receiver has taken the message over, and never before."""


class Notifier(ABC):
    """Sends messages; a rule of ``notify:`` names it by ``type``.

    The outbox calls :meth:`send` at least once for each message: after a crash, or an answer that
    got lost, again with the same ``key``. Several messages are sent at the same time, each by an
    object of its own, in a thread of its own.
    """

    type: ClassVar[str]  #: the name in YAML
    summary: ClassVar[Text]  #: one line for people
    Config: ClassVar[OptionsClass]
    #: The section of ``loopqa.yaml`` whose keys hold where a rule does not give them: ``mail``.
    defaults: ClassVar[str | None] = None

    def __init__(self, config: Any, *, root: Path) -> None:
        """Keep ``config``, a ``Config``, and the workspace's folder; no I/O here.

        A ``Config`` with an option ``to`` (a list) gets the one recipient of a message at a time.
        """
        self.config = config
        self.root = root

    def lacking(self) -> Text | None:
        """What it still needs before it can send, for a warning; None: nothing. No I/O here."""
        return None

    @abstractmethod
    def send(self, outgoing: Outgoing) -> Delivery:
        """Send one message; return once the receiver has taken it over.

        Raises:
            PluginError: it was not taken; ``retryable`` says whether another try may help, and
                ``retry_after`` (seconds) when the receiver wants it. Anything else that is raised
                counts as retryable.
        """
