"""Single answers of scope and comparison, as far as the tally keeps them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from loopqa.calc.question.amounts import Smallest, mean_of
from loopqa.calc.question.arms import Arms
from loopqa.calc.question.by_strata import ByStrata
from loopqa.calc.question.reading_sums import level_points
from loopqa.calc.question.readings import Reading
from loopqa.calc.question.request import Request
from loopqa.model.coding import NumberCoding
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE, Group, Tally
from loopqa.model.verdict import Arm, Asked

Counted = Iterator[tuple[str, str, Group, float, float]]
"""Quantity, window, group, points, answers (weights, where the reading is weighted)."""

Rates = Mapping[tuple[str, str, Arm], float]
"""(quantity, window, arm) → what turns weights into effective answers (Kish)."""


def histograms(
    tally: Tally,
    request: Request,
    wanted: Sequence[Reading],
    arms: Arms,
    smallest: Mapping[str, Smallest],
    strata: ByStrata,
    rates: Rates,
) -> dict[tuple[str, str, Arm], dict[float, float]]:
    """(quantity, window, arm) → points → answers, effective ones (Kish) where they have weights.

    Where the same customers were asked again these are theirs only. A dimension of several
    indicators has none: its case scores are not counted one by one. Numbers are there by bins.
    """
    found: dict[tuple[str, str, Arm], dict[float, float]] = {}
    paired = request.asked is not Asked.RANDOM and bool(tally.pairs)
    single = {one.indicator: one for one in wanted if one.indicator}
    rows = _of_pairs(tally, request, wanted) if paired else _of_answers(tally, single, smallest)
    for quantity, window, group, points, n in rows:
        arm = arms.seat(group).arm
        if arm is not None:
            counts = found.setdefault((quantity, window, arm), {})
            size = n if paired else n * strata.weight_of(quantity, window, group)
            counts[points] = counts.get(points, 0) + size
    return {
        key: _effective(counts, 1.0 if paired else rates.get(key, 1.0))
        for key, counts in found.items()
    }


def _effective(counts: Mapping[float, float], rate: float) -> dict[float, float]:
    ordered = sorted(counts.items())
    return dict(ordered) if rate == 1.0 else {points: rate * n for points, n in ordered}


def _of_pairs(tally: Tally, request: Request, wanted: Sequence[Reading]) -> Counted:
    turned = {one.quantity for one in wanted if one.own and one.yardstick.lower_is_better}
    for row in tally.pairs:
        scale = -CASE_SCALE if row.quantity in turned else CASE_SCALE
        yield row.quantity, request.before, row.group, row.before / scale, row.n
        yield row.quantity, request.after, row.group, row.after / scale, row.n


def _of_answers(
    tally: Tally, single: Mapping[str, Reading], smallest: Mapping[str, Smallest]
) -> Counted:
    for reading, count, points in level_points(tally, single):
        size = count.weight if reading.weighted else count.n
        yield reading.quantity, count.window, count.group, points, size
    for row in tally.values:
        told = single.get(row.indicator)
        if told is not None and not told.own and isinstance(told.coding, NumberCoding):
            value = number_worth(told.coding, row.value / NUMBER_SCALE)
            yield told.quantity, row.window, row.group, value, row.n
    yield from _of_bins(tally, single, smallest)


def _of_bins(
    tally: Tally, single: Mapping[str, Reading], smallest: Mapping[str, Smallest]
) -> Counted:
    for row in tally.bins:
        reading = single.get(row.indicator)
        if reading is None or not reading.own:
            continue
        if reading.yardstick.within is not None:
            yield reading.quantity, row.window, row.group, 100.0, row.within
            yield reading.quantity, row.window, row.group, 0.0, row.n - row.within
        else:
            ratio = reading.yardstick.ratio
            amount = smallest[row.indicator].amount(row) if ratio else mean_of(row)
            yield reading.quantity, row.window, row.group, reading.yardstick.inward(amount), row.n


def amounts(
    tally: Tally,
    request: Request,
    arms: Arms,
    wanted: Sequence[Reading],
    strata: ByStrata,
    rates: Rates,
) -> dict[tuple[str, str], dict[str, dict[float, float]]]:
    """(indicator, window) → cluster → amount → answers in the scope, as far as there are bins."""
    found: dict[tuple[str, str], dict[str, dict[float, float]]] = {}
    quantities = {one.indicator: one.quantity for one in wanted if one.indicator and one.own}
    for row in tally.bins:
        seat = arms.seat(row.group)
        if seat.arm is Arm.SCOPE and row.window in {request.before, request.after}:
            clusters = found.setdefault((row.indicator, row.window), {})
            counts = clusters.setdefault(seat.cluster, {})
            amount = mean_of(row)
            quantity = quantities.get(row.indicator, "")
            rate = rates.get((quantity, row.window, Arm.SCOPE), 1.0)
            size = rate * strata.weight_of(quantity, row.window, row.group)
            counts[amount] = counts.get(amount, 0) + (row.n if size == 1.0 else size * row.n)
    return found


def number_worth(coding: NumberCoding, number: float) -> float:
    """Points of one number, or the number itself where it is scored in no other way."""
    if coding.line is None or not coding.scored:
        return number
    offset, slope = coding.line
    return offset + slope * number
