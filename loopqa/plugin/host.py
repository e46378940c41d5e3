"""The host: knows all plugins, loads each on its own, and hands out their classes by type."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar, cast

import pluggy

from loopqa.errors import DefinitionError, LoopQAError, Place, PluginError, UsageError
from loopqa.hints import did_you_mean
from loopqa.language import Text, text
from loopqa.model.rubric import Indicator, Rubric, indicator_key
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import hookspecs, loading
from loopqa.plugin.analyser import Analyser
from loopqa.plugin.configuring import Locate, config_of
from loopqa.plugin.detector import Detector
from loopqa.plugin.loading import Loaded, Offer, PluginFailure
from loopqa.plugin.notifier import Notifier
from loopqa.plugin.scoring import Scoring, ScoringContext
from loopqa.plugin.source import Source
from loopqa.plugin.vetting import BASES, breaches, class_breach, listed

Made = TypeVar("Made")

#: How people call what a hook delivers.
NOUNS = {
    "loopqa_sources": text("source"),
    "loopqa_scorings": text("scoring scheme"),
    "loopqa_detectors": text("detector"),
    "loopqa_analysers": text("analyser"),
    "loopqa_notifiers": text("notifier"),
}


def safe_mode_of_environment() -> bool:
    """Whether ``LOOPQA_SAFE_MODE=1`` asks for the built-in plugins only."""
    return os.environ.get("LOOPQA_SAFE_MODE", "") == "1"


class PluginHost:
    """All plugins of one workspace, or of none.

    Built-in plugins are loaded at once; those of installed distributions and of the workspace's
    ``plugins`` folder only when a type is asked for that no built-in has, because looking for them
    takes a while. Where two plugins have the same type, the first wins, in that order.
    """

    def __init__(
        self,
        root: Path | None = None,
        blocked: Collection[str] = (),
        safe_mode: bool = False,
        defaults: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """``root``: the workspace; ``blocked``: names of plugins to leave alone.

        ``defaults`` are sections of ``loopqa.yaml`` that notifiers may build on, by name.
        """
        self.root = root
        self.defaults = defaults or {}
        self.blocked = frozenset(blocked)
        self.safe_mode = safe_mode or safe_mode_of_environment()
        self._pluggy = pluggy.PluginManager("loopqa")
        self._pluggy.add_hookspecs(hookspecs)
        self._failures: list[PluginFailure] = []
        self._types: dict[str, dict[str, type]] = {hook: {} for hook in BASES}
        self._complete = False
        self._loading = RLock()  # notifiers are made in several threads
        self._take_in(loading.builtin_offers())

    def sources(self) -> Mapping[str, type[Source]]:
        """All sources by type."""
        return self._all("loopqa_sources")

    def scorings(self) -> Mapping[str, type[Scoring]]:
        """All scoring schemes by type."""
        return self._all("loopqa_scorings")

    def detectors(self) -> Mapping[str, type[Detector]]:
        """All detectors by type."""
        return self._all("loopqa_detectors")

    def analysers(self) -> Mapping[str, type[Analyser]]:
        """All analysers by type."""
        return self._all("loopqa_analysers")

    def notifiers(self) -> Mapping[str, type[Notifier]]:
        """All notifiers by type."""
        return self._all("loopqa_notifiers")

    def source(self, type_: str) -> type[Source]:
        """The source of this type.

        Raises:
            UsageError: no plugin has it; names the nearest, and plugins that failed.
        """
        return cast("type[Source]", self._one("loopqa_sources", type_))

    def scoring(self, type_: str) -> type[Scoring]:
        """The scoring scheme of this type.

        Raises:
            UsageError: no plugin has it.
        """
        return cast("type[Scoring]", self._one("loopqa_scorings", type_))

    def detector(self, type_: str) -> type[Detector]:
        """The detector of this type.

        Raises:
            UsageError: no plugin has it.
        """
        return cast("type[Detector]", self._one("loopqa_detectors", type_))

    def analyser(self, type_: str) -> type[Analyser]:
        """The analyser of this type.

        Raises:
            UsageError: no plugin has it.
        """
        return cast("type[Analyser]", self._one("loopqa_analysers", type_))

    def notifier(self, type_: str) -> type[Notifier]:
        """The notifier of this type.

        Raises:
            UsageError: no plugin has it.
        """
        return cast("type[Notifier]", self._one("loopqa_notifiers", type_))

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """Every plugin, and every class of one, that cannot be used, and why."""
        self._take_in_the_rest()
        return tuple(self._failures)

    def make_source(self, spec: PluginSpec, *, root: Path) -> Source:
        """The source an input names, with its options; relative paths start at ``root``.

        Raises:
            UsageError: there is no such source.
            DefinitionError: its options are wrong.
        """
        chosen = self.source(spec.type)
        config = config_of(chosen, spec.options, _place(spec))
        return _made(chosen.type, lambda: chosen(config, root=root))

    def make_detector(self, spec: PluginSpec) -> Detector:
        """The detector a workflow names, with its options.

        Raises:
            UsageError: there is no such detector.
            DefinitionError: its options are wrong.
        """
        chosen = self.detector(spec.type)
        config = config_of(chosen, spec.options, _place(spec))
        return _made(chosen.type, lambda: chosen(config))

    def make_analyser(self, spec: PluginSpec) -> Analyser:
        """The analyser a workflow names, with its options.

        Raises:
            UsageError: there is no such analyser.
            DefinitionError: its options are wrong.
        """
        chosen = self.analyser(spec.type)
        config = config_of(chosen, spec.options, _place(spec))
        return _made(chosen.type, lambda: chosen(config))

    def make_notifier(
        self, spec: PluginSpec, *, root: Path, place: Place | Locate | None = None
    ) -> Notifier:
        """The notifier a rule names, with its options and, below them, the workspace's defaults.

        ``place`` finds the place of an option that is wrong.

        Raises:
            UsageError: there is no such notifier.
            DefinitionError: its options are wrong.
        """
        chosen = self.notifier(spec.type)
        usual = self.defaults.get(chosen.defaults or "", {})
        config = config_of(chosen, {**usual, **spec.options}, place or _place(spec))
        return _made(chosen.type, lambda: chosen(config, root=root))

    def scheme(self, rubric: Rubric, indicator: Indicator) -> Scoring:
        """The scoring scheme of one indicator, with its options.

        Raises:
            UsageError: there is no such scheme, or its options are wrong.
        """
        spec = indicator.scheme
        chosen = self.scoring(spec.type)
        context = ScoringContext(
            scale=rubric.scale,
            boxes=rubric.boxes,
            measure=indicator.measure,
            target=indicator.target,
            unit=indicator.unit,
            aggregate=indicator.aggregate,
        )
        try:
            config = config_of(chosen, spec.options)
        except DefinitionError as error:
            raise _as_usage(indicator, error) from None
        return _made(chosen.type, lambda: chosen(config, context))

    def schemes(self, rubric: Rubric) -> dict[str, Scoring]:
        """The scoring schemes of all indicators, by ``dimension.indicator``.

        Raises:
            UsageError: as :meth:`scheme`.
        """
        return {
            indicator_key(dimension, indicator): self.scheme(rubric, indicator)
            for dimension, indicator in rubric.indicators
        }

    def _all(self, hook: str) -> Mapping[str, Any]:
        self._take_in_the_rest()
        return dict(self._types[hook])

    def _one(self, hook: str, type_: str) -> Any:
        types = self._types[hook]
        if type_ not in types:
            self._take_in_the_rest()
        if type_ not in types:
            raise UsageError(
                text("there is no {kind} '{type}'", kind=NOUNS[hook], type=type_),
                hint=self._unknown_type_hint(type_, types),
            )
        return types[type_]

    def _unknown_type_hint(self, type_: str, known: Collection[str]) -> Text:
        if self.safe_mode:
            return text("safe mode is on: only the built-in plugins are loaded")
        namesake = [failure for failure in self._failures if failure.name == type_]
        near = did_you_mean(type_, known)
        if near is not None and not namesake:
            return near
        for failure in namesake or self._failures:
            return text(
                "plugin '{name}' could not be loaded: {reason}",
                name=failure.name,
                reason=failure.reason,
            )
        return text("known ones: {names}", names=", ".join(sorted(known)))

    def _take_in_the_rest(self) -> None:
        with self._loading:
            if self._complete:
                return
            self._complete = True
            if self.safe_mode:
                return
            self._take_in(loading.installed_offers())
            if self.root is not None:
                self._take_in(loading.workspace_offers(self.root))

    def _take_in(self, offers: Iterable[Offer]) -> None:
        for offer in offers:
            if offer.name in self.blocked:
                continue
            loaded = loading.bring_in(offer)
            if isinstance(loaded, PluginFailure):
                self._failures.append(loaded)
            else:
                self._failures.extend(self._register(loaded))

    def _register(self, loaded: Loaded) -> Iterator[PluginFailure]:
        """Vet one plugin and take its classes; yields what is wrong with it."""
        broken = [breach.reason for breach in breaches(loaded.module)]
        broken = broken or self._refused_by_pluggy(loaded)
        for reason in broken:
            yield PluginFailure(loaded.name, loaded.origin, reason)
        if broken:
            return
        for hook in BASES:
            for reason in self._take_classes(hook, loaded.module):
                yield PluginFailure(loaded.name, loaded.origin, reason)

    def _refused_by_pluggy(self, loaded: Loaded) -> list[Text]:
        try:
            self._pluggy.register(loaded.module, name=f"{loaded.origin}:{loaded.name}")
            self._pluggy.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._pluggy.is_registered(loaded.module):
                self._pluggy.unregister(loaded.module)
            return [text("its hooks don't fit: {why}", why=str(error).replace("\n", " "))]
        return []

    def _take_classes(self, hook: str, module: Any) -> Iterator[Text]:
        for implementation in getattr(self._pluggy.hook, hook).get_hookimpls():
            if implementation.plugin is module:
                yield from self._take_returned(hook, implementation.function)

    def _take_returned(self, hook: str, function: Any) -> Iterator[Text]:
        try:
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
                self._types[hook][one.type] = one

    def _duplicate(self, hook: str, one: Any) -> Text | None:
        if one.type not in self._types[hook]:
            return None
        return text(
            "another plugin already has the {kind} '{type}'", kind=NOUNS[hook], type=one.type
        )


def _place(spec: PluginSpec) -> Place | None:
    return Place(spec.place) if spec.place else None


def _as_usage(indicator: Indicator, error: DefinitionError) -> UsageError:
    """The first thing that is wrong with a scheme's options, as the caller's mistake."""
    problem = error.problems[0]
    return UsageError(
        text(
            "scoring scheme '{type}' of indicator '{indicator}': {why}",
            type=indicator.scheme.type,
            indicator=indicator.id,
            why=problem.message,
        ),
        hint=problem.hint,
    )


def _made(type_: str, make: Callable[[], Made]) -> Made:
    """The plugin's object; an unexpected exception of its constructor is the plugin's failure."""
    try:
        return make()
    except LoopQAError:
        raise
    except Exception as error:
        raise PluginError(
            text("plugin '{type}' failed: {why}", type=type_, why=loading.why(error))
        ) from error


@cache
def builtin_host() -> PluginHost:
    """A host without a workspace, shared by everything that needs none."""
    return PluginHost()
