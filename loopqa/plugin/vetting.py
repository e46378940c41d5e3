"""Whether a loaded plugin keeps the rules of the interface, said in sentences."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from loopqa.hints import did_you_mean
from loopqa.language import Text, text
from loopqa.plugin import LOOPQA_API, hookspecs
from loopqa.plugin.analyser import Analyser
from loopqa.plugin.detector import Detector
from loopqa.plugin.notifier import Notifier
from loopqa.plugin.options import Options
from loopqa.plugin.report_section import ReportSection
from loopqa.plugin.scoring import Scoring
from loopqa.plugin.source import Source

PREFIX = "loopqa_"

#: Which base class the classes of a hook must have.
BASES: Mapping[str, type] = {
    "loopqa_sources": Source,
    "loopqa_scorings": Scoring,
    "loopqa_detectors": Detector,
    "loopqa_analysers": Analyser,
    "loopqa_notifiers": Notifier,
    "loopqa_report_sections": ReportSection,
}

#: Hooks that are called again and again, and deliver no classes.
CALLED = ("loopqa_guard", "loopqa_event")

HOOKS = (*BASES, *CALLED)


@dataclass(frozen=True)
class Breach:
    """A rule that a plugin breaks."""

    reason: Text


def breaches(module: Any) -> Iterator[Breach]:
    """Every rule that the plugin as a whole breaks: API version, names and arguments of hooks."""
    wanted = str(getattr(module, "LOOPQA_API", "1.0"))
    if not speaks(wanted):
        yield Breach(
            text(
                "written for plugin interface {wanted}, this is {offered}",
                wanted=wanted,
                offered=LOOPQA_API,
            )
        )
    if isinstance(module, type):
        yield Breach(text("class {name} is no plugin; give an object of it", name=module.__name__))
        return
    for name, function in _functions(module):
        marked = getattr(function, "loopqa_impl", None) is not None
        if name not in HOOKS and (marked or _like_a_hook(name)):
            yield Breach(_unknown_hook(name))
        elif marked:
            yield from _wrong_form(name, function)
            yield from _without_config(name, function, module)
        elif name in HOOKS:
            yield Breach(text("function {hook} lacks the mark @hookimpl", hook=name))
    if inspect.ismodule(module):
        yield from _in_classes(module)


@cache
def _like_a_hook(name: str) -> bool:
    return name.startswith(PREFIX) or did_you_mean(name, HOOKS) is not None


def _in_classes(module: Any) -> Iterator[Breach]:
    """Hooks that nobody would call, because they stand in a class of the module."""
    for name, one in inspect.getmembers(module, inspect.isclass):
        for hook in sorted(_marked(one)):
            yield Breach(
                text(
                    "hook {hook} stands in class {name}; write it as a function of the file",
                    hook=hook,
                    name=name,
                )
            )


def _marked(kind: type) -> set[str]:
    """Names in a class that bear the mark of a hook; every start looks at hundreds of classes."""
    return {
        name
        for base in kind.__mro__
        for name, one in vars(base).items()
        if getattr(one, "loopqa_impl", None) is not None
    }


def speaks(wanted: str, offered: str = LOOPQA_API) -> bool:
    """Whether a plugin written for version ``wanted`` works with version ``offered``.

    >>> speaks("1.0", "1.2"), speaks("1.3", "1.2"), speaks("2.0", "1.2")
    (True, False, False)
    """
    try:
        major, minor = (int(part) for part in wanted.split("."))
    except ValueError:
        return False
    ours = [int(part) for part in offered.split(".")]
    return major == ours[0] and minor <= ours[1]


def _functions(module: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield from inspect.getmembers(module, inspect.isroutine)


def _unknown_hook(name: str) -> Text:
    hint = did_you_mean(name, HOOKS)
    if hint is None:
        return text("there is no hook {hook}", hook=name)
    return text("there is no hook {hook}; {hint}", hook=name, hint=hint)


def _wrong_form(name: str, function: Callable[..., Any]) -> Iterator[Breach]:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield Breach(text("hook {hook} must not be async", hook=name))
    elif inspect.isgeneratorfunction(function):
        yield Breach(text("hook {hook} must return, not yield", hook=name))
    known = inspect.signature(getattr(hookspecs, name)).parameters
    given = inspect.signature(function).parameters
    unknown = [parameter for parameter in given if parameter not in known]
    if unknown:
        yield Breach(_unknown_arguments(name, unknown, list(known)))
    elif any(not _plain(parameter) for parameter in given.values()):
        yield Breach(text("the arguments of hook {hook} must be plain names", hook=name))


def _without_config(name: str, function: Callable[..., Any], module: Any) -> Iterator[Breach]:
    wants = "options" in inspect.signature(function).parameters
    config = getattr(module, "Config", None)
    if wants and not (isinstance(config, type) and issubclass(config, Options)):
        yield Breach(text("hook {hook} takes options, but there is no class Config", hook=name))


def _plain(parameter: inspect.Parameter) -> bool:
    """Whether the host can pass it: no default, which would be taken instead, and no star."""
    by_place = parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    return by_place and parameter.default is inspect.Parameter.empty


def _unknown_arguments(name: str, unknown: list[str], known: list[str]) -> Text:
    names = ", ".join(unknown)
    if not known:
        return text("hook {hook} takes no argument {names}", hook=name, names=names)
    return text(
        "hook {hook} takes no argument {names}; it takes {known}",
        hook=name,
        names=names,
        known=", ".join(known),
    )


def class_breach(one: Any, base: type) -> Text | None:
    """The rule that one class returned by a hook breaks, or None."""
    if not (isinstance(one, type) and issubclass(one, base)):
        return text("{thing} is not a subclass of {base}", thing=repr(one), base=base.__name__)
    missing = sorted(getattr(one, "__abstractmethods__", ()))
    if missing:
        return text("class {name} lacks {what}", name=one.__name__, what=", ".join(missing))
    titled = (("title", Text),) if base is ReportSection else ()
    for attribute, kind in (("type", str), ("summary", Text), *titled):
        if not isinstance(getattr(one, attribute, None), kind):
            return _lacks(one, attribute)
    config = getattr(one, "Config", None)
    if not (isinstance(config, type) and issubclass(config, Options)):
        return _lacks(one, "Config")
    return None


def _lacks(one: type, what: str) -> Text:
    return text("class {name} lacks {what}", name=one.__name__, what=what)


def listed(returned: Any) -> Iterable[Any] | None:
    """What a hook returned as an iterable of classes; None if it is something else."""
    return returned if isinstance(returned, (list, tuple, set, frozenset)) else None
