"""Options as written by people → a plugin's ``Config``, or plain sentences about what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from loopqa.errors import DefinitionError, Place, Problem
from loopqa.hints import did_you_mean
from loopqa.language import Text, text

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from loopqa.plugin.options import Options

Path = tuple[str | int, ...]
"""Where in the options something is wrong: keys and list positions (from 0), outermost first."""

Locate = Callable[[Path], Place | None]
"""Finds the place of a path in the file the options were written in."""


@dataclass(frozen=True)
class OptionProblem:
    """One option that is wrong."""

    path: Path
    message: Text
    hint: Text | None = None


def config_of(
    plugin: Any, options: Mapping[str, Any], place: Place | Locate | None = None
) -> Options:
    """The checked options of one use of ``plugin`` (a class with a ``Config``).

    ``place`` is where the plugin is named, or a function that finds the place of each option.

    Raises:
        DefinitionError: options are unknown, missing or wrong; holds all of them.
    """
    checked = checked_options(plugin.Config, options)
    if isinstance(checked, tuple):
        raise DefinitionError([_placed(problem, place) for problem in checked])
    return checked


def checked_options(
    config: type[Options], options: Mapping[str, Any]
) -> Options | tuple[OptionProblem, ...]:
    """The checked options, or everything that is wrong with them."""
    from pydantic import ValidationError  # noqa: PLC0415 - heavy, and only this function needs it

    try:
        return config.model_validate(dict(options))
    except ValidationError as error:
        return _problems(error, config, options)


def _placed(problem: OptionProblem, place: Place | Locate | None) -> Problem:
    found = place(problem.path) if callable(place) else place
    return Problem(problem.message, found, problem.hint)


def _problems(
    error: ValidationError, config: type[Options], options: Mapping[str, Any]
) -> tuple[OptionProblem, ...]:
    """One problem an option: the branches of a union that all failed are told in one sentence."""
    grouped: dict[Path, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        grouped.setdefault(_path(details, options), []).append(details)
    return tuple(
        _problem(path, written(path, options), group, config)
        for path, group in grouped.items()
        if not _only_follows(path, group, grouped)
    )


def _only_follows(path: Path, group: list[ErrorDetails], all_paths: Iterable[Path]) -> bool:
    """Whether a list is called too short only because what stands in it was refused."""
    inside = any(len(other) > len(path) and other[: len(path)] == path for other in all_paths)
    return inside and all(details["type"] == "too_short" for details in group)


def _path(details: ErrorDetails, options: Any) -> Path:
    """The error's location without what is not in the YAML, such as the branches of a union."""
    path: list[str | int] = []
    current = options
    for step in details["loc"]:
        if isinstance(current, str):
            break  # one text where a list may stand: the YAML has no place inside of it
        try:
            current = current[step]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(step)
    if details["type"] == "missing":
        path.append(details["loc"][-1])
    return tuple(path)


def _problem(
    path: Path, name: str, group: list[ErrorDetails], config: type[Options]
) -> OptionProblem:
    first = group[0]
    kind = first["type"]
    if kind == "extra_forbidden":
        known = _known(config, path[:-1])
        message = text("unknown option '{option}'", option=name)
        return OptionProblem(path, message, did_you_mean(str(path[-1]), known) or _options(known))
    if kind == "missing":
        return OptionProblem(path, text("option '{option}' is missing", option=name))
    said = _said_by_the_plugin(first)
    if isinstance(said, Text) and not path:
        return OptionProblem(path, said)  # about several options at once
    if said is not None:
        return OptionProblem(path, text("option '{option}': {why}", option=name, why=said))
    return OptionProblem(path, _not_fitting(name, group), _quoting_hint(group))


def _known(config: type[Options], path: Path) -> list[str]:
    """The names of the options, or of those inside the option at ``path``."""
    kind: Any = config
    for step in path:
        fields = {one.alias or key: one for key, one in kind.model_fields.items()}
        whole = fields[step].annotation if step in fields else None
        kinds = (whole, *get_args(whole))
        kind = next((one for one in kinds if hasattr(one, "model_fields")), kind)
    return [field.alias or key for key, field in kind.model_fields.items()]


def _not_fitting(name: str, group: list[ErrorDetails]) -> Text:
    value = shown(group[0]["input"])
    expected = [words for details in group if (words := _expected(details))]
    if len(expected) < len(group):
        return text("option '{option}' can't be {value}", option=name, value=value)
    return text(
        "option '{option}' must be {expected}, not {value}",
        option=name,
        expected=_either(expected),
        value=value,
    )


def written(path: Path, options: Any) -> str:
    """A path as people write it: ``bands.5`` or ``path[2]`` (list positions from 1)."""
    name = ""
    current = options
    for step in path:
        in_list = isinstance(step, int) and isinstance(current, (list, tuple))
        name += f"[{int(step) + 1}]" if in_list else f".{step}" if name else str(step)
        current = current[step] if in_list or step in current else {}
    return name


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, text in quotes."""
    found = f"'{value}'" if isinstance(value, str) else str(value)
    return found if len(found) <= 60 else found[:57] + "..."


def _options(known: list[str]) -> Text:
    if not known:
        return text("it takes no options")
    return text("known options: {names}", names=", ".join(known))


def _said_by_the_plugin(details: ErrorDetails) -> Text | str | None:
    """What a validator of the plugin said, if it was one that refused."""
    raised = details.get("ctx", {}).get("error")
    if details["type"] not in {"value_error", "assertion_error"} or raised is None:
        return None
    reason = raised.args[0] if raised.args else ""
    return reason if isinstance(reason, Text) else str(reason)


def _either(parts: list[Text]) -> Text:
    different = [part for at, part in enumerate(parts) if part not in parts[:at]]
    whole = different[0]
    for part in different[1:]:
        whole = text("{one} or {other}", one=whole, other=part)
    return whole


def _quoting_hint(group: list[ErrorDetails]) -> Text | None:
    """YAML reads 5 as a number; where text is wanted, quotes help."""
    wants_text = any(details["type"] == "string_type" for details in group)
    scalar = isinstance(group[0]["input"], (bool, int, float))
    return text("put it in quotes") if wants_text and scalar else None


def _expected(details: ErrorDetails) -> Text | None:
    """What the value should have been, in words; None for kinds that have no words here."""
    kind = details["type"]
    context = details.get("ctx", {})
    if kind in _BOUNDS:
        return _bound(kind, context)
    if kind in {"literal_error", "enum"}:
        names = context["expected"].replace("'", "").replace(" or ", ", ")
        return text("one of {names}", names=names)
    return _KINDS.get(kind.rsplit("_", 1)[0])


def _bound(kind: str, context: Mapping[str, Any]) -> Text:
    key, expected = _BOUNDS[kind]
    return Text(expected.template, {"bound": context[key]})


_BOUNDS = {
    "greater_than": ("gt", text("more than {bound}")),
    "greater_than_equal": ("ge", text("at least {bound}")),
    "less_than": ("lt", text("less than {bound}")),
    "less_than_equal": ("le", text("at most {bound}")),
    "too_short": ("min_length", text("a list of at least {bound}")),
    "too_long": ("max_length", text("a list of at most {bound}")),
    "string_too_short": ("min_length", text("text of at least {bound} characters")),
    "string_too_long": ("max_length", text("text of at most {bound} characters")),
}

_WHOLE = text("a whole number")
_LIST = text("a list")
_DATE = text("a date like 2026-03-01")
_INSTANT = text("a date and time like 2026-03-01T08:00")

#: pydantic's error types without their last word, e.g. int_type and int_parsing.
_KINDS = {
    "string": text("text"),
    "int": _WHOLE,
    "int_from": _WHOLE,
    "float": text("a number"),
    "finite": text("a number"),
    "bool": text("true or false"),
    "list": _LIST,
    "tuple": _LIST,
    "set": _LIST,
    "frozen_set": _LIST,
    "dict": text("a mapping of keys to values"),
    "mapping": text("a mapping of keys to values"),
    "model": text("a mapping of keys to values"),
    "none": text("left out"),
    "date": _DATE,
    "date_from_datetime": _DATE,
    "datetime": _INSTANT,
    "datetime_from_date": _INSTANT,
}
