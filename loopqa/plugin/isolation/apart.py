"""Makes sources and notifiers of third parties such that their code runs in another process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from loopqa.model.plugin_limits import PluginLimits
from loopqa.plugin.isolation.calling import Calling, Given
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.isolation.masking import masking, secrets_of
from loopqa.plugin.isolation.notifier import NotifierApart
from loopqa.plugin.isolation.source import SourceApart
from loopqa.plugin.isolation.troubles import Trouble, Troubles
from loopqa.plugin.loading import Found
from loopqa.plugin.notifier import Notifier
from loopqa.plugin.source import Source

POSSIBLE = os.name == "posix"
"""Elsewhere such plugins run in our process, without these limits."""


class Isolation:
    """Of the plugins of one host."""

    def __init__(self, root: Path | None, limits: PluginLimits) -> None:
        """``root``: the workspace, which remembers what misbehaved; None: nobody does."""
        self._root = root
        self._limits = limits
        self._troubles = Troubles(root)

    def troubles(self, plugins: Iterable[Found]) -> tuple[Trouble, ...]:
        """Which of these misbehaved when they were last used, and were stopped."""
        homes = (Home.of(one, self._root) for one in plugins)
        return self._troubles.of({home.name: home for home in homes if home is not None})

    def source(self, local: Source, plugin: Found, given: Given) -> Source:
        """``local``, or for one of a third party a source whose code runs in another process."""
        home = Home.of(plugin, self._root)
        if home is None or not POSSIBLE:
            return local
        calling = self._calling(local.type, home, "loopqa_sources", given)
        return cast("Source", _named(SourceApart, local)(local, calling))

    def notifier(self, local: Notifier, plugin: Found, given: Given) -> Notifier:
        """``local``, or for one of a third party a notifier that runs in another process."""
        home = Home.of(plugin, self._root)
        if home is None or not POSSIBLE:
            return local
        calling = self._calling(local.type, home, "loopqa_notifiers", given)
        return cast("Notifier", _named(NotifierApart, local)(local, calling))

    def _calling(self, type_: str, home: Home, hook: str, given: Given) -> Calling:
        mask = masking(secrets_of(given.config, given.root))
        return Calling(home, hook, type_, given, self._limits, self._troubles, mask)


def _named(apart: type, local: Source | Notifier) -> Callable[..., object]:
    """The class ``apart``, described as the class of ``local`` is."""
    own = type(local)
    names = ("type", "summary", "Config", "incremental", "defaults")
    described = {name: getattr(own, name) for name in names if hasattr(own, name)}
    return type(own.__name__, (apart,), described)
