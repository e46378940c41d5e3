"""From a rubric and its schemes to the shape of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from loopqa.calc.scoring.answers import code
from loopqa.evidence.planning import indicator_column, kept_column
from loopqa.evidence.shapes import (
    POINT_SCALE,
    Applies,
    Binned,
    Cap,
    CaseScore,
    Coded,
    CompositePart,
    Reading,
    Shape,
    Term,
    encoded_state,
    rounded,
)
from loopqa.evidence.texts import decimal_text
from loopqa.model.coding import Coding, LevelCoding, NumberCoding, Scheme, State
from loopqa.model.rubric import (
    ColumnMeasure,
    Critical,
    Dimension,
    Indicator,
    Measure,
    Rubric,
    WhenMissing,
    indicator_key,
)
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE, OwnScore, dimension_quantity
from loopqa.model.yardstick import Kind

_FINE_WEIGHTS = 1_000_000


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
    own: Sequence[OwnScore] = (),
    paired: bool = False,
) -> Shape:
    """The shape of an evaluation of the indicators ``keys`` of a rubric.

    ``own``: what is judged in an indicator's own unit; scored case by case where ``paired``.
    """
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
        own=builder.own(own) if paired else (),
        binned=builder.binned(own),
    )


def coded(dimension: Dimension, indicator: Indicator, coding: Coding) -> Coded:
    """The coding of one indicator in terms of the case table."""
    measure = indicator.measure
    key = indicator_key(dimension, indicator)
    return Coded(
        key=key,
        column=indicator_column(key),
        duration=not isinstance(measure, ColumnMeasure),
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

    def own(self, asked: Sequence[OwnScore]) -> tuple[CaseScore, ...]:
        """Scores of single indicators in their own unit."""
        return tuple(
            CaseScore(one.quantity, (self._own_term(at, one),), ())
            for at, one in self._placed(asked)
        )

    def binned(self, asked: Sequence[OwnScore]) -> tuple[Binned, ...]:
        """Numbers among these, each once."""
        conditions = {at: one.within for at, one in self._placed(asked) if not one.amounts}
        return tuple(Binned(at, within) for at, within in conditions.items())

    def _placed(self, asked: Sequence[OwnScore]) -> list[tuple[int, OwnScore]]:
        position = {one.key: at for at, one in enumerate(self.indicators)}
        return [(position[one.indicator], one) for one in asked if one.indicator in position]

    def _own_term(self, at: int, asked: OwnScore) -> Term:
        if asked.amounts:
            amounts = dict(asked.amounts)
            points = tuple(
                (number, encoded_points(amounts[level]))
                for number, level in enumerate(self.indicators[at].levels)
                if level in amounts
            )
            return Term(at, 1, points, None)
        plain = (0.0, 1.0) if asked.kind is Kind.AMOUNT else None
        return Term(at, 1, (), plain, asked.within, asked.kind is Kind.RATIO)

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
