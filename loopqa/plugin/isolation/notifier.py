"""Notifiers of third parties: the same interface, the sending done in a process of its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from loopqa.errors import PluginError
from loopqa.language import Text, text
from loopqa.plugin.notifier import Delivery, Notifier, Outgoing

if TYPE_CHECKING:
    from loopqa.plugin.isolation.calling import Calling


class NotifierApart(Notifier):
    """A notifier whose code runs elsewhere, in a new process for each message."""

    def __init__(self, local: Notifier, calling: Calling) -> None:
        """``local`` is the notifier's own object, made of the same options, and never sends."""
        super().__init__(calling.given.config, root=calling.given.root)
        self._local = local
        self._calling = calling

    def lacking(self) -> Text | None:
        """See :meth:`loopqa.plugin.Notifier.lacking`."""
        return self._local.lacking()

    def send(self, outgoing: Outgoing) -> Delivery:
        """See :meth:`loopqa.plugin.Notifier.send`."""
        written = {**asdict(outgoing), "at": outgoing.at.isoformat()}
        returned = self._calling.answer("send", {"outgoing": written})
        if returned is not None:
            # Nobody can say whether it was sent: it is not tried again, and a person looks at it.
            raise PluginError(text("notifier '{type}' returned no Delivery", type=self.type))
        return Delivery()
