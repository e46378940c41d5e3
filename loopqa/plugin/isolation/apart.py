"""Makes sources and notifiers of third parties such that their code runs in another process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from loopqa.errors import LoopQAError, PluginError
from loopqa.language import Text, text
from loopqa.model.plugin_limits import PluginLimits
from loopqa.plugin.isolation.calling import Calling, Given
from loopqa.plugin.isolation.errors import hidden, hide
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.isolation.marks import MOST, marks_of
from loopqa.plugin.isolation.notifier import NotifierApart
from loopqa.plugin.isolation.returned import Check
from loopqa.plugin.isolation.source import SourceApart
from loopqa.plugin.isolation.troubles import Trouble, Troubles
from loopqa.plugin.isolation.watched import Watch
from loopqa.plugin.loading import Found, Offer, why
from loopqa.plugin.notifier import Notifier
from loopqa.plugin.secrecy import Mask, masking, secrets_of
from loopqa.plugin.source import Source

POSSIBLE = os.name == "posix"
"""Elsewhere such plugins run in our process, without these limits."""

Made = TypeVar("Made")

Known = tuple[str, str]
"""A plugin by its name and its origin; several may have the same name."""


class Isolation:
    """Of the plugins of one host."""

    def __init__(self, root: Path | None, limits: PluginLimits) -> None:
        """``root``: the workspace, which remembers what misbehaved; None: nobody does."""
        self._root = root
        self._limits = limits
        self._troubles = Troubles(root)
        self._marks = marks_of(root)
        self._homes: dict[Known, Home] = {}

    def watched(self, offers: Iterable[Offer]) -> Iterator[Offer]:
        """The plugins of third parties; those that ended too many processes refuse to load."""
        for offer in offers:
            home = Home.of(Found.of(offer), self._root)
            if home is not None:
                self._homes[offer.name, offer.origin] = home
                offer = replace(offer, load=partial(self._loaded, home, offer.load))
            yield offer

    def _loaded(self, home: Home, load: Callable[[], Any]) -> Any:
        ends = self._marks.ends(home)
        if ends >= MOST:
            raise PluginError(
                text(
                    "blocked: the process ended {n} times while it was at work; change {origin}, "
                    "or `loopqa plugins unblock {name}`",
                    n=ends,
                    origin=home.origin,
                    name=home.name,
                )
            )
        with self._marks.inside(home):
            return load()

    @contextmanager
    def inside(self, plugin: Known, mask: Mask) -> Iterator[None]:
        """A plugin is at work in this process; that of a third party leaves a mark meanwhile.

        Raises:
            LoopQAError: whatever the plugin raises, in a sentence without its secrets.
        """
        home = self._homes.get(plugin)
        try:
            with nullcontext() if home is None else self._marks.inside(home):
                yield
        except LoopQAError as error:
            hide(error, mask)
            raise
        except (Exception, SystemExit) as bug:
            file = None if home is None or home.file is None else str(home.file)
            raise PluginError(hidden(why(bug, within=file), mask)) from bug

    def note(self, plugin: Known, use: str, what: Text | None) -> None:
        """Keep in mind what a plugin of a third party did wrong in a use; None: it went well."""
        home = self._homes.get(plugin)
        if home is not None and what is not None:
            self._troubles.note(home, use, what)
        elif home is not None:
            self._troubles.clear(home, use)

    def watch(
        self, made: Made, plugin: Found, kind: Text, methods: Mapping[str, Check], mask: Mask
    ) -> Made:
        """``made``, or for one of a third party the same with its work watched."""
        home = Home.of(plugin, self._root)
        if home is None:
            return made
        type_ = type(made).type  # type: ignore[attr-defined]
        watch = Watch(home, kind, type_, self._marks, self._troubles, mask)
        return watch.over(made, methods)

    def troubles(self) -> tuple[Trouble, ...]:
        """What misbehaved when it was last used, and was stopped."""
        return self._troubles.of(self._homes)

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
