"""Whether a loaded plugin keeps the rules of the interface, said in sentences."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loopqa.hints import did_you_mean
from loopqa.language import Text, text
from loopqa.plugin import LOOPQA_API, hookspecs
from loopqa.plugin.analyser import Analyser
from loopqa.plugin.detector import Detector
from loopqa.plugin.notifier import Notifier
from loopqa.plugin.options import Options
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
}


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
    for name, function in _functions(module):
        marked = getattr(function, "loopqa_impl", None) is not None
        if marked and name not in BASES:
            yield Breach(_unknown_hook(name))
        elif marked:
            yield from _wrong_arguments(name, function)
        elif name.startswith(PREFIX):
            yield Breach(text("function {hook} lacks the mark @hookimpl", hook=name))


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
    hint = did_you_mean(name, BASES)
    if hint is None:
        return text("there is no hook {hook}", hook=name)
    return text("there is no hook {hook}; {hint}", hook=name, hint=hint)


def _wrong_arguments(name: str, function: Callable[..., Any]) -> Iterator[Breach]:
    known = inspect.signature(getattr(hookspecs, name)).parameters
    given = inspect.signature(function).parameters
    unknown = [parameter for parameter in given if parameter not in known]
    if unknown:
        yield Breach(
            text("hook {hook} takes no argument {names}", hook=name, names=", ".join(unknown))
        )


def class_breach(one: Any, base: type) -> Text | None:
    """The rule that one class returned by a hook breaks, or None."""
    if not (isinstance(one, type) and issubclass(one, base)):
        return text("{thing} is not a subclass of {base}", thing=repr(one), base=base.__name__)
    missing = sorted(getattr(one, "__abstractmethods__", ()))
    if missing:
        return text("class {name} lacks {what}", name=one.__name__, what=", ".join(missing))
    for attribute, kind in (("type", str), ("summary", Text)):
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
