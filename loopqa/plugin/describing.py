"""What a plugin says of its options, for people: name, value, default and meaning.

Meanings stand in the source, as ``#:`` comments behind the fields, or as pydantic's descriptions.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from loopqa.language import Text, text
from loopqa.plugin.options import Options

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_SIMPLE = {
    "string": text("text"),
    "integer": text("a whole number"),
    "number": text("a number"),
    "boolean": text("true or false"),
    "array": text("a list"),
    "object": text("a mapping of keys to values"),
}


@dataclass(frozen=True)
class OptionDescription:
    """One option as a person reads it."""

    name: str
    value: Text  #: what may stand there
    default: str | None  #: as it would stand in YAML; None: there is nothing to be said of it
    required: bool
    meaning: str  #: in the words of the author; "" where nothing is said

    def to_dict(self) -> dict[str, Any]:
        """An item of ``options`` in ``loopqa.plugin/1``."""
        return {
            "name": self.name,
            "value": str(self.value),
            "default": self.default,
            "required": self.required,
            "meaning": self.meaning,
        }


def described(config: type[Options]) -> tuple[OptionDescription, ...]:
    """The options of a ``Config``, in the order in which they are written there.

    What stands in an option that is a mapping of its own follows it, as ``mapping.option``.
    """
    return tuple(_described(config, ""))


def _described(config: type[BaseModel], before: str) -> Iterator[OptionDescription]:
    document = config.model_json_schema(by_alias=True)
    required, said = set(document.get("required", ())), _meanings(config)
    inner = {field.alias or name: _inner(field) for name, field in config.model_fields.items()}
    for name, field in document.get("properties", {}).items():
        yield OptionDescription(
            name=f"{before}{name}",
            value=_value(field, document.get("$defs", {})),
            default=None if name in required else _written(field.get("default")),
            required=name in required,
            meaning=said.get(name) or " ".join(field.get("description", "").split()),
        )
        part = inner.get(name)
        if part is not None:
            yield from _described(part, f"{before}{name}.")


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    """The mapping that may stand in a field, with options of its own."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            return kind
    return None


def _meanings(config: type[BaseModel]) -> dict[str, str]:
    """The ``#:`` comments of a class and its bases, by the names that people write."""
    found: dict[str, str] = {}
    for one in reversed(config.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            found.update(_comments(_source(one)))
    alias = {name: field.alias or name for name, field in config.model_fields.items()}
    return {
        alias.get(name, name): words.replace("None: ", "default: ").replace("``", "`")
        for name, words in found.items()
    }


def _comments(source: str) -> Iterator[tuple[str, str]]:
    """(field, words of the ``#:`` comment behind it or above it) in the source of a class."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source or "pass")):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            behind = lines[(node.end_lineno or node.lineno) - 1].partition("#: ")[2]
            above = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
            words = behind or (above.removeprefix("#: ") if above.startswith("#: ") else "")
            if words:
                yield node.target.id, words


def _source(one: type) -> str:
    try:
        return textwrap.dedent(inspect.getsource(one))
    except (OSError, TypeError):
        return ""  # a class that was put together at run time


def _value(field: Mapping[str, Any], parts: Mapping[str, Any]) -> Text:
    """What may stand in a field, in a few words."""
    match field:
        case {"$ref": reference}:
            return _value(parts.get(reference.rpartition("/")[2], {}), parts)
        case {"const": value}:
            return text("one of {names}", names=value)
        case {"enum": values}:
            return text("one of {names}", names=", ".join(map(str, values)))
        case {"anyOf": choices} | {"oneOf": choices}:
            return _either([_value(one, parts) for one in choices if one.get("type") != "null"])
        case {"allOf": [only]}:
            return _value(only, parts)
        case {"type": "string", "format": "password"}:
            return text("text that is never shown")
        case {"type": "array", "items": dict() as items}:
            return text("a list of: {items}", items=_value(items, parts))
        case {"type": kind} if kind in _SIMPLE:
            return _SIMPLE[kind]
        case _:
            return text("any value")


def _either(kinds: list[Text]) -> Text:
    """Those that read differently, in one sentence."""
    different = list({one.render("en"): one for one in kinds}.values())
    said = different[0] if different else text("any value")
    for other in different[1:]:
        said = text("{one} or {other}", one=said, other=other)
    return said


def _written(default: Any) -> str | None:
    """A default as it would stand in YAML."""
    match default:
        case None | "" | [] | {}:
            return None
        case bool():
            return str(default).lower()
        case list():
            return f"[{', '.join(map(str, default))}]"
        case dict():
            return "{" + ", ".join(f"{name}: {value}" for name, value in default.items()) + "}"
        case _:
            return str(default)
