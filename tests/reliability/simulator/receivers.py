"""Receivers: they fail, are slow, lose connections, and remember every message they were given."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loopqa.errors import PluginError
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.plugin.notifier import Outgoing

Told = tuple[str, str, str | None]
"""What a message tells whom: event, what it is about, recipient."""


@dataclass(frozen=True)
class Attempt:
    """One message as it reached a receiver, or did not."""

    key: str
    what: Told
    got: bool  #: the receiver has it
    told: bool  #: the sender was told so
    refused: bool = False  #: for good


@dataclass
class Receivers:
    """All receivers of a simulation."""

    dice: random.Random
    attempts: list[Attempt] = field(default_factory=list)
    kind: bool = False  #: from now on every message is taken

    def take(self, one: Outgoing, tell: Callable[[str], None], wait: Callable[[], None]) -> None:
        """Take a message, or do not; ``wait`` lets time pass, ``tell`` traces.

        Raises:
            PluginError: as a notifier would.
        """
        how = "ok" if self.kind else self._mood()
        tell(f"sends {one.event} {one.about} to {one.recipient}: {how}")
        if how == "slow":
            wait()
        got = how in {"ok", "slow", "lost"}
        what = one.event, one.about, one.recipient
        told, refused = got and how != "lost", how == "refused"
        self.attempts.append(Attempt(one.key, what, got, told, refused))
        if how not in {"ok", "slow"}:
            raise _problem(how)

    def _mood(self) -> str:
        moods = ("ok", "slow", "down", "later", "lost", "refused")
        return self.dice.choices(moods, weights=(60, 4, 14, 6, 12, 4))[0]


def _problem(how: str) -> PluginError:
    if how == "later":
        return PluginError(text("{name}", name="busy"), retryable=True, retry_after=900)
    return PluginError(text("{name}", name=how), retryable=how != "refused")
