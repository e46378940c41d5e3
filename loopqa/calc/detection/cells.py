"""Which cells fall short, and how sure that is: bounds, p-values and grades of findings.

A cell is one dimension in one scope: everything, or one segment. Everything here works on score
cards alone. The probability of a false alarm is 5 % for all cells that are looked at together
(Holm), so that fifteen healthy cells do not raise a confirmed finding every other month.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.exact import difference
from loopqa.calc.intervals import clopper_pearson, normal_quantile, t_probability, t_quantile
from loopqa.calc.scoring.indicators import CONFIDENCE
from loopqa.calc.verdict.families import holm
from loopqa.model.cycle import FindingGrade, Scope, scope_of
from loopqa.model.rubric import Condition
from loopqa.model.score import DimensionScore, Interval, ScoreCard, Segment

LEVEL = 0.05  #: chance of a false alarm, one-sided, over all cells together


@dataclass(frozen=True)
class Cell:
    """One dimension in one scope."""

    dimension: str
    scope: Scope  #: () is everything
    score: DimensionScore

    @property
    def key(self) -> tuple[str, Scope]:
        """What identifies the cell."""
        return self.dimension, self.scope

    @property
    def value(self) -> float:
        """The score; a cell is only made of a dimension that has one."""
        return float("nan") if self.score.score is None else self.score.score


def cells(
    card: ScoreCard, segments: Iterable[Segment], *, carried: bool = False
) -> tuple[Cell, ...]:
    """All cells that have a score; segments of cases without a value are no place to act in.

    What was measured earlier and carried forward is no news; ``carried`` takes it nevertheless.
    """
    cards: list[tuple[Scope, ScoreCard]] = [((), card)]
    cards += [(scope_of(one.by), one.card) for one in segments if all(one.by.values())]
    return tuple(
        Cell(score.id, scope, score)
        for scope, found in cards
        for score in found.dimensions
        if score.score is not None and (carried or not score.carried)
    )


@dataclass(frozen=True)
class Estimate:
    """A score with its standard error; ``error`` 0 means that all answers were equal."""

    centre: float
    error: float
    df: float


def estimate_of(score: DimensionScore) -> Estimate | None:
    """The score as an estimate, as sure as its interval: that knows of blends and weights.

    None where nothing is known about its spread: fewer than two cases, or a score that is made of
    figures about the whole window (medians, quantiles) and not of case scores.
    """
    if score.score is None or score.n < 2:
        return None
    df = score.n - 1
    if score.interval is not None:
        half = (score.interval[1] - score.interval[0]) / 2
        return Estimate(score.score, half / t_quantile(0.5 + CONFIDENCE / 2, df), df)
    if score.sd is None:
        return None
    return Estimate(score.score, score.sd / math.sqrt(score.n), df)


def p_below(estimate: Estimate, threshold: float) -> float:
    """One-sided p of "the true score is not below ``threshold``".

    Below 5 % exactly where the upper one-sided 95 % bound lies below the threshold.
    """
    away = difference(estimate.centre, threshold)
    if estimate.error <= 0:
        return 0.0 if away < 0 else 1.0
    return t_probability(away / estimate.error, estimate.df)


def upper_bound(estimate: Estimate) -> float:
    """Upper one-sided 95 % bound of the true score."""
    return estimate.centre + t_quantile(1 - LEVEL, estimate.df) * estimate.error


def p_drop(before: Estimate, after: Estimate) -> float:
    """One-sided p of "the score has not dropped" (Welch 1947)."""
    change = difference(after.centre, before.centre)
    variance = before.error**2 + after.error**2
    if variance <= 0:
        return 0.0 if change < 0 else 1.0
    share = before.error**2 / variance
    df = 1.0 / (share**2 / before.df + (1 - share) ** 2 / after.df)
    return t_probability(change / math.sqrt(variance), df)


@dataclass(frozen=True)
class BottomShare:
    """How many cases of how many are in the bottom box."""

    low: int
    n: int

    @property
    def lower_bound(self) -> float:
        """Lower one-sided 95 % bound of the share (Clopper & Pearson 1934)."""
        interval = clopper_pearson(self.low, self.n, 1 - LEVEL, sided="lower")
        return interval[0] if interval else 0.0

    def p_above(self, limit: float) -> float:
        """P(at least so many low answers) if the true share were ``limit``: exact binomial.

        At most 5 % exactly where the lower bound is not below the limit.
        """
        if self.low <= 0 or limit >= 1:
            return 1.0
        if limit <= 0:
            return 0.0
        from scipy.special import betainc  # noqa: PLC0415 - heavy, and not needed at start

        return float(betainc(self.low, self.n - self.low + 1, limit))


def bottom_share_of(score: DimensionScore) -> BottomShare | None:
    """The bottom box counted in cases.

    Several questions about one case are not several cases: their share is taken, the cases are
    counted once; those of a sample drawn by strata by Kish's number. None without answers on the
    rubric's scale.
    """
    if score.bottom_share is None or score.n < 1:
        return None
    n = score.n if score.effective_n is None else math.floor(score.effective_n + 1e-9)
    return BottomShare(math.floor(score.bottom_share * n + 1e-9), n)


def p_missed(value: float, interval: Interval | None, target: Condition) -> float:
    """One-sided p of "the target is met", read from the value's own 95 % interval.

    2.5 % exactly where the interval's end touches the target; in between, the distance is
    measured in half-widths of the interval on the target's side, as for a normal estimate.
    """
    away = abs(difference(value, target.value))
    if target.holds(value):
        return 1.0
    if interval is None:
        return 0.0
    half = interval[1] - value if value < target.value else value - interval[0]
    if half <= 0:
        return 0.0
    return t_probability(-away / half * normal_quantile(0.5 + CONFIDENCE / 2), math.inf)


def graded(
    p_values: Mapping[tuple[str, Scope], float | None],
    n: Mapping[tuple[str, Scope], int],
    min_n: int,
) -> dict[tuple[str, Scope], FindingGrade]:
    """The grade that a shortfall in each cell would have.

    Cells with fewer than ``min_n`` answers are watched only, whatever they say, and so are not
    among those that the correction is made for. Without a p-value a cell is observed at most.
    """
    tested = {key: p for key, p in p_values.items() if p is not None and n[key] >= min_n}
    confirmed = holm(tested, LEVEL)
    return {
        key: FindingGrade.WATCH
        if n[key] < min_n
        else FindingGrade.CONFIRMED
        if key in confirmed
        else FindingGrade.OBSERVED
        for key in p_values
    }


def cells_tested(n: Iterable[int], min_n: int) -> int:
    """How many cells were large enough to be tested."""
    return sum(1 for one in n if one >= min_n)


def pairs_of(before: Sequence[Cell], now: Sequence[Cell]) -> tuple[tuple[Cell, Cell], ...]:
    """Every cell with the same cell of the window before, as (before, now)."""
    earlier = {cell.key: cell for cell in before}
    return tuple((earlier[cell.key], cell) for cell in now if cell.key in earlier)
