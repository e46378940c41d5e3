"""An indicator as people write it: its measure, its scheme, its shorthands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from loopqa.define.fields import (
    ConditionField,
    Id,
    Number,
    Part,
    RawList,
    SizeField,
    WeightField,
    WordList,
    Words,
    Wrong,
    one_of,
)
from loopqa.language import text

MEASURE_FIELDS = (
    "column",
    "values",
    "missing",
    "not_applicable",
    "refused",
    "low",
    "high",
    "valid",
    "minutes",
    "hours",
    "days",
    "repeat",
)
SHORT_FIELDS = (
    *MEASURE_FIELDS,
    *("rater", "question", "measure", "score", "aggregate", "unit", "from", "critical", "when"),
    *("material_change", "comment_required_below", "anchors"),
)

Aggregate = Annotated[str, one_of("mean", "median", "p90", "share", "nps")]
OpenState = Annotated[str, one_of("pending", "missing")]
Capped = Annotated[str, one_of("dimension", "composite")]


def _name_or_table(value: Any) -> str:
    return "name" if isinstance(value, str) else "table"


#: the name of one of the rubric's ``scales``, or the table itself
Values = Annotated[
    Annotated[Words, Tag("name")] | Annotated[dict[str, Number], Tag("table")],
    Discriminator(_name_or_table),
]


class TitlePart(Part):
    """A name in one or both languages."""

    en: Words | None = None
    zh: Words | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> TitlePart:
        if self.en is None and self.zh is None:
            raise Wrong(text("a title needs 'en', 'zh' or both"))
        return self


def _title(value: Any) -> Any:
    return {"en": value, "zh": value} if isinstance(value, str) else value


Title = Annotated[TitlePart, BeforeValidator(_title, json_schema_input_type=str | TitlePart)]


class SpanPart(Part):
    """A time between two columns."""

    start: Words = Field(alias="from")
    end: Words = Field(alias="to")
    open: OpenState = "missing"


class RepeatPart(Part):
    """Another contact of the same customer soon after."""

    by: Words
    after: Words
    within: Words


class MeasureFields(Part):
    """What can be said about how the value of an indicator is read from a case."""

    column: WordList | None = None
    values: Values | None = None
    missing: RawList | None = None
    not_applicable: RawList | None = None
    refused: RawList | None = None
    low: Number | None = None
    high: Number | None = None
    valid: ConditionField | None = None
    minutes: SpanPart | None = None
    hours: SpanPart | None = None
    days: SpanPart | None = None
    repeat: RepeatPart | None = None


class MeasurePart(MeasureFields):
    """How the value of an indicator is read: a column, a time or a repeat contact."""

    @model_validator(mode="after")
    def _one_kind(self) -> MeasurePart:
        kinds = ("column", "minutes", "hours", "days", "repeat")
        used = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(used) > 1:
            raise Wrong(
                text("a measure reads one thing, not {kinds}", kinds=" + ".join(used)),
                text("keep one of them, or make two indicators"),
            )
        if not used:
            raise Wrong(
                text("this measures nothing"),
                text("name a column, or a time such as minutes: {{from: opened, to: responded}}"),
            )
        return self


def _measure(value: Any) -> Any:
    return {"column": value} if isinstance(value, str | list) else value


Measure = Annotated[
    MeasurePart, BeforeValidator(_measure, json_schema_input_type=str | list[str] | MeasurePart)
]


class SchemePart(Part):
    """A scoring scheme; the keys beside ``type`` are its own options."""

    model_config = ConfigDict(extra="allow")
    type: Words


def _scheme(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


Scheme = Annotated[SchemePart, BeforeValidator(_scheme, json_schema_input_type=str | SchemePart)]


class CriticalPart(Part):
    """Auto-fail: an answer this low caps the score."""

    at_most: Number
    caps: Capped = "dimension"
    to: Number


def _value_or_not(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"is": value}


class ConditionPart(Part):
    """A column is, or is not, one of some values."""

    is_: RawList | None = Field(default=None, alias="is")
    not_: RawList | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_side(self) -> ConditionPart:
        if (self.is_ is None) == (self.not_ is None):
            raise Wrong(text("expected a value, a list of values, or not: with either"))
        return self


CaseCondition = Annotated[
    ConditionPart,
    BeforeValidator(
        _value_or_not, json_schema_input_type=str | float | list[str | float] | ConditionPart
    ),
]


class IndicatorFields(Part):
    """What can be said about an indicator apart from its measure."""

    title: Title | None = None
    rater: Words | None = None
    question: Title | None = None
    score: Scheme | None = None
    weight: WeightField | None = None
    aggregate: Aggregate | None = None
    unit: Words | None = None
    target: ConditionField | None = None
    material_change: SizeField | None = None
    input: Words | None = Field(default=None, alias="from")
    critical: CriticalPart | None = None
    when: dict[str, CaseCondition] = Field(default_factory=dict)
    comment_required_below: Number | None = None
    was: Id | None = None
    anchors: dict[str, Title] = Field(default_factory=dict)


class IndicatorPart(IndicatorFields):
    """One measured thing inside a dimension."""

    measure: Measure


def _indicator(value: Any) -> Any:
    """Let the fields of a measure stand in the indicator itself."""
    if isinstance(value, str | list):
        return {"measure": {"column": value}}
    return _moved(value, MEASURE_FIELDS, "measure")


def _moved(value: Any, fields: tuple[str, ...], into: str) -> Any:
    if not isinstance(value, dict) or into in value:
        return value
    inner = {name: value[name] for name in fields if name in value}
    rest = {name: one for name, one in value.items() if name not in inner}
    return {**rest, into: inner}


class ShortIndicator(IndicatorFields, MeasureFields):
    """Only for the JSON Schema: the measure's fields stand beside the others."""


Indicator = Annotated[
    IndicatorPart,
    BeforeValidator(_indicator, json_schema_input_type=str | IndicatorPart | ShortIndicator),
]
