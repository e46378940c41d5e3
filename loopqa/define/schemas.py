"""JSON Schemas (2020-12) of the definition files, for editors; from the models that read them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from loopqa.define.meanings import meaning
from loopqa.define.rubric_document import RubricPart
from loopqa.define.workflow_document import SettingsPart, WorkflowPart
from loopqa.errors import UsageError
from loopqa.language import text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KINDS: dict[str, type[BaseModel]] = {
    "rubric": RubricPart,
    "workflow": WorkflowPart,
    "workspace": SettingsPart,
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of ``rubric``, ``workflow`` or ``workspace`` files, shorthands included.

    Raises:
        UsageError: there is no such kind of file.
    """
    if kind not in _KINDS:
        raise UsageError(
            text("there is no schema '{kind}'", kind=kind),
            hint=text("known are: {names}", names=", ".join(_KINDS)),
        )
    model = _KINDS[kind]
    made = model.model_json_schema(by_alias=True, mode="validation")
    _describe(model.__name__, made)
    for name, part in made.get("$defs", {}).items():
        _describe(name, part)
    return {"$schema": DIALECT, "title": f"LoopQA {kind}", **_nullable(made)}


def _nullable(made: dict[str, Any]) -> dict[str, Any]:
    """The schema with its own title dropped; ours says what the file is."""
    return {key: value for key, value in made.items() if key != "title"}


def _describe(name: str, part: dict[str, Any]) -> None:
    """Say what each field means, so that an editor can show it."""
    for field, described in part.get("properties", {}).items():
        words = meaning(name, field)
        if words is not None:
            described["description"] = words
