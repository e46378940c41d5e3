"""A rubric file as people write it, shorthands included; the JSON Schema comes from here too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from loopqa.define.fields import (
    ConditionField,
    Day,
    Id,
    Language,
    Number,
    NumberList,
    Part,
    Positive,
    RawList,
    Share,
    WeightField,
    WordList,
    Words,
    Wrong,
    kind_of,
    one_of,
)
from loopqa.define.indicator_document import (
    SHORT_FIELDS,
    Aggregate,
    Indicator,
    IndicatorFields,
    MeasureFields,
    Scheme,
    Title,
    Values,
)
from loopqa.language import text

WhenMissingField = Annotated[str, one_of("none", "use_present")]
Cadence = Annotated[str, one_of("week", "month", "quarter", "year")]
Horizon = Annotated[str, one_of("short", "long")]


class ScalePart(Part):
    """The scale that scores are expressed on."""

    low: Number
    high: Number
    labels: dict[Language, WordList] = Field(default_factory=dict)


class BoxesPart(Part):
    """Which levels count as high share and as low share."""

    top: NumberList = ()
    bottom: NumberList = ()


class RaterPart(Part):
    """A group of people who rate."""

    title: Title | None = None
    agreement_at_least: Share | None = None


class BlendPart(Part):
    """Weights of rater groups; every key but ``when_missing`` is a rater."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, WeightField]
    when_missing: WhenMissingField = "none"


class FindingPart(Part):
    """When a score is a finding."""

    below: Number | None = None
    min_n: Positive = 30
    bottom_share_above: Share | None = None


class DecidePart(Part):
    """How verdicts are reached."""

    material_change: Number | None = None
    confidence: Share = 0.95
    local_drift: Number | None = None


class ProposalPart(Part):
    """An action worth considering."""

    title: Title
    horizon: Horizon | None = None
    due_in: Words | None = None


def _proposal(value: Any) -> Any:
    return {"title": value} if isinstance(value, str) else value


Proposal = Annotated[
    ProposalPart, BeforeValidator(_proposal, json_schema_input_type=str | ProposalPart)
]


class DimensionFields(Part):
    """What can be said about a dimension apart from its indicators."""

    title: Title | None = None
    weight: WeightField | None = None
    target: ConditionField | None = None
    was: Id | None = None
    cadence: Cadence | None = None
    causes: WordList = ()
    cause_words: dict[Words, dict[Language, WordList]] = Field(default_factory=dict)
    keywords: dict[Language, WordList] = Field(default_factory=dict)
    playbook: list[Proposal] = Field(default_factory=list)


class DimensionPart(DimensionFields):
    """One aspect of service quality, made of indicators."""

    indicators: Annotated[dict[Id, Indicator], Field(min_length=1)]


def _dimension(value: Any) -> Any:
    """Turn the short form (one indicator named ``rating``) into the long one."""
    if isinstance(value, str):
        return {"indicators": {"rating": {"measure": {"column": value}}}}
    if not isinstance(value, dict) or "indicators" in value:
        return value
    inner = {name: value[name] for name in SHORT_FIELDS if name in value}
    rest = {name: one for name, one in value.items() if name not in inner}
    return {**rest, "indicators": {"rating": inner}}


class ShortDimension(DimensionFields, IndicatorFields, MeasureFields):
    """Only for the JSON Schema: a dimension with one indicator, written in one go."""


Dimension = Annotated[
    DimensionPart,
    BeforeValidator(_dimension, json_schema_input_type=str | DimensionPart | ShortDimension),
]


class DefaultsPart(Part):
    """What indicators take over unless they say otherwise."""

    rater: Words | None = None
    score: Scheme | None = None
    aggregate: Aggregate | None = None
    missing: RawList | None = None
    not_applicable: RawList | None = None
    refused: RawList | None = None
    valid: ConditionField | None = None
    values: Values | None = None
    unit: Words | None = None


class TestPart(Part):
    """A worked case with the scores it must get."""

    __test__ = False
    given: Annotated[dict[str, Any], Field(min_length=1)]
    expect: Annotated[dict[str, Any], Field(min_length=1)]


def _raters(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return {str(name): {} for name in value}
    if isinstance(value, Mapping):
        return {name: {} if one is None else one for name, one in value.items()}
    return value


def _whole_scale(value: Any) -> Any:
    if isinstance(value, str):
        low, dash, high = str(value).partition("-")
        if not dash or not high:
            raise Wrong(
                text("expected a scale, got {kind}", kind=kind_of(value)),
                text("write scale: {{low: 1, high: 5}}"),
            )
        return {"low": low.strip(), "high": high.strip()}
    return value


class RubricPart(Part):
    """A rubric file."""

    rubric: Id
    version: Words = "1"
    valid_from: Day | None = None
    review_by: Day | None = None
    title: Title | None = None
    scale: Annotated[
        ScalePart, BeforeValidator(_whole_scale, json_schema_input_type=str | ScalePart)
    ] = ScalePart(low=1, high=5)
    boxes: BoxesPart | None = None
    raters: Annotated[
        dict[Id, RaterPart],
        BeforeValidator(_raters, json_schema_input_type=list[str] | dict[str, RaterPart | None]),
    ] = Field(default_factory=dict)
    blend: BlendPart | None = None
    finding: FindingPart = FindingPart()
    decide: DecidePart = DecidePart()
    defaults: DefaultsPart = DefaultsPart()
    scales: dict[Words, dict[str, Number]] = Field(default_factory=dict)
    dimensions: Annotated[dict[Id, Dimension], Field(min_length=1)]
    tests: list[TestPart] = Field(default_factory=list)
