"""Values, intervals and shares of samples that were drawn by strata, as the population has them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from loopqa.calc.intervals import wilson
from loopqa.calc.scoring.quantiles import quantile_interval
from loopqa.calc.scoring.sums import Sampled, Sums
from loopqa.calc.strata import Stratified
from loopqa.model.coding import Coding, Histogram, LevelCoding
from loopqa.model.score import Interval
from loopqa.model.tally import Moments

_WHOLE = 10**9  #: what the counts of a population are scaled to, so that rounding does not show


def population_counts(sampled: Sampled, rater: str, key: str, coding: Coding) -> Histogram:
    """How often each answer would be counted if the whole population had been asked.

    Scaled to a thousand million, so that schemes go on reading whole numbers; where all strata
    were drawn at the same rate, the answers as they are.
    """
    weighted = _weighted_counts(sampled, rater, key, coding)
    if len({weight for weight, _ in weighted}) <= 1:
        return _summed([(1.0, counts) for _, counts in weighted])
    whole = sum(weight * n for weight, counts in weighted for n in counts.values())
    return _summed([(_WHOLE * weight / whole, counts) for weight, counts in weighted])


def _summed(weighted: list[tuple[float, Mapping[float, int]]]) -> Histogram:
    sizes = _sizes(weighted)
    return Histogram({value: (round(size), float(round(size))) for value, size in sizes.items()})


def _sizes(weighted: list[tuple[float, Mapping[float, int]]]) -> dict[float, float]:
    sizes: dict[float, float] = {}
    for weight, counts in weighted:
        for value, n in counts.items():
            sizes[value] = sizes.get(value, 0.0) + weight * n
    return dict(sorted(sizes.items()))


def _weighted_counts(
    sampled: Sampled, rater: str, key: str, coding: Coding
) -> list[tuple[float, Mapping[float, int]]]:
    """By stratum: how many cases an answer stands for, and the answers by value."""

    def counts(sums: Sums) -> Mapping[float, int]:
        if isinstance(coding, LevelCoding):
            return {level: at.n for level, at in sums.levels.get(key, {}).items()}
        return {value: n for value, (n, _) in sums.number_histogram(key).counts.items()}

    found = []
    for (one, stratum), population in sampled.populations.items():
        here = counts(sampled.here.get(stratum, Sums()))
        if one == rater and here:
            drawn = sum(counts(sampled.whole[stratum]).values())
            found.append((population / drawn, here))
    return found


def _amount_moments(key: str, amounts: Mapping[float, float], sums: Sums) -> Moments:
    """Moments of what the answers of an indicator contribute to its value."""
    answers = [
        (at.n, amounts[level]) for level, at in sums.levels.get(key, {}).items() if level in amounts
    ]
    return Moments(
        sum(n for n, _ in answers),
        sum(n * amount for n, amount in answers),
        sum(n * amount**2 for n, amount in answers),
    )


def stratified_interval(
    sampled: Sampled, rater: str, key: str, coding: Coding, value: float, confidence: float
) -> Interval | None:
    """Interval of an indicator's value that is a mean; None for a value of any other kind.

    Of shares (amounts 0 and 100) Wilson's, of net promoters within -100..100, of others by t.
    """
    amounts = (coding.amounts or coding.points) if isinstance(coding, LevelCoding) else {}

    def moments(sums: Sums) -> Moments:
        if isinstance(coding, LevelCoding):
            return _amount_moments(key, amounts, sums)
        return sums.number_moments(key)

    estimate = sampled.estimate(rater, moments)
    if estimate is None or not math.isclose(estimate.mean, value, rel_tol=1e-6, abs_tol=1e-6):
        return None
    return _mean_interval(estimate, set(amounts.values()) or {0.5}, confidence)


def _mean_interval(estimate: Stratified, kinds: set[float], confidence: float) -> Interval | None:
    if kinds <= {0.0, 100.0} and not estimate.census:
        return _share_interval(estimate, confidence)
    interval = estimate.interval(confidence)
    if interval is not None and kinds <= {-100.0, 0.0, 100.0}:
        return max(-100.0, interval[0]), min(100.0, interval[1])
    return interval


def _share_interval(estimate: Stratified, confidence: float) -> Interval | None:
    """Wilson's, with as many answers as a simple random sample that would be as sure.

    Where all answers of each stratum are the same, as many as Kish's.
    """
    share = min(max(estimate.mean / 100, 0.0), 1.0)
    known = estimate.variance > 0 and 0 < share < 1
    n = share * (1 - share) / (estimate.variance / 1e4) if known else estimate.effective
    interval = wilson(share * n, n, confidence)
    return (100 * interval[0], 100 * interval[1]) if interval else None


def quantile_within_strata(
    sampled: Sampled, rater: str, key: str, coding: Coding, p: float, confidence: float
) -> Interval | None:
    """Order-statistic interval of a quantile with Kish's number of answers; no finite population.

    Ranks are those of the weighted answers, which makes it a little too wide.
    """
    weighted = _weighted_counts(sampled, rater, key, coding)
    sizes = _sizes(weighted)
    total = sum(sizes.values())
    squares = sum(weight**2 * n for weight, counts in weighted for n in counts.values())
    if not squares:
        return None
    rate = total / squares
    return quantile_interval({value: rate * size for value, size in sizes.items()}, p, confidence)
