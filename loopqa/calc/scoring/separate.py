"""Indicators of one rater that no case has together: each is a sample of its own.

Satisfaction after a call and a net promoter score by mail come from two inputs. Their rows put
together are no sample of anything: the larger input would drown the other one's uncertainty.
"""

from __future__ import annotations

from collections.abc import Sequence

from loopqa.calc.scoring.indicators import Scored, weighted_moments
from loopqa.calc.scoring.sums import Sums
from loopqa.model.coding import LevelCoding, NumberCoding
from loopqa.model.tally import Moments


def apart(group: Sequence[Scored], cases: int) -> bool:
    """Whether several indicators have answers, and no case has answers to two of them.

    ``cases``: how many have a score of the dimension by this rater.
    """
    answered = [one.result.n for one in group if one.result.n]
    return len(answered) > 1 and cases == sum(answered)


def own_moments(scored: Scored, key: str, sums: Sums) -> Moments | None:
    """Moments of the points that answers of one indicator are worth; None where they have none."""
    coding = scored.coding
    if isinstance(coding, NumberCoding):
        return None if coding.line is None else _on_line(sums.number_moments(key), *coding.line)
    levels = sums.levels.get(key, {})
    return weighted_moments(coding, levels) if coding.weighted else _of_levels(coding, key, sums)


def _of_levels(coding: LevelCoding, key: str, sums: Sums) -> Moments:
    levels = sums.levels.get(key, {})
    known = [(at.n, coding.points[level]) for level, at in levels.items() if level in coding.points]
    return Moments(
        sum(n for n, _ in known),
        sum(n * points for n, points in known),
        sum(n * points * points for n, points in known),
    )


def _on_line(numbers: Moments, offset: float, slope: float) -> Moments:
    """Moments of ``offset + slope * x``."""
    n, total, squares = numbers.n, numbers.total, numbers.squares
    return Moments(
        n,
        n * offset + slope * total,
        n * offset * offset + 2 * offset * slope * total + slope * slope * squares,
    )
