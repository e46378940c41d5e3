"""From a name that people type to the classes that are checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from loopqa.conformance.case import Case
from loopqa.conformance.checking import Check, Outcome, outcome
from loopqa.conformance.lookers import ANALYSER_CHECKS, DETECTOR_CHECKS
from loopqa.conformance.notifiers import NOTIFIER_CHECKS, NotifierCase
from loopqa.conformance.scorings import SCORING_CHECKS, ScoringCase
from loopqa.conformance.sections import SECTION_CHECKS, SectionCase
from loopqa.conformance.simple_case import SimpleCase
from loopqa.conformance.source_case import SourceCase, end_apart
from loopqa.conformance.sources import SOURCE_CHECKS
from loopqa.errors import UsageError
from loopqa.hints import did_you_mean
from loopqa.language import Text, text
from loopqa.model.workflow import PluginSpec
from loopqa.plugin.configuring import checked_options, config_of
from loopqa.plugin.host import PluginHost
from loopqa.plugin.loading import Offer, Origin, PluginFailure, load_file
from loopqa.plugin.registry import NOUNS, Registry

CHECKS: Mapping[str, tuple[type[Case], Sequence[Check]]] = {
    "loopqa_sources": (SourceCase, SOURCE_CHECKS),
    "loopqa_scorings": (ScoringCase, SCORING_CHECKS),
    "loopqa_notifiers": (NotifierCase, NOTIFIER_CHECKS),
    "loopqa_detectors": (SimpleCase, DETECTOR_CHECKS),
    "loopqa_analysers": (SimpleCase, ANALYSER_CHECKS),
    "loopqa_report_sections": (SectionCase, SECTION_CHECKS),
}


@dataclass(frozen=True)
class Subject:
    """One class of a plugin."""

    hook: str  #: that delivers it
    type: str
    plugin: Any  #: the class
    host: PluginHost | None = None  #: that knows it, if it is a third party's

    @property
    def kind(self) -> str:
        """``source``, ``scoring``, ``notifier`` ..."""
        return self.hook.removeprefix("loopqa_").removesuffix("s")

    @property
    def noun(self) -> Text:
        """What people call it."""
        return NOUNS[self.hook]

    def outcomes(
        self, options: Mapping[str, Any], root: Path, safe: Callable[[str], Any] | None = None
    ) -> Iterator[Outcome]:
        """Check it; what needs options that were not given is left out.

        ``safe`` raises an exception for HTML that may not stand in a report.

        Raises:
            DefinitionError: the options are wrong.
        """
        make, checks = CHECKS[self.hook]
        chosen = _typed(self.plugin, options)
        missing = _missing(self.plugin, chosen)
        case = make(self.plugin, chosen, root)
        if missing is None and isinstance(case, ScoringCase):
            case = case.fitted()
        if isinstance(case, SourceCase) and self.host is not None:
            spec, host = PluginSpec(self.type, chosen), self.host
            case = replace(case, apart=lambda: host.make_source(spec, root=root))
        if isinstance(case, SectionCase):
            case = replace(case, safe=safe)
        ended = None if missing else _ended(case)
        for check in checks:
            if missing is not None and check.needs_options:
                yield Outcome(check, untold=missing)
            elif ended is not None and check.name == "apart":
                yield Outcome(check, wrong=(case.without_secrets(ended),))
            elif ended is not None and check.needs_options:
                yield Outcome(check, untold=text("its process had to be ended"))
            else:
                yield _quietly(check, case)


@dataclass(frozen=True)
class Subjects:
    """What a name stands for."""

    name: str
    classes: tuple[Subject, ...]
    failures: tuple[PluginFailure, ...]  #: of the plugin: what could not even be loaded
    hooks: tuple[str, ...] = ()  #: that the plugin has


def subjects(host: PluginHost, name: str, folder: Path) -> Subjects:
    """The classes of a plugin file, of a plugin, or of a type, whichever ``name`` is.

    Paths of files start at ``folder``.

    Raises:
        UsageError: it is none of them.
    """
    file = folder / name
    if name.endswith(".py") or file.is_file():
        return _of_file(file, name, host)
    registry = host.plugins
    found = tuple(_of_plugin(registry, name)) or tuple(_of_type(registry, name))
    found = tuple(_known_to(host, one) for one in found)
    failures = tuple(one for one in registry.failures if one.name == name)
    if not (found or failures or any(one.name == name for one in registry.found)):
        known = [one.name for one in registry.found]
        types = [type_ for types in registry.types.values() for type_ in types]
        raise UsageError(
            text("there is no plugin and no type '{name}'", name=name),
            hint=did_you_mean(name, [*known, *types])
            or text("`loopqa plugins list` shows them; a file may be named as well"),
        )
    return Subjects(name, found, failures, _hooks(registry, name))


def _known_to(host: PluginHost, subject: Subject) -> Subject:
    if subject.type not in host.plugins.types[subject.hook]:
        return subject
    owner = host.plugins.owner(subject.hook, subject.type)
    return subject if owner.kind is Origin.BUILT_IN else replace(subject, host=host)


def _of_file(file: Path, name: str, host: PluginHost) -> Subjects:
    if not file.is_file():
        raise UsageError(text("there is no file '{path}'", path=name))
    registry = Registry()
    registry.take_in([Offer(file.stem, name, partial(load_file, file))])
    found = tuple(_of_plugin(registry, file.stem))
    if host.root is not None and file.resolve().parent == (host.root / "plugins").resolve():
        found = tuple(_known_to(host, one) for one in found)
    return Subjects(name, found, tuple(registry.failures), _hooks(registry, file.stem))


def _hooks(registry: Registry, name: str) -> tuple[str, ...]:
    return tuple(hook for one in registry.found if one.name == name for hook in one.hooks)


def _of_plugin(registry: Registry, name: str) -> Iterator[Subject]:
    for found in registry.found:
        if found.name == name:
            for hook, types in registry.types_of(found).items():
                yield from (Subject(hook, one, registry.types[hook][one]) for one in types)


def _of_type(registry: Registry, name: str) -> Iterator[Subject]:
    for hook, types in registry.types.items():
        if name in types:
            yield Subject(hook, name, types[name])


def _quietly(check: Check, case: Case) -> Outcome:
    """What the plugin prints is no answer of ours, and could hold a secret."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return outcome(check, case)


def _ended(case: Case) -> Text | None:
    return end_apart(case) if isinstance(case, SourceCase) else None


def _typed(plugin: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Options as typed on a command line: what is refused as text is tried as JSON."""
    checked = checked_options(plugin.Config, options)
    if not isinstance(checked, tuple):
        return options
    refused = {str(one.path[0]) for one in checked if one.path}
    return {name: _json(value) if name in refused else value for name, value in options.items()}


def _json(value: Any) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _missing(plugin: Any, options: Mapping[str, Any]) -> Text | None:
    """Why the plugin can't be made, if no options were given; None: it can be.

    Raises:
        DefinitionError: options were given, and they are wrong.
    """
    checked = checked_options(plugin.Config, options)
    if not isinstance(checked, tuple):
        return None
    if options:
        config_of(plugin, options)
    return text("{why}: give it with --set", why=checked[0].message)
