"""The host: knows all plugins, loads each on its own, and hands out their classes by type."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any, cast

from loopqa.errors import Place, UsageError
from loopqa.hints import did_you_mean
from loopqa.language import Text, text
from loopqa.model.plugin_limits import PluginLimits
from loopqa.model.rubric import Indicator, Rubric, indicator_key
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import loading, trace
from loopqa.plugin.analyser import Analyser
from loopqa.plugin.configuring import Locate, config_of
from loopqa.plugin.detector import Detector
from loopqa.plugin.isolation import returned
from loopqa.plugin.isolation.apart import Isolation
from loopqa.plugin.isolation.calling import Given
from loopqa.plugin.isolation.troubles import Trouble
from loopqa.plugin.listening import Listener
from loopqa.plugin.loading import Found, PluginFailure
from loopqa.plugin.making import Made, Simple, made, place_of, scheme_of, simply_made
from loopqa.plugin.notifier import Notifier
from loopqa.plugin.options import Options
from loopqa.plugin.registry import NOUNS, Registry
from loopqa.plugin.report_section import ReportSection
from loopqa.plugin.scoring import Scoring
from loopqa.plugin.secrecy import Mask, masking, secrets_of
from loopqa.plugin.source import Source
from loopqa.plugin.vetting import BASES


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
        options: Mapping[str, Mapping[str, Any]] | None = None,
        limits: PluginLimits | None = None,
    ) -> None:
        """``root``: the workspace; ``blocked``: names of plugins to leave alone.

        ``defaults`` are sections of ``loopqa.yaml`` that notifiers may build on, by name;
        ``options`` what it says under ``plugins:``, by the plugin's name; ``limits`` hold for
        sources and notifiers of third parties.
        """
        self.root = root
        self._isolation = Isolation(root, limits or PluginLimits())
        self.defaults = defaults or {}
        self.options = options or {}
        self.blocked = frozenset(blocked)
        self.safe_mode = safe_mode or safe_mode_of_environment()
        self._registry = Registry(self.blocked)
        self._complete = False
        self._loading = RLock()  # notifiers are made in several threads
        self._registry.take_in(loading.builtin_offers())

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

    def report_sections(self) -> Mapping[str, type[ReportSection]]:
        """All report sections by type."""
        return self._all("loopqa_report_sections")

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

    def report_section(self, type_: str) -> type[ReportSection]:
        """The report section of this type.

        Raises:
            UsageError: no plugin has it.
        """
        return cast("type[ReportSection]", self._one("loopqa_report_sections", type_))

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """Every plugin, and every class of one, that cannot be used, and why."""
        self._take_in_the_rest()
        return tuple(self._registry.failures)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Every plugin that misbehaved when it was last used, and was stopped."""
        self._take_in_the_rest()
        return self._isolation.troubles()

    @property
    def plugins(self) -> Registry:
        """Everything that was found, loaded or not."""
        self._take_in_the_rest()
        return self._registry

    def make_source(self, spec: PluginSpec, *, root: Path) -> Source:
        """The source an input names, with its options; relative paths start at ``root``.

        Raises:
            UsageError: there is no such source.
            DefinitionError: its options are wrong.
        """
        chosen = self.source(spec.type)
        owner = self._registry.owner("loopqa_sources", chosen.type)
        with self._at_work(owner, spec.options):
            config = config_of(chosen, spec.options, place_of(spec))
            local = made(chosen.type, lambda: chosen(config, root=root))
        made_one = self._isolation.source(local, owner, Given(spec.options, config, root))
        return self._traced("loopqa_sources", chosen.type, made_one, config)

    def make_detector(self, spec: PluginSpec) -> Detector:
        """The detector a workflow names, with its options.

        Raises:
            UsageError: there is no such detector.
            DefinitionError: its options are wrong.
        """
        return self._simply("loopqa_detectors", self.detector(spec.type), spec)

    def make_analyser(self, spec: PluginSpec) -> Analyser:
        """The analyser a workflow names, with its options.

        Raises:
            UsageError: there is no such analyser.
            DefinitionError: its options are wrong.
        """
        return self._simply("loopqa_analysers", self.analyser(spec.type), spec)

    def make_report_section(self, spec: PluginSpec) -> ReportSection:
        """The section a report names, with its options.

        Raises:
            UsageError: there is no such section.
            DefinitionError: its options are wrong.
        """
        return self._simply("loopqa_report_sections", self.report_section(spec.type), spec)

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
        options = {**usual, **spec.options}
        owner = self._registry.owner("loopqa_notifiers", chosen.type)
        with self._at_work(owner, options):
            config = config_of(chosen, options, place or place_of(spec))
            local = made(chosen.type, lambda: chosen(config, root=root))
        made_one = self._isolation.notifier(local, owner, Given(options, config, root))
        return self._traced("loopqa_notifiers", chosen.type, made_one, config)

    def scheme(self, rubric: Rubric, indicator: Indicator) -> Scoring:
        """The scoring scheme of one indicator, with its options.

        Raises:
            UsageError: there is no such scheme, or its options are wrong.
        """
        chosen = self.scoring(indicator.scheme.type)
        owner = self._registry.owner("loopqa_scorings", chosen.type)
        with self._at_work(owner, indicator.scheme.options):
            made_one = scheme_of(chosen, rubric, indicator)
        return self._watched("loopqa_scorings", chosen.type, made_one, made_one.config)

    def schemes(self, rubric: Rubric) -> dict[str, Scoring]:
        """The scoring schemes of all indicators, by ``dimension.indicator``.

        Raises:
            UsageError: as :meth:`scheme`.
        """
        return {
            indicator_key(dimension, indicator): self.scheme(rubric, indicator)
            for dimension, indicator in rubric.indicators
        }

    def listeners(self, hook: str) -> tuple[Listener, ...]:
        """Every plugin's function behind ``loopqa_guard`` or ``loopqa_event``."""
        return self.plugins.listeners(hook)

    def call(self, listener: Listener, **given: Any) -> Any:
        """Call one of them.

        Raises:
            LoopQAError: whatever it raises, without its secrets; or its options are wrong.
        """
        plugin, written = (listener.plugin, listener.origin), self.options.get(listener.plugin, {})
        with self._isolation.inside(plugin, self._mask(written)):
            options = listener.options(written)
        mask = self._mask(options)
        with self._isolation.inside(plugin, mask):
            return listener({**given, "root": self.root, "options": options}, mask)

    def note_guard(self, guard: Listener, what: Text | None) -> None:
        """Keep in mind that a guard could not be asked; None: it could."""
        self._isolation.note((guard.plugin, guard.origin), guard.hook, what)

    def note_section(self, type_: str, what: Text) -> None:
        """Keep in mind that what a report section returned can't be shown."""
        owner = self._registry.owner("loopqa_report_sections", type_)
        self._isolation.note((owner.name, owner.origin), f"{type_}.html", what)

    def _simply(self, hook: str, chosen: type[Simple], spec: PluginSpec) -> Simple:
        with self._at_work(self._registry.owner(hook, chosen.type), spec.options):
            made_one = simply_made(chosen, spec)
        return self._watched(hook, chosen.type, made_one, made_one.config)

    def _at_work(self, owner: Found, options: Any) -> AbstractContextManager[None]:
        return self._isolation.inside((owner.name, owner.origin), self._mask(options))

    def _mask(self, options: Any) -> Mask:
        """Hides the secrets of options; they are looked up only when something is said."""
        return lambda words: masking(secrets_of(options, self.root or Path()))(words)

    def _watched(self, hook: str, type_: str, thing: Made, config: Options) -> Made:
        owner, methods = self._registry.owner(hook, type_), returned.METHODS[hook]
        mask = self._mask(config)
        watched = self._isolation.watch(thing, owner, NOUNS[hook], methods, mask)
        return self._traced(hook, type_, watched, config)

    def _traced(self, hook: str, type_: str, thing: Made, config: Options) -> Made:
        if not trace.is_on():
            return thing
        owner = self._registry.owner(hook, type_)
        return trace.followed(thing, owner.name, BASES[hook], self._mask(config))

    def _all(self, hook: str) -> Mapping[str, Any]:
        self._take_in_the_rest()
        return dict(self._registry.types[hook])

    def _one(self, hook: str, type_: str) -> Any:
        types = self._registry.types[hook]
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
        failures = self._registry.failures
        namesake = [failure for failure in failures if failure.name == type_]
        near = did_you_mean(type_, known)
        if near is not None and not namesake:
            return near
        for failure in namesake or failures:
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
            self._registry.take_in(self._isolation.watched(loading.installed_offers()))
            if self.root is not None:
                offers = loading.workspace_offers(self.root)
                self._registry.take_in(self._isolation.watched(offers))


@cache
def builtin_host() -> PluginHost:
    """A host without a workspace, shared by everything that needs none."""
    return PluginHost()
