"""The shape of an evaluation: everything that decides what its queries look like, but no data.

Evaluations of the same shape run the same SQL, so that it need be compiled only once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from loopqa.calc.answers import code
from loopqa.evidence.planning import indicator_column, kept_column
from loopqa.evidence.texts import decimal_text
from loopqa.model.coding import Coding, LevelCoding, NumberCoding, Scheme, State
from loopqa.model.rubric import (
    ColumnMeasure,
    Condition,
    Critical,
    Dimension,
    DurationMeasure,
    Indicator,
    Measure,
    Rubric,
    WhenMissing,
    indicator_key,
)
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE, dimension_quantity

STATES = tuple(State)
STATE_BASE = -(10**18)  #: a number (thousandths) at or below this is a state
POINT_SCALE = 10_000  #: points inside a case, before they are rounded to hundredths

_FINE_WEIGHTS = 1_000_000


def encoded_state(state: State, *, number: bool) -> int:
    """The whole number that stands for a state among levels (-1 ... -4) or numbers."""
    return (STATE_BASE if number else 0) - STATES.index(state)


def decoded_state(value: int, *, number: bool) -> State:
    """The state behind an encoded value; levels and numbers are answered."""
    base = STATE_BASE if number else 0
    return STATES[base - value] if value < base else State.ANSWERED


@dataclass(frozen=True)
class Applies:
    """A case condition; where it fails, the indicator is not applicable."""

    column: str
    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True)
class Reading:
    """How raw values become whole numbers: level numbers, thousandths, or states below them."""

    texts: tuple[tuple[str, int], ...]  #: text -> encoded value, for all texts known beforehand
    levels: tuple[float, ...]  #: level by its number; empty: numbers
    bands: tuple[tuple[int, Condition], ...]
    valid: Condition | None
    open: State  #: of a duration without an end

    @property
    def number(self) -> bool:
        """Whether the values are numbers, kept in thousandths."""
        return not self.levels

    def state(self, state: State) -> int:
        """The encoded form of a state."""
        return encoded_state(state, number=self.number)


@dataclass(frozen=True)
class Coded:
    """One indicator of a shape: where its raw values stand and how they are read."""

    key: str
    column: str  #: of the case table
    duration: bool  #: the column holds numbers, not texts
    reading: Reading
    applies: tuple[Applies, ...]

    @property
    def number(self) -> bool:
        """Whether the values are numbers, kept in thousandths."""
        return self.reading.number

    @property
    def levels(self) -> tuple[float, ...]:
        """Level by its number; empty for numbers."""
        return self.reading.levels


@dataclass(frozen=True)
class Term:
    """What one indicator adds to a case score."""

    indicator: int  #: position in the shape
    weight: int
    points: tuple[tuple[int, int], ...]  #: level number -> points per POINT_SCALE
    line: tuple[float, float] | None  #: or (offset, slope) of a number


@dataclass(frozen=True)
class Cap:
    """A critical answer: where the indicator's value is at most this, the score is capped."""

    indicator: int
    levels: tuple[int, ...]  #: level numbers that fail
    at_most: int  #: thousandths, for number indicators
    to: int  #: per CASE_SCALE


@dataclass(frozen=True)
class CaseScore:
    """The case score of one rater's part of a dimension."""

    quantity: str
    terms: tuple[Term, ...]
    caps: tuple[Cap, ...]

    @property
    def of_levels(self) -> tuple[tuple[int, int], ...] | None:
        """Level number -> score per CASE_SCALE, where the score is no more than its one level."""
        if len(self.terms) != 1 or self.caps or self.terms[0].line:
            return None
        return tuple((at, rounded(points, 100)) for at, points in self.terms[0].points)


@dataclass(frozen=True)
class CompositePart:
    """One dimension in the composite: its weight, and its raters' case scores with theirs."""

    weight: int
    scores: tuple[tuple[int, int], ...]  #: (position of the case score, weight)


@dataclass(frozen=True)
class Shape:
    """One rater's (or all raters') indicators and case scores over one table of cases."""

    indicators: tuple[Coded, ...]
    scores: tuple[CaseScore, ...]
    composite: tuple[CompositePart, ...]  #: empty: none
    composite_caps: tuple[Cap, ...]
    whole_blend: bool  #: a dimension without one of its raters has no score in the composite
    weighted: bool
    values: bool  #: value counts of numbers are wanted

    @property
    def signed(self) -> bool:
        """Whether a case score can be negative."""
        terms = [term for score in self.scores for term in score.terms]
        caps = [cap for score in self.scores for cap in score.caps]
        return any(
            term.line is not None or any(points < 0 for _, points in term.points) for term in terms
        ) or any(cap.to < 0 for cap in caps)


def rounded(number: int, divisor: int) -> int:
    """Division rounded half away from zero; the compiled form does the same.

    >>> rounded(5, 2), rounded(-5, 2), rounded(4, 3)
    (3, -3, 1)
    """
    half = (2 * abs(number) + divisor) // (2 * divisor)
    return half if number >= 0 else -half


def whole_weights(weights: Collection[float]) -> tuple[int, ...]:
    """Whole numbers in the same proportions: exact for simple fractions, else to a millionth.

    >>> whole_weights([0.4, 0.6]), whole_weights([1 / 3, 2 / 3])
    ((2, 3), (1, 2))
    """
    simple = [Fraction(weight).limit_denominator(1000) for weight in weights]
    common = lcm(*(one.denominator for one in simple))
    exact = all(
        abs(float(one) - weight) < 1e-9 for one, weight in zip(simple, weights, strict=True)
    )
    if exact and common <= _FINE_WEIGHTS:
        return tuple(int(one * common) for one in simple)
    return tuple(round(weight * _FINE_WEIGHTS) for weight in weights)


def shape_of(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    keys: Collection[str],
    *,
    weighted: bool,
    values: bool,
    composite: bool,
) -> Shape:
    """The shape of an evaluation of the indicators ``keys`` of a rubric."""
    chosen = [(d, i) for d, i in rubric.indicators if indicator_key(d, i) in keys]
    codings = [schemes[indicator_key(d, i)].code() for d, i in chosen]
    indicators = tuple(coded(d, i, coding) for (d, i), coding in zip(chosen, codings, strict=True))
    builder = _Scores(indicators, tuple(codings), tuple(chosen))
    scores = builder.scores()
    return Shape(
        indicators=indicators,
        scores=scores,
        composite=_composite(rubric, scores) if composite else (),
        composite_caps=builder.caps(lambda _, critical: critical.caps == "composite"),
        whole_blend=rubric.blend.when_missing is WhenMissing.NONE,
        weighted=weighted,
        values=values,
    )


def coded(dimension: Dimension, indicator: Indicator, coding: Coding) -> Coded:
    """The coding of one indicator in terms of the case table."""
    measure = indicator.measure
    key = indicator_key(dimension, indicator)
    return Coded(
        key=key,
        column=indicator_column(key),
        duration=isinstance(measure, DurationMeasure),
        reading=reading_of(measure, coding),
        applies=tuple(
            Applies(kept_column(one.column), one.values, one.negated) for one in indicator.when
        ),
    )


def reading_of(measure: Measure, coding: Coding) -> Reading:
    """The closed form of a measure and its coding."""
    levels = _levels(coding)
    bands = coding.bands if isinstance(coding, LevelCoding) else ()
    return Reading(
        texts=_known_texts(measure, coding, levels),
        levels=levels,
        bands=tuple((levels.index(at), band) for at, band in bands),
        valid=getattr(measure, "valid", None),
        open=State(getattr(measure, "open", State.MISSING)),
    )


def _levels(coding: Coding) -> tuple[float, ...]:
    if isinstance(coding, NumberCoding):
        return ()
    banded = (level for level, _ in coding.bands)
    return tuple(sorted({*coding.points, *coding.values.values(), *banded}))


def _known_texts(
    measure: Measure, coding: Coding, levels: tuple[float, ...]
) -> tuple[tuple[str, int], ...]:
    """Every text whose meaning the definition settles, coded by the pure twin itself."""
    if not isinstance(measure, ColumnMeasure):
        return ()
    texts = {"", *measure.missing, *measure.not_applicable, *measure.refused, *coding.values}
    if isinstance(coding, LevelCoding) and not coding.bands:
        texts |= {decimal_text(level) for level in levels}
    found = {}
    for one in sorted(texts):
        try:
            state, value = code(one, measure, coding)
        except ValueError:
            continue
        found[one] = (
            encoded_state(state, number=not levels)
            if value is None
            else encoded_value(value, levels)
        )
    return tuple(found.items())


def encoded_value(value: float, levels: tuple[float, ...]) -> int:
    """A level by its number, or a number in thousandths (half away from zero)."""
    if levels:
        return levels.index(value)
    whole = int(abs(value) * NUMBER_SCALE + 0.5)
    return whole if value >= 0 else -whole


@dataclass(frozen=True)
class _Scores:
    """Case scores of the indicators of one shape."""

    indicators: tuple[Coded, ...]
    codings: tuple[Coding, ...]
    chosen: tuple[tuple[Dimension, Indicator], ...]

    def scores(self) -> tuple[CaseScore, ...]:
        members: dict[tuple[str, str], list[int]] = {}
        for at, (dimension, indicator) in enumerate(self.chosen):
            if indicator.weight > 0 and _worth(self.codings[at]):
                members.setdefault((dimension.id, indicator.rater), []).append(at)
        return tuple(self._score(*names, at) for names, at in members.items())

    def _score(self, dimension: str, rater: str, members: list[int]) -> CaseScore:
        weights = whole_weights([self.chosen[at][1].weight for at in members])
        return CaseScore(
            dimension_quantity(dimension, rater),
            tuple(self._term(at, weight) for at, weight in zip(members, weights, strict=True)),
            self.caps(
                lambda at, critical: (
                    critical.caps == "dimension"
                    and self.chosen[at][0].id == dimension
                    and self.chosen[at][1].rater == rater
                )
            ),
        )

    def _term(self, at: int, weight: int) -> Term:
        coding = self.codings[at]
        if isinstance(coding, NumberCoding):
            return Term(at, weight, (), coding.line)
        points = tuple(
            (number, encoded_points(coding.points[level]))
            for number, level in enumerate(self.indicators[at].levels)
            if level in coding.points
        )
        return Term(at, weight, points, None)

    def caps(self, concerns: Callable[[int, Critical], bool]) -> tuple[Cap, ...]:
        """The caps of critical indicators, as far as ``concerns(position, critical)``."""
        return tuple(
            _cap(at, self.indicators[at], indicator.critical)
            for at, (_, indicator) in enumerate(self.chosen)
            if indicator.critical is not None and concerns(at, indicator.critical)
        )


def _worth(coding: Coding) -> bool:
    """Whether a single answer is worth points."""
    return coding.scored and (isinstance(coding, LevelCoding) or coding.line is not None)


def encoded_points(points: float) -> int:
    """Points as whole numbers per POINT_SCALE (half away from zero)."""
    whole = int(abs(points) * POINT_SCALE + 0.5)
    return whole if points >= 0 else -whole


def _cap(at: int, one: Coded, critical: Critical) -> Cap:
    return Cap(
        at,
        tuple(number for number, level in enumerate(one.levels) if level <= critical.at_most),
        encoded_value(critical.at_most, ()),
        rounded(encoded_points(critical.to), POINT_SCALE // CASE_SCALE),
    )


def _composite(rubric: Rubric, scores: tuple[CaseScore, ...]) -> tuple[CompositePart, ...]:
    position = {score.quantity: at for at, score in enumerate(scores)}
    parts = []
    present = []
    for dimension in rubric.dimensions:
        here = [r for r in dimension.raters if dimension_quantity(dimension.id, r) in position]
        if here and dimension.weight > 0:
            present.append((dimension, here))
    shares = whole_weights([dimension.weight for dimension, _ in present]) if present else ()
    for (dimension, raters), share in zip(present, shares, strict=True):
        at = (position[dimension_quantity(dimension.id, rater)] for rater in raters)
        blend = zip(at, _blend(rubric, raters), strict=True)
        parts.append(CompositePart(share, tuple(pair for pair in blend if pair[1])))
    return tuple(parts)


def _blend(rubric: Rubric, raters: list[str]) -> tuple[int, ...]:
    weights = [rubric.blend.weights.get(rater, 0.0) for rater in raters]
    return whole_weights(weights if any(weights) else [1.0] * len(raters))
