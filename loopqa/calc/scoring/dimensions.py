"""The score of one dimension: indicators to rater groups, rater groups to the blend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.exact import difference, weighted_mean
from loopqa.calc.intervals import mean_interval, spread, t_quantile
from loopqa.calc.scoring.indicators import CONFIDENCE, Scored, gap, grade, weighted_moments
from loopqa.calc.scoring.separate import apart, own_moments
from loopqa.calc.scoring.sums import Sums
from loopqa.model.coding import LevelCoding
from loopqa.model.rubric import (
    Blend,
    Dimension,
    Rubric,
    Scale,
    WhenMissing,
    indicator_key,
)
from loopqa.model.score import DimensionScore, Interval
from loopqa.model.tally import Moments, dimension_quantity


@dataclass(frozen=True)
class Estimated:
    """The mean of one rater's case scores, and how sure it is."""

    mean: float
    sd: float | None  #: None below two cases
    variance: float  #: of the mean; 0 where it can't be told
    df: float
    interval: Interval | None
    effective: float | None = None  #: Kish's number of answers; None unless drawn by strata


@dataclass(frozen=True)
class Side:
    """What one rater group says about a dimension."""

    score: float | None  #: by the order of operations
    cases: Estimated | None  #: of its case scores; None where cases have no score of their own
    n: int  #: cases, or answers of its least answered indicator


@dataclass(frozen=True)
class Spread:
    """Statistics of the case scores of a dimension, all raters together."""

    n: int
    mean: float | None = None
    sd: float | None = None
    interval: Interval | None = None
    effective: float | None = None


def score_dimension(
    rubric: Rubric, dimension: Dimension, indicators: Sequence[Scored], sums: Sums
) -> DimensionScore:
    """Blend what the rater groups say about one dimension."""
    sides = _sides(dimension, indicators, sums)
    shares = blend_shares(rubric.blend, sides)
    blended = [(share, sides[rater]) for rater, share in shares.items()]
    score = weighted_mean((share, side.score) for share, side in blended if side.score is not None)
    cases = _spread(blended)
    top, bottom = _box_shares(rubric, indicators)
    target = dimension.target
    return DimensionScore(
        id=dimension.id,
        n=cases.n,
        mean=cases.mean,
        sd=cases.sd,
        top_share=top,
        bottom_share=bottom,
        interval=cases.interval,
        score=score,
        target=target.value if target else None,
        gap=gap(score, target),
        grade=grade(
            score,
            around(score, cases.mean, cases.interval),
            target,
            believed=cases.n >= rubric.finding.min_n,
        ),
        indicators=tuple(scored.result for scored in indicators),
        by_rater={rater: side.score for rater, side in sides.items()},
        effective_n=cases.effective,
    )


def _sides(dimension: Dimension, indicators: Sequence[Scored], sums: Sums) -> dict[str, Side]:
    """The rater groups that have a say in the dimension, in order of first appearance."""
    groups: dict[str, list[Scored]] = {}
    for scored in indicators:
        if scored.counts:
            groups.setdefault(scored.indicator.rater, []).append(scored)
    return {rater: _side(dimension, rater, group, sums) for rater, group in groups.items()}


def _side(dimension: Dimension, rater: str, group: Sequence[Scored], sums: Sums) -> Side:
    score = weighted_mean(
        (scored.indicator.weight, scored.result.score)
        for scored in group
        if scored.result.score is not None
    )
    cases = _estimated(dimension, rater, group, sums)
    if cases is not None and any(_capping(scored) for scored in group):
        score = cases.mean  # an auto-fail caps case by case, which no indicator shows
    answered = [scored.result.n for scored in group if scored.result.n]
    counted = int(sums.case_moments(dimension_quantity(dimension.id, rater)).n)
    n = counted if counted and not apart(group, counted) else min(answered, default=0)
    return Side(score, cases, n)


def _estimated(
    dimension: Dimension, rater: str, group: Sequence[Scored], sums: Sums
) -> Estimated | None:
    sampled, quantity = sums.sampled, dimension_quantity(dimension.id, rater)
    if sampled is not None and sampled.has(rater, lambda one: one.case_moments(quantity).n):
        found = sampled.estimate(rater, lambda one: one.case_moments(quantity))
        if found is None:
            return None
        return Estimated(
            found.mean,
            found.sd,
            found.variance,
            found.df,
            found.interval(CONFIDENCE),
            found.effective,
        )
    moments = _case_moments(dimension, rater, group, sums)
    if not moments.n:
        return None
    if apart(group, int(moments.n)):
        return _put_together(dimension, group, sums)
    sd = math.sqrt(spread(moments)) if moments.n > 1 else None
    error = spread(moments) / moments.n
    interval = mean_interval(moments, CONFIDENCE)
    return Estimated(moments.mean, sd, error, moments.n - 1, interval)


def _put_together(dimension: Dimension, group: Sequence[Scored], sums: Sums) -> Estimated | None:
    """The weighted mean of indicators that are samples of their own; V = sum of w^2 V_indicator."""
    keyed = [(one, indicator_key(dimension, one.indicator)) for one in group if one.result.n]
    known = [(one.indicator.weight, own_moments(one, key, sums)) for one, key in keyed]
    parts = [
        (
            weight,
            Estimated(at.mean, None, spread(at) / at.n, at.n - 1, mean_interval(at, CONFIDENCE)),
        )
        for weight, at in known
        if at is not None and at.n > 1
    ]
    centre = weighted_mean((weight, one.mean) for weight, one in parts)
    if centre is None or len(parts) < len(known):
        return None
    total = sum(weight for weight, _ in parts)
    variance = sum((weight / total) ** 2 * one.variance for weight, one in parts)
    df = min(one.df for _, one in parts)
    return Estimated(centre, None, variance, df, _blend_interval(parts))


def _case_moments(dimension: Dimension, rater: str, group: Sequence[Scored], sums: Sums) -> Moments:
    """Moments of the case scores; where the only indicator is weighted, so are they."""
    key = indicator_key(dimension, group[0].indicator)
    coding = group[0].coding
    alone = len(group) == 1 and not _capping(group[0])
    if alone and isinstance(coding, LevelCoding) and coding.weighted:
        return weighted_moments(coding, sums.levels.get(key, {}))
    return sums.case_moments(dimension_quantity(dimension.id, rater))


def _capping(scored: Scored) -> bool:
    critical = scored.indicator.critical
    return critical is not None and critical.caps == "dimension"


def blend_shares(blend: Blend, sides: Mapping[str, Side]) -> dict[str, float]:
    """Weights of the rater groups that make the score; empty where there can be none.

    The blend is shared among the groups that have an indicator in the dimension. A group that has
    one but no answers takes the score away, or leaves its weight to the others, as
    ``when_missing`` says.
    """
    weights = {rater: blend.weights.get(rater, 0.0) for rater in sides}
    if not any(weights.values()):
        weights = dict.fromkeys(sides, 1.0)
    wanted = {rater: weight for rater, weight in weights.items() if weight > 0}
    present = {rater: w for rater, w in wanted.items() if sides[rater].score is not None}
    missing = len(present) < len(wanted)
    return {} if missing and blend.when_missing is WhenMissing.NONE else present


def _spread(sides: Sequence[tuple[float, Side]]) -> Spread:
    """n, mean, sd and interval of the case scores; a blend has no sd of its own.

    The n of a blend is its smaller group's: that is what its certainty hangs on.
    """
    n = min((side.n for _, side in sides), default=0)
    known = [(share, side.cases) for share, side in sides if side.cases]
    if not known or len(known) < len(sides):
        return Spread(n)
    if len(known) > 1:
        return Spread(
            n,
            weighted_mean((share, one.mean) for share, one in known),
            interval=_blend_interval(known),
        )
    only = known[0][1]
    return Spread(n, only.mean, only.sd, only.interval, only.effective)


def _blend_interval(sides: Sequence[tuple[float, Estimated]]) -> Interval | None:
    """95 % t interval of a blend: V = sum of w^2 V_side, the groups being separate samples.

    Degrees of freedom are those of the smallest group, never more than Satterthwaite's. A side
    that was asked as a whole adds no variance and takes no degrees of freedom.
    """
    unsure = [one for _, one in sides if one.interval is None or one.interval[0] < one.interval[1]]
    smallest = min((one.df for one in unsure), default=math.inf)
    centre = weighted_mean((share, one.mean) for share, one in sides)
    total = sum(share for share, _ in sides)
    variance = sum((share / total) ** 2 * one.variance for share, one in sides)
    if centre is None or smallest <= 0 or (unsure and variance <= 0):
        return None
    half = t_quantile(0.5 + CONFIDENCE / 2, smallest) * math.sqrt(variance)
    return centre - half, centre + half


def around(score: float | None, mean: float | None, interval: Interval | None) -> Interval | None:
    """The interval of the mean laid around the score.

    The two differ a little where cases left some of the indicators unanswered.
    """
    if score is None or mean is None or interval is None:
        return None
    shift = difference(score, mean)
    return interval[0] + shift, interval[1] + shift


def _box_shares(rubric: Rubric, indicators: Sequence[Scored]) -> tuple[float | None, float | None]:
    """Shares of answers in the top and bottom box, pooled over indicators on the rubric's scale."""
    pooled: dict[float, float] = {}
    for scored in indicators:
        if scored.counts and _on_scale(scored, rubric.scale):
            for level, size in scored.sizes.items():
                pooled[level] = pooled.get(level, 0.0) + size
    total = sum(pooled.values())
    if not total:
        return None, None
    top = sum(n for level, n in pooled.items() if level in rubric.boxes.top)
    bottom = sum(n for level, n in pooled.items() if level in rubric.boxes.bottom)
    return top / total, bottom / total


def _on_scale(scored: Scored, scale: Scale) -> bool:
    """Whether the indicator's levels are levels of the rubric, worth what they say."""
    coding = scored.coding
    return (
        isinstance(coding, LevelCoding)
        and not coding.amounts
        and all(scale.low <= level <= scale.high for level in coding.points)
        and all(level == points for level, points in coding.points.items())
    )
