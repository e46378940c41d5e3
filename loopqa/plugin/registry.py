"""The registry: which plugins were found, what each offers, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pluggy

from loopqa.language import Text, text
from loopqa.plugin import hookspecs, loading
from loopqa.plugin.listening import Listener
from loopqa.plugin.loading import Found, Loaded, Offer, PluginFailure
from loopqa.plugin.trace import following
from loopqa.plugin.vetting import BASES, CALLED, HOOKS, breaches, class_breach, listed

#: How people call what a hook delivers.
NOUNS = {
    "loopqa_sources": text("source"),
    "loopqa_scorings": text("scoring scheme"),
    "loopqa_detectors": text("detector"),
    "loopqa_analysers": text("analyser"),
    "loopqa_notifiers": text("notifier"),
    "loopqa_report_sections": text("report section"),
}


class Registry:
    """Takes plugins in, one by one; one that is broken leaves the others alone."""

    def __init__(self, blocked: Collection[str] = ()) -> None:
        """``blocked``: names of plugins to leave alone."""
        self.found: list[Found] = []
        self.failures: list[PluginFailure] = []
        self.types: dict[str, dict[str, type]] = {hook: {} for hook in BASES}
        self._owners: dict[tuple[str, str], Found] = {}
        self._listeners: dict[str, list[Listener]] = {hook: [] for hook in CALLED}
        self._blocked = frozenset(blocked)
        self._pluggy = pluggy.PluginManager("loopqa")
        self._pluggy.add_hookspecs(hookspecs)

    def take_in(self, offers: Iterable[Offer]) -> None:
        """Load plugins and take their classes and functions."""
        for offer in offers:
            if offer.name in self._blocked:
                self.found.append(Found.of(offer, blocked=True))
                continue
            loaded, found = loading.bring_in(offer)
            if isinstance(loaded, PluginFailure):
                self.failures.append(loaded)
                found = replace(found, hooks=tuple(one for one in HOOKS if one in offer.written()))
            else:
                found = replace(found, hooks=tuple(self._hooks(loaded.module)))
                self.failures.extend(self._register(loaded, found))
            self.found.append(found)

    def owner(self, hook: str, type_: str) -> Found:
        """The plugin that a class came with."""
        return self._owners[hook, type_]

    def listeners(self, hook: str) -> tuple[Listener, ...]:
        """The functions behind ``loopqa_guard`` or ``loopqa_event``, in the order of loading."""
        return tuple(self._listeners[hook])

    def all_listeners(self) -> tuple[Listener, ...]:
        """The functions behind all hooks that are called again and again."""
        return tuple(one for listeners in self._listeners.values() for one in listeners)

    def deaf(self, hook: str) -> tuple[Found, ...]:
        """Plugins that have this hook, but could not be loaded."""
        listening = {one.plugin for one in self._listeners[hook]}
        return tuple(
            one
            for one in self.found
            if hook in one.hooks and not one.blocked and one.name not in listening
        )

    def types_of(self, plugin: Found) -> Mapping[str, tuple[str, ...]]:
        """Hook → the types that this plugin delivers."""
        return {
            hook: tuple(kept)
            for hook, types in self.types.items()
            if (kept := [one for one in types if self._owners[hook, one] == plugin])
        }

    def _hooks(self, module: Any) -> Iterator[str]:
        for hook in HOOKS:
            if getattr(getattr(module, hook, None), "loopqa_impl", None) is not None:
                yield hook

    def _register(self, loaded: Loaded, found: Found) -> Iterator[PluginFailure]:
        """Vet one plugin and take what it has; yields what is wrong with it."""
        broken = [breach.reason for breach in breaches(loaded.module)]
        broken = broken or self._refused_by_pluggy(loaded)
        for reason in broken:
            yield PluginFailure(loaded.name, loaded.origin, reason)
        if broken:
            return
        for hook in BASES:
            for reason in self._take_classes(hook, loaded.module, found):
                yield PluginFailure(loaded.name, loaded.origin, reason)
        for hook in CALLED:
            self._take_listener(hook, loaded, found)

    def _refused_by_pluggy(self, loaded: Loaded) -> list[Text]:
        try:
            self._pluggy.register(loaded.module, name=f"{loaded.origin}:{loaded.name}")
            self._pluggy.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._pluggy.is_registered(loaded.module):
                self._pluggy.unregister(loaded.module)
            return [text("its hooks don't fit: {why}", why=str(error).replace("\n", " "))]
        return []

    def _implementations(self, hook: str, module: Any) -> Iterator[Any]:
        for implementation in getattr(self._pluggy.hook, hook).get_hookimpls():
            if implementation.plugin is module:
                yield implementation

    def _take_listener(self, hook: str, loaded: Loaded, found: Found) -> None:
        for one in self._implementations(hook, loaded.module):
            self._owners[hook, loaded.name] = found
            config = loaded.module.Config if "options" in one.argnames else None
            self._listeners[hook].append(
                Listener(loaded.name, loaded.origin, hook, one.function, one.argnames, config)
            )

    def _take_classes(self, hook: str, module: Any, found: Found) -> Iterator[Text]:
        for one in self._implementations(hook, module):
            yield from self._take_returned(hook, one.function, found)

    def _take_returned(
        self, hook: str, function: Callable[[], Any], found: Found
    ) -> Iterator[Text]:
        try:
            with following(found.name, hook):
                returned = listed(function())
        except (Exception, SystemExit) as error:
            yield text("hook {hook} failed: {why}", hook=hook, why=loading.why(error))
            return
        if returned is None:
            yield text("hook {hook} must return a list of classes", hook=hook)
            return
        for one in returned:
            reason = class_breach(one, BASES[hook]) or self._duplicate(hook, one)
            if reason is not None:
                yield reason
            else:
                self.types[hook][one.type] = one
                self._owners[hook, one.type] = found

    def _duplicate(self, hook: str, one: Any) -> Text | None:
        if one.type not in self.types[hook]:
            return None
        return text(
            "plugin '{other}' already has the {kind} '{type}'",
            other=self._owners[hook, one.type].name,
            kind=NOUNS[hook],
            type=one.type,
        )
