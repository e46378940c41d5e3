"""In which unit an indicator is judged where a dimension consists of it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loopqa.calc.scoring.indicators import QUANTILES
from loopqa.model.coding import Coding, LevelCoding, NumberCoding
from loopqa.model.rubric import (
    Condition,
    DurationMeasure,
    Indicator,
    RepeatMeasure,
)
from loopqa.model.yardstick import Kind, Yardstick

_SHARE = frozenset({0.0, 100.0})
_TIMES = frozenset(
    {"ms", "s", "sec", "seconds", "min", "minutes", "h", "hours", "d", "days"}
    | {"毫秒", "秒", "分", "分钟", "时", "小时", "天", "日"}
)
_NET = frozenset({-100.0, 0.0, 100.0})


def is_rating(coding: Coding) -> bool:
    """Whether answers are points of a rating scale rather than a KPI with a unit of its own."""
    if isinstance(coding, NumberCoding):
        return coding.scored and coding.line == (0.0, 1.0)
    kinds = frozenset(contributions(coding).values())
    return len(kinds) < 2 or not kinds <= _NET


def contributions(coding: LevelCoding) -> Mapping[float, float]:
    """Level → what an answer adds to the indicator's value, in its own unit."""
    return coding.amounts or coding.points


def yardstick_of(indicator: Indicator, coding: Coding, unit: str) -> Yardstick:
    """How an indicator is judged by itself; ``unit`` is that of its value.

    Shares are told in percentage points, net promoter scores in their points, positive amounts
    by their ratio. A quantile other than the median is judged by the share of answers within the
    target, if it has one. Bounded amounts of which more is better are a scale of their own.
    """
    lower = lower_is_better(indicator, coding)
    if isinstance(coding, LevelCoding):
        return Yardstick(_level_kind(coding), _level_unit(coding, unit), lower)
    target = target_of(indicator)
    if QUANTILES.get(indicator.aggregate, 0.5) != 0.5 and target is not None:
        return Yardstick(Kind.SHARE, "%", within=target)
    bounded = coding.low is not None and coding.high is not None and not lower
    negative = coding.low is not None and coding.low < 0
    return Yardstick(Kind.AMOUNT if bounded or negative else Kind.RATIO, unit, lower)


def _level_kind(coding: LevelCoding) -> Kind:
    if is_rating(coding):
        return Kind.POINTS
    return Kind.SHARE if set(contributions(coding).values()) <= _SHARE else Kind.NPS


def _level_unit(coding: LevelCoding, unit: str) -> str:
    return {Kind.POINTS: "", Kind.SHARE: "%", Kind.NPS: unit or "points"}[_level_kind(coding)]


def target_of(indicator: Indicator) -> Condition | None:
    """The indicator's target; else the one that its attainment is measured by."""
    if indicator.target is not None:
        return indicator.target
    floor, target = (_number(indicator.scheme.options.get(one)) for one in ("floor", "target"))
    if floor is None or target is None:
        return None
    return Condition("<=" if target < floor else ">=", target)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def lower_is_better(indicator: Indicator, coding: Coding) -> bool:
    """Whether a fall of the value is an improvement.

    What it is worth in points says so; else its target, attainment or bands; times and repeat
    contacts without any of these are the better the less there is of them.
    """
    stated = stated_direction(indicator, coding)
    if stated is not None:
        return stated
    if isinstance(coding, NumberCoding):
        return isinstance(indicator.measure, DurationMeasure) or indicator.unit in _TIMES
    return isinstance(indicator.measure, RepeatMeasure)


def stated_direction(indicator: Indicator, coding: Coding) -> bool | None:
    """Whether the rubric says that less is better; None where it says nothing."""
    slope = _slope(coding)
    if slope is not None:
        return slope < 0
    stated = target_of(indicator) or _best_band(indicator.scheme.options.get("bands"))
    return stated.lower_is_better if stated is not None else None


def _slope(coding: Coding) -> float | None:
    if not coding.scored:
        return None
    if isinstance(coding, NumberCoding):
        return coding.line[1] if coding.line else None
    if not coding.amounts:
        return 1.0
    worst, best = (pick(coding.amounts, key=coding.amounts.__getitem__) for pick in (min, max))
    return coding.points[best] - coding.points[worst]


def _best_band(bands: Any) -> Condition | None:
    if not isinstance(bands, Mapping) or not bands:
        return None
    best = max(bands, key=float)
    try:
        return Condition.parse(str(bands[best]))
    except ValueError:
        return None


def flag_cut(
    indicator: Indicator, coding: Coding, yardstick: Yardstick, below: float | None
) -> float | None:
    """Below what the mean of answers (more being better) had to lie for the cell to be a finding.

    That is the rubric's threshold ``below`` in the indicator's own unit, or else its target. None
    where neither is known.
    """
    if yardstick.within is not None:
        return 100 * QUANTILES[indicator.aggregate]
    value = None if below is None else _value_worth(coding, below)
    if value is None:
        target = target_of(indicator)
        value = None if target is None else target.value
    if value is None or (yardstick.ratio and value <= 0):
        return None
    return yardstick.inward(value)


def _value_worth(coding: Coding, points: float) -> float | None:
    """The value that is worth these points; None where values have no points on a line."""
    if not coding.scored:
        return None
    if isinstance(coding, NumberCoding):
        return (points - coding.line[0]) / coding.line[1] if coding.line else None
    amounts = contributions(coding)
    first, last = (pick(amounts, key=amounts.__getitem__) for pick in (min, max))
    rise = coding.points[last] - coding.points[first]
    if not rise:
        return None
    way = (points - coding.points[first]) / rise
    return amounts[first] + way * (amounts[last] - amounts[first])
