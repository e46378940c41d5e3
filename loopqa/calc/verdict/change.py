"""Did the score move at all? Sampling error only, nothing put down to anybody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loopqa.calc.effect.blends import shared_change
from loopqa.calc.effect.contrast import (
    ClusterChange,
    among_clusters,
    paired,
    pooled,
    pooled_pairs,
    unpaired,
)
from loopqa.calc.effect.fits import Part, satterthwaite
from loopqa.calc.intervals import spread, t_change, t_quantile, welch_variance
from loopqa.model.surveyed import SurveyMean
from loopqa.model.tally import Moments
from loopqa.model.verdict import (
    Arm,
    Change,
    PairMoments,
    Question,
    ScoreChange,
    Side,
    Stream,
)
from loopqa.model.yardstick import Yardstick

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Move:
    """How far one rater's mean moved, with the variance of that."""

    difference: float
    error: Part  #: variance 0 where it can't be told, or there is none
    exact: bool = False  #: every case of both periods was asked

    @property
    def half_width(self) -> float:
        """Half the 95 % interval."""
        return t_quantile(0.5 + _CONFIDENCE / 2, self.error.df) * math.sqrt(self.error.variance)


def sides(question: Question) -> tuple[Side, Side]:
    """Answers and means before and after: of the customers with both where they are paired."""
    arms = [_arms(stream) for stream in question.streams.values()]
    weights = [stream.weight for stream in question.streams.values()]
    before, after = [first for first, _ in arms], [second for _, second in arms]
    return _side(before, weights), _side(after, weights)


def change(question: Question) -> Change:
    """Difference after - before of the scope's means, with the 95 % interval and two-sided p.

    One rater without clusters: Welch; the same customers: paired t. With clusters the wider of
    that and the t interval on cluster means (Donald & Lang 2007), because answers of one cluster
    share shocks. Samples drawn by strata: the means of all cases of both periods, of which only
    those not drawn are unsure (Cochran 1977), whatever clusters share. Several raters: the blend,
    variances added (Satterthwaite), with the covariance of cases that both rated.
    """
    moves = [
        (_move(stream, clustered=not question.natural_clusters), stream.weight)
        for stream in question.streams.values()
    ]
    known = [(move, weight) for move, weight in moves if move is not None]
    if not known or len(known) < len(moves):
        return Change(None, None, None)
    difference = sum(weight * move.difference for move, weight in known)
    if all(move.exact for move, _ in known):
        return Change(difference, (difference, difference), 0.0 if difference else 1.0)
    if any(move.error.variance <= 0 and not move.exact for move, _ in known):
        return Change(difference, None, None)
    parts = [
        Part(weight**2 * move.error.variance, move.error.df)
        for move, weight in known
        if not move.exact
    ]
    shared = shared_change(question)
    error = parts[0] if len(parts) == 1 else satterthwaite([*parts, shared])
    return t_change(difference, math.sqrt(error.variance), error.df, _CONFIDENCE)


def told_change(moved: Change, yardstick: Yardstick) -> Change:
    """A change as people are told it: in the unit, and with its own direction."""
    if moved.difference is None:
        return moved
    interval = yardstick.changes(moved.interval) if moved.interval else None
    return Change(yardstick.change(moved.difference), interval, moved.p)


def told_side(side: Side, yardstick: Yardstick) -> Side:
    """A side with its mean in the unit; of ratios it is the geometric one."""
    return side if side.mean is None else Side(side.n, yardstick.value(side.mean))


def score_change(moved: Change) -> ScoreChange:
    """Up or down where the interval leaves out 0."""
    if moved.interval is None:
        return ScoreChange.UNCLEAR
    if moved.interval[0] > 0:
        return ScoreChange.UP
    return ScoreChange.DOWN if moved.interval[1] < 0 else ScoreChange.UNCLEAR


def _scope_pairs(stream: Stream) -> PairMoments:
    return pooled_pairs(stream.pairs.get(Arm.SCOPE, {}))


def _arms(stream: Stream) -> tuple[Moments, Moments]:
    both = _scope_pairs(stream)
    if both.n:
        return (
            Moments(both.n, both.before, both.before_squares),
            Moments(both.n, both.after, both.after_squares),
        )
    return pooled(stream.before.scope), pooled(stream.after.scope)


def _side(arms: Sequence[Moments], weights: Sequence[float]) -> Side:
    n = sum(int(arm.n) for arm in arms)
    if not arms or any(not arm.n for arm in arms):
        return Side(n, None)
    return Side(n, sum(weight * arm.mean for arm, weight in zip(arms, weights, strict=True)))


def _move(stream: Stream, *, clustered: bool) -> Move | None:
    before, after = _arms(stream)
    if not before.n or not after.n:
        return None
    both = _scope_pairs(stream)
    if both.n:
        clusters = paired(stream.pairs[Arm.SCOPE])
        error = Part(spread(both.difference) / both.n, max(1, both.n - 1))
    elif stream.surveyed is not None:
        return _surveyed_move(*stream.surveyed)
    else:
        clusters = unpaired(stream.before.scope, stream.after.scope)
        error = Part(*welch_variance(before, after))
    plain = Move(after.mean - before.mean, error)
    return _wider(plain, clusters) if clustered else plain


def _surveyed_move(before: SurveyMean, after: SurveyMean) -> Move:
    parts = [Part(one.variance, one.df) for one in (before, after) if one.variance > 0]
    known = all(one.census or (one.variance > 0 and one.df > 0) for one in (before, after))
    return Move(
        after.mean - before.mean,
        satterthwaite(parts) if known and parts else Part(0.0, 0.0),
        exact=before.census and after.census,
    )


def _wider(plain: Move, clusters: Sequence[ClusterChange]) -> Move:
    """The move with the wider of its own interval and the one that cluster means give."""
    among = among_clusters([clusters]) if clusters else Part(0.0, 0.0)
    if among.variance <= 0:
        return plain
    weight = sum(one.weight for one in clusters)
    by_cluster = replace(plain, error=Part(among.variance / weight, among.df))
    return by_cluster if by_cluster.half_width > plain.half_width else plain
