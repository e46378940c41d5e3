"""The score of one indicator, with its interval and whether its target is met."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from loopqa.calc.exact import difference
from loopqa.calc.intervals import mean_interval, normal_quantile, wilson
from loopqa.calc.scoring.quantiles import quantile_interval
from loopqa.calc.scoring.stratified import (
    population_counts,
    quantile_within_strata,
    stratified_interval,
)
from loopqa.calc.scoring.sums import Sums, Weighted, answers_of
from loopqa.model.coding import Coding, Histogram, LevelCoding, Scheme, Score
from loopqa.model.rubric import Condition, Dimension, Indicator, indicator_key
from loopqa.model.score import Grade, IndicatorScore, Interval
from loopqa.model.tally import Moments

CONFIDENCE = 0.95  #: of every interval shown beside a score
QUANTILES = {"median": 0.5, "p90": 0.9}  #: aggregates that are quantiles


@dataclass(frozen=True)
class Scored:
    """An indicator with what it came to."""

    indicator: Indicator
    coding: Coding
    result: IndicatorScore
    sizes: Mapping[float, float]  #: level → answers, as often as in the population they speak of

    @property
    def counts(self) -> bool:
        """Whether the indicator has a say in its dimension's score."""
        return self.indicator.weight > 0 and self.coding.scored


def score_indicator(
    dimension: Dimension, indicator: Indicator, scheme: Scheme, sums: Sums, min_n: int
) -> Scored:
    """Apply the indicator's scheme to its counts.

    ``min_n``: answers from which a value without any spread is believed.
    """
    key = indicator_key(dimension, indicator)
    coding = scheme.code()
    if isinstance(coding, LevelCoding):
        histogram = sums.level_histogram(key)
    else:
        histogram = sums.number_histogram(key)
    counted = histogram
    if sums.sampled is not None and sums.sampled.has(indicator.rater, answers_of(key)):
        counted = population_counts(sums.sampled, indicator.rater, key, coding)
    score = replace(scheme.score({"value": counted}), n=histogram.n)
    interval = value_interval(coding, score, sums, indicator, key)
    target = indicator.target
    return Scored(
        indicator,
        coding,
        IndicatorScore(
            id=indicator.id,
            rater=indicator.rater,
            n=score.n,
            value=score.value,
            unit=scheme.unit,
            score=score.score,
            states=sums.states_of(key),
            counts=_level_counts(coding, histogram),
            target=target.value if target else None,
            gap=gap(score.value, target),
            grade=grade(score.value, interval, target, believed=score.n >= min_n),
            interval=interval,
        ),
        _sizes(coding, counted, histogram.n),
    )


def _level_counts(coding: Coding, histogram: Histogram) -> dict[float, int]:
    if not isinstance(coding, LevelCoding):
        return {}
    return {level: n for level, (n, _) in sorted(histogram.counts.items())}


def _sizes(coding: Coding, histogram: Histogram, answers: int) -> dict[float, float]:
    if not isinstance(coding, LevelCoding) or not histogram.n:
        return {}
    rate = answers / histogram.n
    return {level: n * rate for level, (n, _) in histogram.counts.items()}


def gap(value: float | None, target: Condition | None) -> float | None:
    """Value - target in the value's unit; positive is above, whichever side is good."""
    return None if value is None or target is None else difference(value, target.value)


def grade(
    value: float | None, interval: Interval | None, target: Condition | None, *, believed: bool
) -> Grade:
    """Whether the target is met, missed, or neither is shown.

    Answers without any spread have no interval; where there are enough of them (``believed``) the
    value is taken as it stands, otherwise nothing is shown.
    """
    if target is None or value is None:
        return Grade.NONE
    if interval is None and not believed:
        return Grade.NOT_SHOWN
    low, high = interval or (value, value)
    if target.holds(low) and target.holds(high):
        return Grade.MET
    inside = low <= target.value <= high and target.operator == "=="
    if inside or target.holds(low) or target.holds(high):
        return Grade.NOT_SHOWN
    return Grade.MISSED


def value_interval(
    coding: Coding, score: Score, sums: Sums, indicator: Indicator, key: str
) -> Interval | None:
    """95 % interval of an indicator's value, in its unit; None where it can't be told.

    Shares (amounts 0 and 100): Wilson. Net promoter scores (-100, 0, 100): adjusted Wald. Other
    means: t, with Kish's effective number of answers if they are weighted. Medians and quantiles:
    between two ordered values. Samples drawn by strata: see :mod:`loopqa.calc.scoring.stratified`.
    """
    if score.value is None:
        return None
    aggregate, sampled = indicator.aggregate, sums.sampled
    if sampled is not None and sampled.has(indicator.rater, answers_of(key)):
        of = (sampled, indicator.rater, key, coding)
        if aggregate in QUANTILES and not isinstance(coding, LevelCoding):
            return quantile_within_strata(*of, QUANTILES[aggregate], CONFIDENCE)
        return stratified_interval(*of, score.value, CONFIDENCE)
    if isinstance(coding, LevelCoding):
        return _level_interval(coding, sums.levels.get(key, {}), score.value)
    if aggregate in QUANTILES:
        counts: Mapping[float, int] = {
            value: n for value, (n, _) in sums.number_histogram(key).counts.items()
        }
        return quantile_interval(counts, QUANTILES[aggregate], CONFIDENCE)
    moments = sums.number_moments(key)
    return mean_interval(moments, CONFIDENCE) if _agree(moments.mean, score.value) else None


def _level_interval(
    coding: LevelCoding, levels: Mapping[float, Weighted], value: float
) -> Interval | None:
    amounts = coding.amounts or coding.points
    answers = {level: at for level, at in levels.items() if level in amounts and at.n}
    moments = _moments(answers, amounts, weighted=coding.weighted)
    if not _agree(moments.mean, value):
        return None  # a scheme of its own kind, whose value is no mean of amounts
    kinds = set(amounts.values())
    if coding.weighted:
        return mean_interval(effective(moments, answers.values()), CONFIDENCE)
    if kinds <= {0.0, 100.0}:
        return _percent(wilson(round(moments.total / 100), moments.n, CONFIDENCE))
    if kinds <= {-100.0, 0.0, 100.0}:
        return net_interval(
            sum(at.n for level, at in answers.items() if amounts[level] > 0),
            sum(at.n for level, at in answers.items() if amounts[level] < 0),
            int(moments.n),
        )
    return mean_interval(moments, CONFIDENCE)


def _moments(
    answers: Mapping[float, Weighted], amounts: Mapping[float, float], *, weighted: bool
) -> Moments:
    """Moments of the amounts; with weights, the sums of weights in place of counts."""
    sizes = {level: at.weight if weighted else at.n for level, at in answers.items()}
    return Moments(
        math.fsum(sizes.values()),
        math.fsum(size * amounts[level] for level, size in sizes.items()),
        math.fsum(size * amounts[level] ** 2 for level, size in sizes.items()),
    )


def weighted_moments(coding: LevelCoding, levels: Mapping[float, Weighted]) -> Moments:
    """Moments of weighted answers in points, as of Kish's effective number of them."""
    answers = {level: at for level, at in levels.items() if level in coding.points and at.n}
    return effective(_moments(answers, coding.points, weighted=True), answers.values())


def effective(moments: Moments, answers: Iterable[Weighted]) -> Moments:
    """The same mean and variance with n_eff = (sum w)^2 / sum w^2 answers (Kish 1965)."""
    squares = math.fsum(at.weight2 for at in answers)
    if squares <= 0:
        return Moments()
    rescaled = moments.n / squares
    return Moments(moments.n * rescaled, moments.total * rescaled, moments.squares * rescaled)


def net_interval(promoters: int, detractors: int, n: int) -> Interval | None:
    """95 % interval of 100 (promoters - detractors) / n by the adjusted Wald method.

    Three answers are added, 0.75 promoter and 0.75 detractor among them: covers 93-96 % at 10 to
    100 answers, where the plain Wald interval covers 65-90 %.

    >>> low, high = net_interval(50, 20, 100)
    >>> round(low, 1), round(high, 1)
    (14.1, 44.2)
    """
    if n <= 0:
        return None
    size = n + 3
    up, down = (promoters + 0.75) / size, (detractors + 0.75) / size
    half = normal_quantile(0.5 + CONFIDENCE / 2) * math.sqrt((up + down - (up - down) ** 2) / size)
    return max(-100.0, 100 * (up - down - half)), min(100.0, 100 * (up - down + half))


def _percent(interval: Interval | None) -> Interval | None:
    return (100 * interval[0], 100 * interval[1]) if interval else None


def _agree(mean: float, value: float) -> bool:
    return math.isclose(mean, value, rel_tol=1e-6, abs_tol=1e-6)
