"""The sums of a tally as the readings see them: in points, or in an indicator's own unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from loopqa.calc.question.amounts import Smallest
from loopqa.calc.question.own_units import contributions
from loopqa.calc.question.readings import Reading
from loopqa.model.coding import LevelCoding, NumberCoding
from loopqa.model.tally import (
    CASE_SCALE,
    NUMBER_SCALE,
    Group,
    LevelCount,
    Moments,
    MomentSum,
    Tally,
)
from loopqa.model.yardstick import Kind

Row = tuple[str, str, Group, Moments]
"""A reading's quantity, window, group, moments in its points (more is better)."""


def sums(
    tally: Tally, wanted: Sequence[Reading], smallest: Mapping[str, Smallest]
) -> Iterator[Row]:
    """Everything the tally knows about the readings.

    A reading without case scores of its own is read off its only indicator; so is a weighted one,
    with sums of weights for numbers of answers.
    """
    known = {one.quantity for one in wanted if not one.own and not one.weighted}
    seen: set[str] = set()
    for row in tally.moments:
        if row.quantity in known:
            seen.add(row.quantity)
            yield row.quantity, row.window, row.group, _scaled(row, CASE_SCALE)
    rest = {one.indicator: one for one in wanted if one.indicator and one.quantity not in seen}
    if rest:
        yield from _number_sums(tally, rest)
        yield from _level_sums(tally, rest)
        yield from _bin_sums(tally, rest, smallest)


def _scaled(row: MomentSum, scale: int) -> Moments:
    return Moments(row.n, row.total / scale, row.squares / scale**2)


def _number_sums(tally: Tally, wanted: Mapping[str, Reading]) -> Iterator[Row]:
    for row in tally.moments:
        reading = wanted.get(row.quantity)
        if reading is None or not isinstance(reading.coding, NumberCoding):
            continue
        numbers = _scaled(row, NUMBER_SCALE)
        if not reading.own:
            points = _on_line(numbers, reading.coding)
            yield reading.quantity, row.window, row.group, points
        elif reading.yardstick.kind is Kind.AMOUNT:
            yield reading.quantity, row.window, row.group, turned(numbers, reading)


def turned(moments: Moments, reading: Reading) -> Moments:
    """The moments with more being better."""
    if not reading.yardstick.lower_is_better:
        return moments
    return Moments(moments.n, -moments.total, moments.squares)


def _on_line(numbers: Moments, coding: NumberCoding) -> Moments:
    """The points of numbers, from the sums of the numbers."""
    if coding.line is None or not coding.scored:
        return numbers
    offset, slope = coding.line
    n, total = numbers.n, numbers.total
    squares = n * offset**2 + 2 * offset * slope * total + slope**2 * numbers.squares
    return Moments(n, n * offset + slope * total, squares)


def worth(reading: Reading) -> Mapping[float, float]:
    """Level → points of its answers, more being better."""
    assert isinstance(reading.coding, LevelCoding)
    if not reading.own:
        return reading.coding.points
    sign = -1.0 if reading.yardstick.lower_is_better else 1.0
    return {level: sign * amount for level, amount in contributions(reading.coding).items()}


def level_points(
    tally: Tally, wanted: Mapping[str, Reading]
) -> Iterator[tuple[Reading, LevelCount, float]]:
    """Every count of a level that is worth points, with its reading (by indicator) and points."""
    points = {
        key: worth(reading)
        for key, reading in wanted.items()
        if isinstance(reading.coding, LevelCoding)
    }
    for row in tally.levels:
        if row.level is None or row.indicator not in points:
            continue
        value = points[row.indicator].get(row.level)
        if value is not None:
            yield wanted[row.indicator], row, value


def _level_sums(tally: Tally, wanted: Mapping[str, Reading]) -> Iterator[Row]:
    for reading, row, value in level_points(tally, wanted):
        n = row.weight if reading.weighted else row.n
        yield reading.quantity, row.window, row.group, Moments(n, n * value, n * value**2)


def _bin_sums(
    tally: Tally, wanted: Mapping[str, Reading], smallest: Mapping[str, Smallest]
) -> Iterator[Row]:
    for row in tally.bins:
        reading = wanted.get(row.indicator)
        if reading is None or not reading.own:
            continue
        if reading.yardstick.within is not None:
            met = Moments(row.n, 100.0 * row.within, 1e4 * row.within)
            yield reading.quantity, row.window, row.group, met
        elif reading.yardstick.ratio:
            value = reading.yardstick.inward(smallest[row.indicator].amount(row))
            answers = Moments(row.n, row.n * value, row.n * value**2)
            yield reading.quantity, row.window, row.group, answers
