"""Errors of plugins on their way to people: out of a plugin's process, and without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import Any, Self

from loopqa import errors
from loopqa.errors import DefinitionError, LoopQAError, Place, PluginError, Problem
from loopqa.language import Text, text
from loopqa.plugin.secrecy import Mask

_LONGEST = 2000  #: characters of one text
_SENT = 20_000  #: of the same before secrets are hidden: what is cut can't be recognised


class Misbehaved(PluginError):
    """A plugin did what none may do; it was stopped, and everything else goes on."""

    @classmethod
    def of(cls, error: LoopQAError) -> Self:
        """The same, told by the plugin's process."""
        first = error.problems[0]
        made = cls(first.message, retryable=True, hint=first.hint)
        made.problems = error.problems
        return made


class Ended(Misbehaved):
    """What it did would have ended, held up or filled the process that it was called in."""


#: Errors that plugins raise on purpose, by name.
_KNOWN: Mapping[str, type[LoopQAError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, LoopQAError)
}


def told(error: LoopQAError) -> dict[str, Any]:
    """An error as JSON; a plugin's own subclass as the nearest that we know."""
    kind = next(one.__name__ for one in type(error).__mro__ if one.__name__ in _KNOWN)
    return {
        "kind": kind,
        "problems": [_problem(one) for one in error.problems],
        "retryable": bool(getattr(error, "retryable", False)),
        "retry_after": _seconds(getattr(error, "retry_after", None)),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "message": _plain(problem.message),
        "hint": None if problem.hint is None else _plain(problem.hint),
        "place": None if place is None else [_plain(place.file), place.line, place.column],
    }


def _plain(value: Any) -> Any:
    """A text with parameters that JSON has."""
    if isinstance(value, Text):
        params = {str(name): _plain(one) for name, one in value.params.items()}
        return {"text": value.template[:_SENT], "with": params, "zh": value.zh[:_SENT]}
    if value is None or isinstance(value, (bool, int)):
        return value
    return value if isinstance(value, float) and value == value else str(value)[:_SENT]


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None


def raised(message: Mapping[str, Any], mask: Mask) -> LoopQAError:
    """The error that a process told of, its secrets masked."""
    problems = [
        Problem(_text(one["message"], mask), _place(one["place"], mask), _hint(one["hint"], mask))
        for one in message["problems"]
    ]
    first = problems[0]
    kind = _KNOWN.get(message["kind"], PluginError)
    if issubclass(kind, DefinitionError):
        return kind(problems)
    error = kind(first.message)
    if isinstance(error, PluginError):
        error.retryable = message["retryable"] is True
        error.retry_after = message["retry_after"]
    error.problems = tuple(problems)
    return error


def hidden(words: Text, mask: Mask) -> Text:
    """A sentence without the secrets; the same where there are none in it."""
    with suppress(LookupError, ValueError, AttributeError):
        told = words.render("en"), words.render("zh")
        if tuple(map(mask, told)) == told:
            return words
    return _text(_plain(words), mask)


def hide(error: LoopQAError, mask: Mask) -> None:
    """Take the secrets out of an error that a plugin raised in our process."""
    error.problems = tuple(
        replace(
            one,
            message=hidden(one.message, mask),
            hint=None if one.hint is None else hidden(one.hint, mask),
        )
        for one in error.problems
    )


def _text(stored: Any, mask: Mask) -> Text:
    if not isinstance(stored, dict):
        return text("{words}", words=mask(str(stored))[:_LONGEST])
    template = mask(stored["text"])[:_LONGEST]
    params = {name: _param(one, mask) for name, one in stored["with"].items()}
    sentence = Text(template, params, mask(stored["zh"])[:_LONGEST])
    try:
        sentence.render("en"), sentence.render("zh")
    except (LookupError, ValueError, AttributeError):
        return text("{words}", words=template)
    return sentence


def _param(value: Any, mask: Mask) -> Any:
    if isinstance(value, dict):
        return _text(value, mask)
    return mask(value)[:_LONGEST] if isinstance(value, str) else value


def _hint(stored: Any, mask: Mask) -> Text | None:
    return None if stored is None else _text(stored, mask)


def _place(stored: Any, mask: Mask) -> Place | None:
    return None if stored is None else Place(mask(str(stored[0])), stored[1], stored[2])
