"""How one source or notifier is called in its process: with which code, options and limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loopqa.errors import PluginError
from loopqa.language import Text, text
from loopqa.model.plugin_limits import PluginLimits
from loopqa.plugin.isolation.errors import Misbehaved
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.isolation.process import Process, Use
from loopqa.plugin.isolation.troubles import Troubles
from loopqa.plugin.secrecy import Mask

#: How people call what a hook delivers.
KINDS = {"loopqa_sources": text("source"), "loopqa_notifiers": text("notifier")}


@dataclass(frozen=True)
class Given:
    """What a source or notifier is made of."""

    options: Mapping[str, Any]  #: as written, so that secrets are references where they can be
    config: Any  #: the same, checked
    root: Path  #: where relative paths start


@dataclass(frozen=True)
class Calling:
    """One source or notifier with its options."""

    home: Home
    hook: str
    type: str
    given: Given
    limits: PluginLimits
    troubles: Troubles
    mask: Mask

    def use(self, do: str, more: Mapping[str, Any]) -> Use:
        """One use; ``more`` is what this one needs beside the options.

        Raises:
            PluginError: the options can't be handed over.
        """
        request = {
            "home": self.home.to_dict(),
            "hook": self.hook,
            "type": self.type,
            "options": dict(self.given.options),
            "root": str(self.given.root),
            "do": do,
            **more,
        }
        try:
            json.dumps(request)
        except (TypeError, ValueError):
            raise PluginError(
                text("an option of '{type}' is no text, number, list or mapping", type=self.type)
            ) from None
        return Use(self.kind, self.type, request, self.limits, self.mask)

    def answer(self, do: str, more: Mapping[str, Any] | None = None) -> Any:
        """What the plugin returns, within its time.

        Raises:
            LoopQAError: the plugin raised it, or misbehaved.
        """
        seconds = self.limits.send if do == "send" else self.limits.check
        with self.contained(do), Process(self.use(do, more or {})) as process:
            return process.answer(seconds)

    @property
    def kind(self) -> Text:
        """What it is, for people."""
        return KINDS[self.hook]

    @contextmanager
    def contained(self, do: str) -> Iterator[None]:
        """Keep in mind that the plugin misbehaved in a use like this, or that it did not."""
        try:
            yield
        except Misbehaved as error:
            self.troubles.note(self.home, f"{self.type}.{do}", error.problems[0].message)
            raise
        self.troubles.clear(self.home, f"{self.type}.{do}")
