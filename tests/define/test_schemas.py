"""The JSON Schemas accept what the loader accepts, shorthands too, and refuse typing errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from loopqa.define.library import rubric_names, rubric_path, template_files, template_names
from loopqa.define.nodes import plain
from loopqa.define.schemas import schema
from loopqa.define.strict_yaml import parse_yaml, read_yaml
from loopqa.errors import UsageError
from tests.define.test_rubric import DESIGN, DESIGN_AGAIN
from tests.define.test_workflow import DESIGN as DESIGN_WORKFLOW

KINDS = ("rubric", "workflow", "workspace")


def complaints(kind: str, source: str) -> list[str]:
    validator = Draft202012Validator(schema(kind))
    return [
        error.message
        for error in validator.iter_errors(plain(parse_yaml(source, "a").root.content))
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_sound_and_speaks_the_dialect_of_2020_12(kind):
    made = schema(kind)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"] == f"LoopQA {kind}"
    Draft202012Validator.check_schema(made)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("source", [DESIGN, DESIGN_AGAIN], ids=["short", "long"])
def test_the_rubric_schema_accepts_shorthands_and_long_forms(source):
    assert complaints("rubric", source) == []


@pytest.mark.parametrize(
    "source",
    [
        "rubric: r\ndimensions: {a: a}\n",
        "rubric: r\nscale: 0-100\nraters: [customer]\ndimensions: {a: {column: [a, b]}}\n",
        "rubric: r\ndimensions: {a: {weight: 2, column: a, score: csat, playbook: [Call back]}}\n",
        "rubric: r\ndimensions: {a: {hours: {from: x, to: y}, when: {kind: {not: [x]}}}}\n",
        "rubric: r\ndimensions: {a: {indicators: {x: x, y: {measure: y, weight: 2}}}}\n",
        "rubric: r\ndimensions: {a: {column: a, critical: {at_most: 1, to: 2}}}\n",
    ],
)
def test_the_rubric_schema_accepts_short_forms(source):
    assert complaints("rubric", source) == []


def test_the_workflow_schema_accepts_the_design():
    assert complaints("workflow", DESIGN_WORKFLOW) == []


@pytest.mark.parametrize("name", rubric_names())
def test_the_rubric_schema_accepts_every_shipped_rubric(name):
    assert complaints("rubric", rubric_path(name).read_text("utf-8")) == []


@pytest.mark.parametrize("name", template_names())
def test_the_schemas_accept_every_shipped_template(name):
    for target, source in template_files(name).items():
        if target.parent == Path("workflows"):
            assert complaints("workflow", source.read_text("utf-8")) == []
        if target.name == "loopqa.yaml":
            content = plain(read_yaml(source, may_be_empty=True).root.content)
            assert list(Draft202012Validator(schema("workspace")).iter_errors(content)) == []


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("rubric", "rubric: r\ntitel: x\ndimensions: {a: a}\n"),
        ("rubric", "rubric: r\ndimensions: {a: {column: a, wieght: 40%}}\n"),
        ("rubric", "rubric: r\ndimensions: {a: {column: a, target: high}}\n"),
        ("rubric", "rubric: r\n"),
        ("workflow", "workflow: w\nrubric: r\n"),
        ("workflow", "workflow: w\nrubric: r\ninputs: {a: {type: csv}}\nre_evaluate: {form: a}\n"),
        ("workspace", "timezone: UTC\n"),
    ],
)
def test_the_schemas_refuse_typing_errors(kind, source):
    assert complaints(kind, source)


def test_an_unknown_kind_of_schema_is_refused():
    with pytest.raises(UsageError, match="there is no schema 'table'"):
        schema("table")
