"""Tallies: the counts and exact integer sums from which every score and verdict is computed.

They are the same records for a thousand and for a billion cases, and on every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from loopqa.model.coding import State
from loopqa.model.rubric import Condition
from loopqa.model.yardstick import Kind

Group = tuple[str, ...]
"""Values of the tally's ``by`` columns, in that order; "" where a case has none."""

CASE_SCALE = 100  #: case scores of dimensions and the composite are integer hundredths
NUMBER_SCALE = 1000  #: numbers (minutes, shares, amounts) are integer thousandths

BIN_RATIO = 1.05  #: of the ends of one bin of numbers
ZERO_BIN, NEGATIVE_BIN = -1, -2  #: bins of numbers that have no logarithm

COMPOSITE = "composite"  #: name of the composite's quantity

STRATUM = "=stratum"  #: last column of ``Tally.by`` where a sample was drawn by strata


def dimension_quantity(dimension: str, rater: str) -> str:
    """Name of the case score of one rater's part of a dimension: ``dimension@rater``."""
    return f"{dimension}@{rater}"


class OwnScore(NamedTuple):
    """What one case is worth in the own unit of an indicator, for pairs and binned numbers.

    Values are integers per CASE_SCALE; of a ratio they are 100 natural logarithms.
    """

    quantity: str
    indicator: str  #: dimension.indicator
    kind: Kind
    amounts: tuple[tuple[float, float], ...] = ()  #: (level, amount); empty: numbers
    within: Condition | None = None  #: numbers: 100 where this holds, else 0


def own_quantity(indicator: str, kind: Kind) -> str:
    """Name of the case score of an indicator in its own unit: ``dimension.indicator=ratio``."""
    return f"{indicator}={kind.value}"


class LevelCount(NamedTuple):
    """Levels: how many answers of an indicator had this level, or this state, in a group."""

    window: str  #: label of the window, e.g. "before", "after", "2026-03-01..2026-03-31"
    indicator: str  #: dimension.indicator
    group: Group
    state: State
    level: float | None  #: None unless the state is answered
    n: int
    weight: float  #: sum of case weights (n where the input has no weights)
    weight2: float  #: sum of squared case weights


class MomentSum(NamedTuple):
    """Moments: count, sum and sum of squares of one quantity in a group, as exact integers.

    ``quantity`` is an indicator (``dimension.indicator``, numbers only, per NUMBER_SCALE), the case
    score of a dimension by one rater (``dimension@rater``, per CASE_SCALE) or ``composite``.
    """

    window: str
    quantity: str
    group: Group
    n: int
    total: int
    squares: int


class ValueCount(NamedTuple):
    """Value counts of a number indicator in a group, for medians and quantiles."""

    window: str
    indicator: str
    group: Group
    value: int  #: per NUMBER_SCALE
    n: int


class BinCount(NamedTuple):
    """Numbers of an indicator in a group by bins whose ends differ by BIN_RATIO.

    Bin k holds the numbers of BIN_RATIO^k to BIN_RATIO^(k+1) thousandths. With the sum of its
    numbers a bin tells its mean, so sums of logarithms are right to 0.0003 for each answer (the
    square of half a bin's width, halved) and quantiles to 2.5 %; both are exact where the numbers
    in a bin are all the same.
    """

    window: str
    indicator: str
    group: Group
    bin: int  #: or ZERO_BIN, NEGATIVE_BIN
    n: int
    total: int  #: sum of the numbers, per NUMBER_SCALE
    within: int  #: how many of them meet the target; 0 without one


class CrossCount(NamedTuple):
    """Cross: cases that have these scores together (per CASE_SCALE), all of one input."""

    window: str
    quantities: tuple[str, ...]  #: every case score of the input
    values: tuple[int | None, ...]  #: in that order; None where a case lacks the score
    n: int


class JointSum(NamedTuple):
    """Cases with a score of one dimension by two raters: sums per CASE_SCALE."""

    window: str
    first: str  #: quantity
    second: str  #: quantity
    group: Group
    n: int
    firsts: int
    seconds: int
    products: int  #: per CASE_SCALE squared


class PairCount(NamedTuple):
    """Pairs: the same customers in two windows; latest scores, per CASE_SCALE."""

    quantity: str
    group: Group  #: of the earlier case
    before: int
    after: int
    n: int


class PairSum(NamedTuple):
    """Pairs: sums over customers of their mean score in both windows, in points (not scaled)."""

    quantity: str
    group: Group  #: of the customer's latest earlier case
    n: int
    before: float
    after: float
    before_squares: float
    after_squares: float
    products: float


class ResponseCount(NamedTuple):
    """Cases of a rater, and those without an answer to any of its indicators.

    Where an input holds a row for everybody who was invited, the latter did not respond.
    """

    window: str
    rater: str
    group: Group
    cases: int
    silent: int


class StratumSize(NamedTuple):
    """A stratum of a rater's sample: how many cases the population has in it."""

    window: str
    rater: str
    stratum: str
    population: int


@dataclass(frozen=True)
class Tally:
    """All counts of one evaluation, grouped by the columns ``by``."""

    by: tuple[str, ...] = ()
    levels: tuple[LevelCount, ...] = ()
    moments: tuple[MomentSum, ...] = ()
    values: tuple[ValueCount, ...] = ()
    cross: tuple[CrossCount, ...] = ()
    pairs: tuple[PairCount, ...] = ()
    pair_sums: tuple[PairSum, ...] = ()
    bins: tuple[BinCount, ...] = ()
    joint: tuple[JointSum, ...] = ()
    responses: tuple[ResponseCount, ...] = ()
    strata: tuple[StratumSize, ...] = ()  #: with them, groups end with the stratum (STRATUM)


@dataclass(frozen=True)
class Moments:
    """Count, sum and sum of squares of a score in points; adds up over groups.

    >>> Moments.of([1.0, 2.0, 3.0]).variance
    1.0
    """

    n: float = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: list[float]) -> Moments:
        """Moments of single values."""
        return cls(len(values), sum(values), sum(value * value for value in values))

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Arithmetic mean; NaN without answers."""
        return self.total / self.n if self.n else float("nan")

    @property
    def variance(self) -> float:
        """Sample variance (n - 1); NaN below two answers, never negative."""
        if self.n < 2:
            return float("nan")
        return max(0.0, (self.squares - self.total * self.total / self.n) / (self.n - 1))
