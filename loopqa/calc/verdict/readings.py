"""How one rater's part of a dimension is read off a tally, and on which scale its points lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from loopqa.model.coding import Coding, LevelCoding, NumberCoding, Scheme
from loopqa.model.rubric import Dimension, Indicator, Rubric, indicator_key
from loopqa.model.score import Interval
from loopqa.model.tally import (
    CASE_SCALE,
    NUMBER_SCALE,
    Group,
    Moments,
    MomentSum,
    Tally,
    dimension_quantity,
)


@dataclass(frozen=True)
class Reading:
    """One rater's part of a dimension: the quantity it is told by."""

    dimension: str
    rater: str
    quantity: str  #: its case score in the tally
    indicator: str | None  #: the only indicator, if there is just one
    coding: Coding | None = field(compare=False)  #: of that indicator
    scale: Interval | None  #: of the points; None: unbounded numbers
    lower_is_better: bool = False


def readings(rubric: Rubric, schemes: Mapping[str, Scheme], dimension: Dimension) -> list[Reading]:
    """What each rater says on a dimension; a lone unscored indicator is told in its own unit."""
    coded = [(one, schemes[indicator_key(dimension, one)].code()) for one in dimension.indicators]
    scored = [(one, coding) for one, coding in coded if coding.scored]
    if not scored and len(coded) == 1:
        return [_unscored(dimension, *coded[0])]
    whole = (rubric.scale.low, rubric.scale.high)
    found = []
    for rater in dict.fromkeys(one.rater for one, _ in scored):
        own = [(one, coding) for one, coding in scored if one.rater == rater]
        found.append(_reading(dimension, rater, own, whole))
    return found


def _reading(
    dimension: Dimension, rater: str, own: Sequence[tuple[Indicator, Coding]], scale: Interval
) -> Reading:
    single = own[0] if len(own) == 1 else None
    return Reading(
        dimension.id,
        rater,
        dimension_quantity(dimension.id, rater),
        indicator_key(dimension, single[0]) if single else None,
        single[1] if single else None,
        scale,
    )


def _unscored(dimension: Dimension, indicator: Indicator, coding: Coding) -> Reading:
    target = indicator.target or dimension.target
    return Reading(
        dimension.id,
        indicator.rater,
        dimension_quantity(dimension.id, indicator.rater),
        indicator_key(dimension, indicator),
        coding,
        _own_scale(coding),
        lower_is_better=target is not None and target.lower_is_better,
    )


def _own_scale(coding: Coding) -> Interval | None:
    if isinstance(coding, LevelCoding):
        values = worth(coding).values()
        return (min(values), max(values)) if values else None
    if coding.low is None or coding.high is None:
        return None
    return coding.low, coding.high


def worth(coding: LevelCoding) -> Mapping[float, float]:
    """Level → points, or what a level adds to the value where it is scored in no other way."""
    return coding.points if coding.scored or not coding.amounts else coding.amounts


def sums(tally: Tally, wanted: Sequence[Reading]) -> Iterator[tuple[str, str, Group, Moments]]:
    """(reading's quantity, window, group, moments in points) of everything the tally knows.

    A reading without case scores of its own is read off its only indicator.
    """
    known = {one.quantity for one in wanted}
    seen: set[str] = set()
    for row in tally.moments:
        if row.quantity in known:
            seen.add(row.quantity)
            yield row.quantity, row.window, row.group, _scaled(row, CASE_SCALE)
    rest = {one.indicator: one for one in wanted if one.indicator and one.quantity not in seen}
    if rest:
        yield from _number_sums(tally, rest)
        yield from _level_sums(tally, rest)


def _scaled(row: MomentSum, scale: int) -> Moments:
    return Moments(row.n, row.total / scale, row.squares / scale**2)


def _number_sums(
    tally: Tally, wanted: Mapping[str, Reading]
) -> Iterator[tuple[str, str, Group, Moments]]:
    for row in tally.moments:
        reading = wanted.get(row.quantity)
        if reading is not None and isinstance(reading.coding, NumberCoding):
            numbers = _scaled(row, NUMBER_SCALE)
            yield reading.quantity, row.window, row.group, _on_line(numbers, reading.coding)


def _on_line(numbers: Moments, coding: NumberCoding) -> Moments:
    """The points of numbers, from the sums of the numbers."""
    if coding.line is None or not coding.scored:
        return numbers
    offset, slope = coding.line
    n, total = numbers.n, numbers.total
    squares = n * offset**2 + 2 * offset * slope * total + slope**2 * numbers.squares
    return Moments(n, n * offset + slope * total, squares)


def _level_sums(
    tally: Tally, wanted: Mapping[str, Reading]
) -> Iterator[tuple[str, str, Group, Moments]]:
    for row in tally.levels:
        reading = wanted.get(row.indicator)
        if row.level is None or reading is None or not isinstance(reading.coding, LevelCoding):
            continue
        points = worth(reading.coding).get(row.level)
        if points is not None:
            answers = Moments(row.n, row.n * points, row.n * points**2)
            yield reading.quantity, row.window, row.group, answers
