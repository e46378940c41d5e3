"""Service recovery: low scorers who answered again, beside the verdict and never part of it.

Their rise is mostly regression to the mean: customers picked for a low answer answer higher next
time although nothing was done. ``(1 - rho) (mean - before)`` is what that alone brings (Galton;
Davis 1976; Barnett, van der Pols & Dobson 2005); only what lies beyond can be anybody's merit.
"""

from __future__ import annotations

import math

from loopqa.calc.effect.contrast import pooled
from loopqa.calc.effect.regression import Line, retest_line
from loopqa.calc.intervals import spread, t_quantile
from loopqa.model.beside import Recovery
from loopqa.model.score import Interval
from loopqa.model.tally import Moments
from loopqa.model.verdict import PairMoments, Question, Stream
from loopqa.model.yardstick import Kind

_CONFIDENCE = 0.95  #: of the interval, two-sided


def recovery(question: Question) -> Recovery | None:
    """What became of the low scorers of the scope; None where none is known to have answered again.

    Of several raters the one with the most such customers is told of. Only points of a scale of
    which more is better have low scorers.
    """
    if question.yardstick.kind is not Kind.POINTS or question.yardstick.lower_is_better:
        return None
    raters = [(rater, stream) for rater, stream in question.streams.items() if stream.low_pairs.n]
    known = [(rater, stream) for rater, stream in raters if pooled(stream.before.scope).n]
    if not known:
        return None
    rater, stream = max(known, key=lambda one: one[1].low_pairs.n)
    return _of_stream(rater, stream, question.low_at_most)


def _of_stream(rater: str, stream: Stream, low_at_most: float) -> Recovery:
    pairs, everybody = stream.low_pairs, pooled(stream.before.scope)
    line = retest_line(stream.retest)
    before, after = pairs.before / pairs.n, pairs.after / pairs.n
    least, most = ((1 - rho) * (everybody.mean - before) for rho in (line.high, line.low))
    middle = line.values[1]
    return Recovery(
        rater,
        low_at_most,
        pairs.n,
        before,
        after,
        everybody.mean,
        (line.low, line.high),
        line.measured,
        (least, most),
        beyond=after - before - (1 - middle) * (everybody.mean - before),
        interval=_interval(pairs, everybody, line),
    )


def _interval(pairs: PairMoments, everybody: Moments, line: Line) -> Interval | None:
    """All intervals over the range of the retest correlation together; None below two customers."""
    if pairs.n < 2:
        return None
    bounds = [bound for rho in line.values for bound in _bounds(pairs, everybody, rho)]
    return min(bounds), max(bounds)


def _bounds(pairs: PairMoments, everybody: Moments, rho: float) -> Interval:
    """Interval of mean(after - rho before) - (1 - rho) mean of everybody."""
    beyond = Moments(
        pairs.n,
        pairs.after - rho * pairs.before,
        pairs.after_squares - 2 * rho * pairs.products + rho**2 * pairs.before_squares,
    )
    mean_error = spread(everybody) / everybody.n
    error = math.sqrt(spread(beyond) / pairs.n + (1 - rho) ** 2 * mean_error)
    half = t_quantile(0.5 + _CONFIDENCE / 2, pairs.n - 1) * error
    middle = beyond.mean - (1 - rho) * everybody.mean
    return middle - half, middle + half
