"""Single answers of the scope before and after, as far as the tally keeps them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from loopqa.calc.verdict.arms import Arms
from loopqa.calc.verdict.readings import Reading, worth
from loopqa.calc.verdict.request import Request
from loopqa.model.coding import LevelCoding, NumberCoding
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE, Group, Tally
from loopqa.model.verdict import Arm, Asked

Counted = Iterator[tuple[str, str, Group, float, int]]
"""Quantity, window, group, points, answers."""


def histograms(
    tally: Tally, request: Request, wanted: Sequence[Reading], arms: Arms
) -> dict[tuple[str, str], dict[float, int]]:
    """(quantity, window) → points → answers in the scope.

    Where the same customers were asked again these are theirs only. A dimension of several
    indicators has none: its case scores are not counted one by one.
    """
    found: dict[tuple[str, str], dict[float, int]] = {}
    paired = request.asked is not Asked.RANDOM and bool(tally.pairs)
    single = {one.indicator: one for one in wanted if one.indicator}
    rows = _of_pairs(tally, request) if paired else _of_answers(tally, single)
    windows = {request.before, request.after}
    for quantity, window, group, points, n in rows:
        if window in windows and arms.seat(group).arm is Arm.SCOPE:
            counts = found.setdefault((quantity, window), {})
            counts[points] = counts.get(points, 0) + n
    return {key: dict(sorted(counts.items())) for key, counts in found.items()}


def _of_pairs(tally: Tally, request: Request) -> Counted:
    for row in tally.pairs:
        yield row.quantity, request.before, row.group, row.before / CASE_SCALE, row.n
        yield row.quantity, request.after, row.group, row.after / CASE_SCALE, row.n


def _of_answers(tally: Tally, single: Mapping[str, Reading]) -> Counted:
    for level in tally.levels:
        reading = single.get(level.indicator)
        if reading is None or level.level is None or not isinstance(reading.coding, LevelCoding):
            continue
        points = worth(reading.coding).get(level.level)
        if points is not None:
            yield reading.quantity, level.window, level.group, points, level.n
    for value in tally.values:
        reading = single.get(value.indicator)
        if reading is not None and isinstance(reading.coding, NumberCoding):
            number = value.value / NUMBER_SCALE
            points = number_worth(reading.coding, number)
            yield reading.quantity, value.window, value.group, points, value.n


def number_worth(coding: NumberCoding, number: float) -> float:
    """Points of one number, or the number itself where it is scored in no other way."""
    if coding.line is None or not coding.scored:
        return number
    offset, slope = coding.line
    return offset + slope * number
