"""The Ibis form of coding: from raw columns to encoded values and case scores, row by row.

Every step is whole-number arithmetic or an exact comparison, so that all engines agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import ibis

from loopqa.evidence.shapes import (
    LARGEST,
    POINT_SCALE,
    STATE_BASE,
    Applies,
    Cap,
    CaseScore,
    Coded,
    CompositePart,
    Reading,
    Shape,
    Term,
    rounded,
)
from loopqa.model.coding import State
from loopqa.model.rubric import Condition
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE

_TO_HUNDREDTHS = POINT_SCALE // CASE_SCALE


def value_column(position: int) -> str:
    """Name of the encoded value of the indicator at this position."""
    return f"v{position}"


def score_column(position: int) -> str:
    """Name of the case score at this position."""
    return f"s{position}"


def own_column(position: int) -> str:
    """Name of the score in an indicator's own unit at this position."""
    return f"o{position}"


def logarithm_column(indicator: int) -> str:
    """Name of the column with 100 logarithms of an indicator's numbers, per CASE_SCALE."""
    return f"l{indicator}"


COMPOSITE_COLUMN = "c"


TEXTS = "texts"  #: name of the registered table of distinct texts


def coded_texts(reading: Reading) -> Any:
    """What every text of the table ``texts`` is encoded as: columns ``position``, ``value``."""
    texts = ibis.table({"position": "int64", "text": "string"}, name=TEXTS)
    return texts.select("position", value=_of_text(texts.text, reading).cast("int64"))


def coded_cases(cases: Any, shape: Shape) -> Any:
    """The case table with encoded values ``v0 ...``, case scores ``s0 ...`` and composite ``c``.

    In ``cases``, text answers are encoded already (by :func:`coded_texts`, once per distinct
    text); durations are read here.
    """
    valued = cases.mutate(
        **{value_column(at): _value(cases, one) for at, one in enumerate(shape.indicators)}
    )
    scored = valued.mutate(
        **{score_column(at): _score(valued, score) for at, score in enumerate(shape.scores)}
    )
    if shape.own:
        scored = scored.mutate(
            **{own_column(at): _score(valued, score) for at, score in enumerate(shape.own)}
        )
    return _with_composite(scored, shape) if shape.composite else scored


def is_answer(number: Any) -> Any:
    """Whether an encoded number is one, and not a state."""
    return number > STATE_BASE


def _value(cases: Any, one: Coded) -> Any:
    raw = cases[one.column]
    value = _of_duration(raw, one.reading) if one.duration else raw.cast("int64")
    if one.applies:
        applies = reduce(lambda a, b: a & b, (_holds_for(cases, when) for when in one.applies))
        value = applies.ifelse(value, _state(State.NOT_APPLICABLE, one.reading))
    return value


def _state(state: State, reading: Reading) -> Any:
    return ibis.literal(reading.state(state), "int64")


def _holds_for(cases: Any, when: Applies) -> Any:
    listed = cases[when.column].isin(when.values)
    return ~listed if when.negated else listed


def _of_text(raw: Any, reading: Reading) -> Any:
    branches = [(text, ibis.literal(value, "int64")) for text, value in reading.texts]
    return raw.cases(*branches, else_=_of_number(raw.try_cast("float64"), reading))


def _of_duration(raw: Any, reading: Reading) -> Any:
    return ibis.cases(
        (raw.isnull(), _state(reading.open, reading)),
        (raw.isnan(), _state(State.MISSING, reading)),
        else_=_of_number(raw, reading),
    ).cast("int64")


def _of_number(number: Any, reading: Reading) -> Any:
    """What a number stands for; one that no level or band takes was rejected on reading.

    So were NaN, infinity and numbers too large, which no whole number can hold.
    """
    missing = _state(State.MISSING, reading)
    unusable = number.isnull() | number.isnan() | ~(number.abs() < LARGEST)
    if reading.valid is not None:
        unusable = unusable | ~reading.valid.holds(number)
    if reading.number:
        return unusable.ifelse(missing, scaled(number, NUMBER_SCALE))
    taken = [(band.holds(number), level) for level, band in reading.bands] or [
        (number == level, at) for at, level in enumerate(reading.levels)
    ]
    branches = [(condition, ibis.literal(at, "int64")) for condition, at in taken]
    return ibis.cases((unusable, missing), *branches, else_=missing)


def scaled(number: Any, scale: float) -> Any:
    """A float as a whole number of ``1/scale``, half away from zero, without ``round()``.

    Engines round .5 in different ways; adding a half and cutting off does the same on all.
    """
    size = (number.abs() * scale + 0.5).floor().cast("int64")
    return (number < 0).ifelse(-size, size)


def divided(number: Any, divisor: Any) -> Any:
    """The Ibis form of :func:`loopqa.evidence.shapes.rounded`; below 2^53 exact on every engine."""
    size = _divided(number.abs(), divisor)
    return (number < 0).ifelse(-size, size)


def _divided(number: Any, divisor: Any) -> Any:
    """The same for a number that is not negative."""
    return ((number * 2 + divisor) // (divisor * 2)).cast("int64")


def _score(cases: Any, score: CaseScore) -> Any:
    alone = len(score.terms) == 1
    plain = _lone(cases, score.terms[0]) if alone else _weighted(cases, score.terms)
    return _capped(cases, plain, score.caps)


def _lone(cases: Any, term: Term) -> Any:
    value = cases[value_column(term.indicator)]
    if term.logarithm:
        return is_answer(value).ifelse(cases[logarithm_column(term.indicator)], ibis.null("int64"))
    if term.within is not None:
        met = meets(value, term.within).ifelse(ibis.literal(100 * CASE_SCALE, "int64"), 0)
        return is_answer(value).ifelse(met.cast("int64"), ibis.null("int64"))
    if term.line is None:
        branches = [(at, rounded(points, _TO_HUNDREDTHS)) for at, points in term.points]
        return _looked_up(value, branches)
    return _on_line(value, term.line, CASE_SCALE)


def meets(number: Any, condition: Condition) -> Any:
    """Whether an encoded number, in thousandths, meets a condition on the number itself."""
    return replace(condition, value=condition.value * NUMBER_SCALE).holds(number)


def _looked_up(value: Any, branches: list[tuple[int, int]]) -> Any:
    return value.cases(
        *((at, ibis.literal(points, "int64")) for at, points in branches),
        else_=ibis.null("int64"),
    )


def _on_line(value: Any, line: tuple[float, float], scale: int) -> Any:
    offset, slope = line
    points = value.cast("float64") / NUMBER_SCALE * slope + offset
    return is_answer(value).ifelse(scaled(points, scale), ibis.null("int64"))


def _weighted(cases: Any, terms: tuple[Term, ...]) -> Any:
    """The weighted mean of the answered terms, in hundredths."""
    total, weight = _summed([(term.weight, _points(cases, term)) for term in terms])
    return _mean(total, weight, _TO_HUNDREDTHS)


def _points(cases: Any, term: Term) -> Any:
    value = cases[value_column(term.indicator)]
    if term.line is None:
        return _looked_up(value, list(term.points))
    return _on_line(value, term.line, POINT_SCALE)


def _mean(total: Any, weight: Any, divisor: int, *, signed: bool = True) -> Any:
    known = weight.cast("int64").nullif(0) * divisor
    return divided(total, known) if signed else _divided(total, known)


def _capped(cases: Any, score: Any, caps: tuple[Cap, ...]) -> Any:
    for cap in caps:
        value = cases[value_column(cap.indicator)]
        failed = value.isin(cap.levels) if cap.levels else _small(value, cap.at_most)
        score = (failed & (score > cap.to)).ifelse(ibis.literal(cap.to, "int64"), score)
    return score


def _small(value: Any, at_most: int) -> Any:
    return is_answer(value) & (value <= at_most)


def _with_composite(cases: Any, shape: Shape) -> Any:
    """In two steps, so that the sums are computed (and planned) once."""
    parts = [(part.weight, _blended(cases, part, shape.whole_blend)) for part in shape.composite]
    total, weight = _summed(parts)
    summed = cases.mutate(_total=total, _share=weight)
    mean = _mean(summed["_total"], summed["_share"], 1, signed=shape.signed)
    return summed.mutate(**{COMPOSITE_COLUMN: _capped(summed, mean, shape.composite_caps)})


def _summed(parts: Sequence[tuple[int, Any]]) -> tuple[Any, Any]:
    """Sum of weight x score, and sum of the weights of scores that are there."""
    total = reduce(_plus, (score.coalesce(0) * weight for weight, score in parts))
    return total, reduce(_plus, (score.notnull().ifelse(weight, 0) for weight, score in parts))


def _plus(first: Any, second: Any) -> Any:
    return first + second


def _blended(cases: Any, part: CompositePart, whole: bool) -> Any:
    """The case score of a dimension over its raters, as far as one input has them."""
    scores = [(weight, cases[score_column(at)]) for at, weight in part.scores]
    if len(scores) == 1:
        return scores[0][1]
    total, weight = _summed(scores)
    blended = _mean(total, weight, 1)
    full = sum(share for share, _ in scores)
    return (weight == full).ifelse(blended, ibis.null("int64")) if whole else blended
