"""Rubrics made in a line, and tallies of single cases counted in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from loopqa.calc.scoring.answers import code
from loopqa.model.coding import LevelCoding
from loopqa.model.rubric import (
    Blend,
    Boxes,
    ColumnMeasure,
    Condition,
    Dimension,
    FindingRule,
    Indicator,
    Label,
    Measure,
    Rubric,
    Scale,
    SchemeSpec,
    indicator_key,
)
from loopqa.model.tally import (
    COMPOSITE,
    LevelCount,
    MomentSum,
    Tally,
    ValueCount,
    dimension_quantity,
)
from loopqa.plugin.host import builtin_host

NOW = "now"

FIVE = Scale(1, 5)
HUNDRED = Scale(0, 100)
BOXES = Boxes((4.0, 5.0), (1.0, 2.0))

Case = Mapping[str, Any]
"""Answers by ``dimension.indicator``; also ``weight``, ``window`` and columns to group by."""


def label(name: str) -> Label:
    return Label(name, name)


def indicator(
    name: str = "rating",
    *,
    rater: str = "customer",
    measure: Measure | None = None,
    score: Mapping[str, Any] | None = None,
    weight: float = 1.0,
    **more: Any,
) -> Indicator:
    options = dict(score or {"type": "rating"})
    return Indicator(
        id=name,
        rater=rater,
        title=label(name),
        measure=measure or ColumnMeasure((name,)),
        scheme=SchemeSpec(options.pop("type"), options),
        weight=weight,
        **more,
    )


def dimension(name: str, *indicators: Indicator, weight: float = 1.0, **more: Any) -> Dimension:
    return Dimension(name, label(name), weight, indicators or (indicator(),), **more)


def rubric(
    *dimensions: Dimension, scale: Scale = FIVE, boxes: Boxes = BOXES, **more: Any
) -> Rubric:
    more.setdefault("finding", FindingRule(below=3.0, min_n=30, bottom_share_above=0.3))
    return Rubric("small", "1", label("small"), scale, boxes, dimensions, "0" * 64, **more)


def blend(customer: float = 0.6, internal: float = 0.4, **more: Any) -> Blend:
    return Blend({"customer": customer, "internal": internal}, **more)


def target(written: str) -> Condition:
    return Condition.parse(written)


def schemes_of(standard: Rubric) -> Any:
    return builtin_host().schemes(standard)


def tally_of(standard: Rubric, cases: Sequence[Case], *, by: Sequence[str] = ()) -> Tally:
    """Count cases the way the definition says it, without a query engine."""
    schemes = schemes_of(standard)
    levels: dict[Any, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    values: Counter[Any] = Counter()
    moments: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    for case in cases:
        window, weight = case.get("window", NOW), case.get("weight", 1.0)
        group = tuple(case.get(column, "") for column in by)
        points: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for part, one in standard.indicators:
            key = indicator_key(part, one)
            if key not in case:
                continue
            coding = schemes[key].code()
            raw = None if case[key] is None else str(case[key])
            state, value = code(raw, one.measure, coding)
            is_level = isinstance(coding, LevelCoding)
            count = levels[window, key, group, state, value if is_level else None]
            count[0] += 1
            count[1] += weight
            count[2] += weight * weight
            if value is None:
                continue
            if not is_level:
                thousandths = round(value * 1000)
                values[window, key, group, thousandths] += 1
                _add(moments[window, key, group], thousandths)
            worth = _points(coding, value)
            if worth is not None and one.weight > 0 and coding.scored:
                points[part.id][one.rater].append((one.weight, worth))
        _add_case_scores(standard, points, moments, window, group)
    return Tally(
        by=tuple(by),
        levels=tuple(LevelCount(*key, *count) for key, count in levels.items()),
        moments=tuple(MomentSum(*key, *sums) for key, sums in moments.items()),
        values=tuple(ValueCount(*key, n) for key, n in values.items()),
    )


def _points(coding: Any, value: float) -> float | None:
    if isinstance(coding, LevelCoding):
        return coding.points[value]
    return None if coding.line is None else coding.line[0] + coding.line[1] * value


def _add(sums: list[int], value: int) -> None:
    sums[0] += 1
    sums[1] += value
    sums[2] += value * value


def _add_case_scores(
    standard: Rubric, points: Any, moments: Any, window: str, group: tuple[str, ...]
) -> None:
    whole: list[tuple[float, float]] = []
    for part in standard.dimensions:
        for rater, answered in points[part.id].items():
            mean = sum(w * p for w, p in answered) / sum(w for w, _ in answered)
            _add(moments[window, dimension_quantity(part.id, rater), group], round(mean * 100))
            whole.append((part.weight, mean))
    if sum(w for w, _ in whole) > 0:
        mean = sum(w * p for w, p in whole) / sum(w for w, _ in whole)
        _add(moments[window, COMPOSITE, group], round(mean * 100))


def answers(key: str, *values: Any, **columns: Any) -> list[dict[str, Any]]:
    """One case for each value of one indicator."""
    return [{key: value, **columns} for value in values]


def spread_out(key: str, counts: Mapping[Any, int], **columns: Any) -> list[dict[str, Any]]:
    """Cases as often as the histogram says."""
    return [{key: value, **columns} for value, n in counts.items() for _ in range(n)]
