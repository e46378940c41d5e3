"""Aggregates: what the answers of one indicator come to, before anybody calls it good or bad.

An aggregate says how single answers are coded, what each contributes to the value (its amount),
and what the value is. Scoring schemes add what the value is worth on the rubric's scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from loopqa.calc.scoring.indicators import QUANTILES
from loopqa.calc.scoring.quantiles import quantile
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.coding import Coding, Histogram, LevelCoding, NumberCoding
from loopqa.model.rubric import Boxes, ColumnMeasure, Condition, Measure, RepeatMeasure, Scale

MOST_LEVELS = 21  #: a scale with more whole numbers is treated as continuous

Of = Condition | tuple[float, ...] | None
"""What a share counts: answers that meet a condition, or on these levels; None: level 1."""

_OPPOSITE = {">=": "<", ">": "<=", "<=": ">", "<": ">="}


def levels_of(measure: Measure, scale: Scale) -> tuple[float, ...] | None:
    """The levels that answers can have, ascending; None where they are numbers of any kind.

    Whole numbers from the lowest to the highest of the measure's own scale, or else the rubric's,
    and whatever texts are mapped to.
    """
    if isinstance(measure, RepeatMeasure):
        return (0.0, 1.0)
    if not isinstance(measure, ColumnMeasure):
        return None
    low = scale.low if measure.low is None else measure.low
    high = scale.high if measure.high is None else measure.high
    if low != int(low) or high != int(high) or high - low >= MOST_LEVELS:
        return None
    whole = {float(level) for level in range(int(low), int(high) + 1)}
    return tuple(sorted(whole | set(measure.values.values())))


def has_own_scale(measure: Measure) -> bool:
    """Whether the measure itself says which answers there are."""
    if isinstance(measure, RepeatMeasure):
        return True
    return isinstance(measure, ColumnMeasure) and bool(
        measure.values or measure.low is not None or measure.high is not None
    )


def texts_of(measure: Measure) -> Mapping[str, float]:
    """The measure's mapping from texts to levels; empty if it has none."""
    return measure.values if isinstance(measure, ColumnMeasure) else {}


def mean_amount(
    histogram: Histogram, amounts: Mapping[float, float], *, weighted: bool = False
) -> float | None:
    """Mean of the amounts over the answers (or over their weights); None without any.

    >>> mean_amount(Histogram({4.0: (1, 1.0), 5.0: (3, 3.0)}), {4.0: 4, 5.0: 5})
    4.75
    """
    sizes = {
        level: weight if weighted else n
        for level, (n, weight) in histogram.counts.items()
        if level in amounts
    }
    total = math.fsum(sizes.values())
    if total <= 0:
        return None
    return math.fsum(size * amounts[level] for level, size in sizes.items()) / total


@dataclass(frozen=True)
class Aggregate:
    """How the answers of one indicator are counted and what value they make.

    Either ``amounts`` is filled (few levels; the value is the mean amount) or the answers are
    numbers and ``number`` makes the value of their counts.
    """

    unit: str  #: of the value, if the rubric does not name one
    amounts: Mapping[float, float] = field(default_factory=dict)  #: level → amount
    texts: Mapping[str, float] = field(default_factory=dict)  #: normalised text → level or number
    bands: tuple[tuple[float, Condition], ...] = ()  #: numbers → level
    low: float | None = None  #: bounds of numbers
    high: float | None = None
    number: Callable[[Mapping[float, int]], float | None] | None = None
    additive: bool = False  #: numbers only: the value is their mean

    def value(self, histogram: Histogram) -> float | None:
        """The value in its unit; None without answers."""
        if self.number is None:
            return mean_amount(histogram, self.amounts)
        return self.number({value: n for value, (n, _) in histogram.counts.items() if n})

    def coding(
        self,
        worth: Callable[[float], float] | None = None,
        line: tuple[float, float] | None = None,
    ) -> Coding:
        """The coding; ``worth`` turns an amount into points, ``line`` does so for numbers.

        Without ``worth`` the answers count in no case score.
        """
        scored = worth is not None
        if self.number is not None:
            return NumberCoding(
                self.texts, self.low, self.high, line if self.additive else None, scored
            )
        if worth is None:
            return LevelCoding(self.amounts, self.texts, self.bands, scored=False)
        points = {level: worth(amount) for level, amount in self.amounts.items()}
        own = {} if points == self.amounts else self.amounts
        return LevelCoding(points, self.texts, self.bands, own)


def aggregate_of(
    name: str, measure: Measure, scale: Scale, boxes: Boxes, *, of: Of = None, few: bool = False
) -> Aggregate:
    """The aggregate ``mean``, ``median``, ``p90``, ``share`` or ``nps`` of a measure.

    ``few``: take the rubric's scale for a column that does not name its own (otherwise such a
    column holds numbers of any size, e.g. seconds).

    Raises:
        UsageError: the aggregate can't be made of the measure, or ``of`` is missing or idle.
    """
    if name == "share":
        return share_of(measure, scale, boxes, of)
    if of is not None:
        raise UsageError(
            text("'of' says what a share counts, but the aggregate is {aggregate}", aggregate=name),
            hint=text("add aggregate: share to the indicator, or drop 'of'"),
        )
    if name == "nps":
        return net_promoters(measure)
    if name in QUANTILES:
        return _numbers(measure, lambda counts: quantile(counts, QUANTILES[name]), additive=False)
    levels = levels_of(measure, scale) if few or has_own_scale(measure) else None
    if levels is None:
        return _numbers(measure, _mean, additive=True)
    return Aggregate("", {level: level for level in levels}, texts_of(measure))


def _numbers(
    measure: Measure, number: Callable[[Mapping[float, int]], float | None], *, additive: bool
) -> Aggregate:
    low = measure.low if isinstance(measure, ColumnMeasure) else None
    high = measure.high if isinstance(measure, ColumnMeasure) else None
    return Aggregate(
        "", texts=texts_of(measure), low=low, high=high, number=number, additive=additive
    )


def _mean(counts: Mapping[float, int]) -> float | None:
    total = sum(counts.values())
    return math.fsum(value * n for value, n in counts.items()) / total if total else None


def share_of(measure: Measure, scale: Scale, boxes: Boxes, of: Of) -> Aggregate:
    """Percentage of the answers that meet ``of``; without it, of ones, or of the top box.

    Raises:
        UsageError: it can't be told which answers are meant.
    """
    if isinstance(of, Condition):
        return _share_within(measure, of)
    levels = _yes_no(measure) if of is None else None
    levels = levels or levels_of(measure, scale)
    counted = tuple(of) if of else _counted(levels, boxes)
    if levels is None or not counted or not set(counted) <= set(levels):
        raise UsageError(
            text("it can't be told which answers the share counts"),
            hint=text("say so with 'of', such as of: [4, 5] or of: \"<= 15\""),
        )
    amounts = {level: 100.0 if level in counted else 0.0 for level in levels}
    return Aggregate("%", amounts, texts_of(measure))


def _yes_no(measure: Measure) -> tuple[float, ...] | None:
    """0 and 1 for a column that names no scale, or maps its texts to nothing else."""
    if not isinstance(measure, ColumnMeasure) or not (measure.low is None and measure.high is None):
        return None
    return (0.0, 1.0) if set(measure.values.values()) <= {0.0, 1.0} else None


def _counted(levels: Collection[float] | None, boxes: Boxes) -> tuple[float, ...]:
    if levels is None:
        return ()
    return (1.0,) if set(levels) <= {0.0, 1.0} else boxes.top


def _share_within(measure: Measure, condition: Condition) -> Aggregate:
    texts = {written: float(condition.holds(at)) for written, at in texts_of(measure).items()}
    return Aggregate(
        "%", {0.0: 0.0, 1.0: 100.0}, texts, bands=((1.0, condition), *_otherwise(condition))
    )


def _otherwise(condition: Condition) -> tuple[tuple[float, Condition], ...]:
    if condition.operator in _OPPOSITE:
        return ((0.0, Condition(_OPPOSITE[condition.operator], condition.value)),)
    return tuple((0.0, Condition(operator, condition.value)) for operator in ("<", ">"))


def net_promoters(measure: Measure) -> Aggregate:
    """Promoters (9-10) minus detractors (0-6) in points, on the usual scale from 0 to 10.

    Raises:
        UsageError: the measure is no question, or its scale does not end in 10.
    """
    named = isinstance(measure, ColumnMeasure)
    low = measure.low if isinstance(measure, ColumnMeasure) and measure.low is not None else 0.0
    high = measure.high if isinstance(measure, ColumnMeasure) and measure.high is not None else 10.0
    if not named or high != 10 or low not in {0.0, 1.0}:
        raise UsageError(
            text("a net promoter score needs answers from 0 to 10"),
            hint=text("give the measure low: 0 and high: 10"),
        )
    levels = range(int(low), 11)
    amounts = {float(at): 100.0 if at >= 9 else -100.0 if at <= 6 else 0.0 for at in levels}
    return Aggregate("points", amounts, texts_of(measure))
