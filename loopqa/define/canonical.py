"""The canonical form of a definition, and the hash that is its identity.

Key order, comments, shorthands, file name and golden tests do not change it; everything that can
change a score, a question or a word in a report does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from loopqa.model.rubric import Rubric
from loopqa.model.workflow import Workflow

#: not part of the identity: where things stand in a file, and what follows from the rest
_LEFT_OUT = {"hash", "place", "path", "tests"}


#: left out while nothing is said about them: they came later, and a rubric or a workflow that does
#: not use them is still the same one
_LATER = {"material_change", "missing", "day", "cadence", "sections", "cause_words"}


def rubric_form(rubric: Rubric) -> dict[str, Any]:
    """The rubric as plain JSON values; dimensions and indicators are keyed by id."""
    form: dict[str, Any] = _form(rubric)
    for dimension in form["dimensions"]:
        dimension["indicators"] = _by_id(dimension["indicators"])
    form["dimensions"] = _by_id(form["dimensions"])
    return form


def workflow_form(workflow: Workflow) -> dict[str, Any]:
    """The workflow as plain JSON values; inputs are keyed by id."""
    form: dict[str, Any] = _form(workflow)
    form["inputs"] = _by_id(form["inputs"])
    return form


def text_of(form: Mapping[str, Any]) -> str:
    """The canonical text: JSON with sorted keys and without blanks."""
    return json.dumps(form, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(form: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical text."""
    return hashlib.sha256(text_of(form).encode("utf-8")).hexdigest()


def _by_id(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {part["id"]: part for part in parts}


def _form(value: Any) -> Any:
    if is_dataclass(value):
        return {
            field.name: _form(getattr(value, field.name))
            for field in fields(value)
            if field.name not in _LEFT_OUT
            and not (field.name in _LATER and getattr(value, field.name) in (None, ()))
        }
    match value:
        case Mapping():
            return {str(key): _form(one) for key, one in value.items()}
        case frozenset() | set():
            return sorted(_form(one) for one in value)
        case list() | tuple():
            return [_form(one) for one in value]
        case bool() | None:
            return value
        case int() | float():
            return float(f"{value:.12g}")
        case _:
            return str(value)
