"""A rubric as the rest of LoopQA sees it: canonical, complete, without any shorthand.

``loopqa.define`` builds these records from YAML. All weights are shares of 1 among siblings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, overload

_CONDITION = re.compile(
    r"\s*(>=|<=|==|=|>|<|≥|≤|＞|＜)\s*([-+]?(?:\d{1,12}(?:\.\d{1,12})?|\.\d{1,12}))\s*[%％]?\s*"
)
_SIGNS = {"=": "==", "≥": ">=", "≤": "<=", "＞": ">", "＜": "<"}


@dataclass(frozen=True)
class Label:
    """A name in both languages; where only one was given, both are that one."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The name in ``"en"`` or ``"zh"``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Scale:
    """The whole-number or continuous scale on which scores are expressed, ends inclusive."""

    low: float
    high: float
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: language -> low..high


@dataclass(frozen=True)
class Boxes:
    """Which levels count as top (high share) and bottom (low share)."""

    top: tuple[float, ...]
    bottom: tuple[float, ...]


@dataclass(frozen=True)
class Condition:
    """A comparison with a number, such as ``>= 3.8``; used for targets, bands and validity."""

    operator: str  #: one of >=, >, <=, <, ==
    value: float

    @classmethod
    def parse(cls, written: str) -> Condition:
        """Read ``>= 3.8``; ``≥``, ``≤``, full-width signs, ``=`` and a percent sign are understood.

        Raises:
            ValueError: it is not a sign and a number.

        >>> Condition.parse("≤ 15 %")
        Condition(operator='<=', value=15.0)
        """
        match = _CONDITION.fullmatch(written)
        if not match:
            raise ValueError(f"not a condition: {written!r}")
        return cls(_SIGNS.get(match[1], match[1]), float(match[2]))

    @overload
    def holds(self, number: float) -> bool: ...

    @overload
    def holds(self, number: Any) -> Any: ...

    def holds(self, number: Any) -> Any:
        """Whether ``number`` satisfies the condition (exact comparison, no tolerance).

        A column that compares element by element (numpy, Ibis) gives a column of answers.
        """
        match self.operator:
            case ">=":
                return number >= self.value
            case ">":
                return number > self.value
            case "<=":
                return number <= self.value
            case "<":
                return number < self.value
            case _:
                return number == self.value

    @property
    def lower_is_better(self) -> bool:
        """Whether meeting the condition asks for small values."""
        return self.operator.startswith("<")

    def __str__(self) -> str:
        return f"{self.operator} {self.value:g}"


@dataclass(frozen=True)
class ColumnMeasure:
    """The value of a column; of several columns, the first that is present in the input."""

    columns: tuple[str, ...]
    values: Mapping[str, float] = field(
        default_factory=dict
    )  #: normalised text -> level; empty: numbers
    missing: frozenset[str] = frozenset()  #: normalised texts that mean "no answer"
    not_applicable: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    low: float | None = None  #: this measure's own scale, e.g. 0 of NPS; None: the rubric's
    high: float | None = None
    valid: Condition | None = None  #: tested first; a value that fails it gives no score


@dataclass(frozen=True)
class DurationMeasure:
    """Time between two columns of the same case, as a decimal number of ``unit``."""

    unit: str  #: minutes, hours or days
    start: str
    end: str
    open: str = "missing"  #: state of a case whose end time is absent: pending or missing
    valid: Condition | None = None
    missing: frozenset[str] | None = None  #: normalised texts that stand for no time


@dataclass(frozen=True)
class RepeatMeasure:
    """Whether the same customer made contact again within some hours: 1 yes, 0 no.

    A contact is another case of the same input whose own time lies after ``after``, and not more
    than ``within_hours`` of real time after it.
    """

    by: str
    after: str
    within_hours: float
    missing: frozenset[str] | None = None  #: normalised texts that stand for no time or nobody

    @property
    def open(self) -> str:
        """State of a case whose ``after`` has not come, or whose hours are not over."""
        return "pending"


Measure = ColumnMeasure | DurationMeasure | RepeatMeasure


@dataclass(frozen=True)
class SchemeSpec:
    """Which scoring scheme turns values into a score, and its options as written in the YAML."""

    type: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Critical:
    """Auto-fail: a case whose answer is at or below ``at_most`` has its score capped."""

    at_most: float
    caps: str  #: dimension or composite
    to: float


@dataclass(frozen=True)
class When:
    """A case condition: ``column`` is (or is not) one of ``values``; otherwise not applicable."""

    column: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Indicator:
    """One measured thing inside a dimension."""

    id: str
    rater: str
    title: Label
    measure: Measure
    scheme: SchemeSpec
    weight: float  #: share of 1 among the indicators of the same rater in the dimension
    aggregate: str = "mean"  #: mean, median, p90, share or nps
    unit: str = ""  #: of the value, for people: "", "s", "min", "%", "points"
    target: Condition | None = None
    material_change: float | None = None
    """Smallest change that matters where it is judged by itself: percent of an amount, percentage
    points of a share, points of a net promoter score or a scale; None: what is usual."""
    input: str | None = None  #: the workflow input it reads; None: the only one of its rater
    question: Label | None = None
    critical: Critical | None = None
    when: tuple[When, ...] = ()
    comment_required_below: float | None = None
    was: str | None = None  #: earlier id, for lineage
    anchors: Mapping[str, Label] = field(default_factory=dict)  #: level -> evidence expected


@dataclass(frozen=True)
class Proposal:
    """A playbook entry: an action worth considering for a finding in this dimension."""

    title: Label
    horizon: str | None = None  #: short or long
    due_in: str | None = None  #: e.g. "2 weeks"


@dataclass(frozen=True)
class Dimension:
    """One aspect of service quality, made of indicators from one or more raters."""

    id: str
    title: Label
    weight: float  #: share of 1 in the composite
    indicators: tuple[Indicator, ...]
    target: Condition | None = None
    causes: tuple[str, ...] = ()
    cause_words: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
    """Words in comments that point to a root cause, by cause and language; None: nothing is said
    about any."""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    playbook: tuple[Proposal, ...] = ()
    was: str | None = None
    cadence: str | None = None
    """How often it is measured, where that is less often than the workflow runs: week, month,
    quarter or year; None: with every run."""

    @property
    def raters(self) -> tuple[str, ...]:
        """Raters that have an indicator here, in order of first appearance."""
        return tuple(dict.fromkeys(indicator.rater for indicator in self.indicators))

    @property
    def lineage(self) -> str:
        """The id under which findings of this dimension are followed through versions."""
        return self.was or self.id


class WhenMissing(StrEnum):
    """What a blend does when one rater group has no data in this wave or slice."""

    NONE = "none"  #: no score: a missing side never becomes the other side's score
    USE_PRESENT = "use_present"  #: the groups that have data share the weight


@dataclass(frozen=True)
class Blend:
    """Weights of rater groups in a dimension score, e.g. customer 60 %, internal 40 %."""

    weights: Mapping[str, float] = field(default_factory=dict)  #: rater -> share; empty: equal
    when_missing: WhenMissing = WhenMissing.NONE


@dataclass(frozen=True)
class FindingRule:
    """When a score is a finding."""

    below: float | None = None  #: strictly below
    min_n: int = 30  #: fewer answers give the grade "watch" only
    bottom_share_above: float | None = None  #: share of bottom-box answers, 0..1


@dataclass(frozen=True)
class Decide:
    """How verdicts are reached."""

    material_change: float = 0.25  #: on the rubric's scale; the equivalence margin
    confidence: float = 0.95  #: one-sided
    local_drift: float = 0.10  #: sd of a scope-only shock allowed for where it can't be measured


@dataclass(frozen=True)
class GoldenTest:
    """A worked case of the rubric with its expected scores; ``given`` and ``expect`` as written."""

    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    place: str  #: file:line:column, for messages


@dataclass(frozen=True)
class Rubric:
    """The standard that cases are scored by; ``hash`` identifies exactly this content."""

    id: str
    version: str
    title: Label
    scale: Scale
    boxes: Boxes
    dimensions: tuple[Dimension, ...]
    hash: str  #: SHA-256 (hex) of the canonical form
    raters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    blend: Blend = Blend()
    finding: FindingRule = FindingRule()
    decide: Decide = Decide()
    tests: tuple[GoldenTest, ...] = ()
    valid_from: date | None = None
    review_by: date | None = None

    def dimension(self, dimension_id: str) -> Dimension:
        """The dimension with this id.

        Raises:
            KeyError: the rubric has none.
        """
        for dimension in self.dimensions:
            if dimension.id == dimension_id:
                return dimension
        raise KeyError(dimension_id)

    @property
    def indicators(self) -> tuple[tuple[Dimension, Indicator], ...]:
        """All indicators with their dimension, in order."""
        return tuple((d, i) for d in self.dimensions for i in d.indicators)


def indicator_key(dimension: Dimension, indicator: Indicator) -> str:
    """The name of an indicator in tallies and output: ``dimension.indicator``."""
    return f"{dimension.id}.{indicator.id}"
