"""Notifier ``console``: messages on the standard error of whoever ticks."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from loopqa.builtin.one_line import one_line
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.notifier import Delivery, Notifier, Outgoing
from loopqa.plugin.options import Options


class ConsoleOptions(Options):
    """The notifier ``console`` has no options."""


class Console(Notifier):
    """Writes one line a message; what ticks by cron gets it mailed, a service logs it."""

    type = "console"
    summary = text("one line on standard error of the tick")
    Config = ConsoleOptions
    config: ConsoleOptions

    def send(self, outgoing: Outgoing) -> Delivery:
        """Write the line in one go, so that lines of several threads stay apart."""
        at = outgoing.at.isoformat(timespec="seconds")
        sys.stderr.write(f"{at} {outgoing.event} {one_line(outgoing.subject)}\n")
        sys.stderr.flush()
        return Delivery()


@hookimpl
def loopqa_notifiers() -> Sequence[type[Notifier]]:
    """The notifier of this file."""
    return [Console]
