"""Importance and performance: what goes along with the outcome, and whether it meets its aim.

The cut lines are an equal share for every driver, and the target: not the means of the points,
which would call half of everything bad (Martilla & James 1977, Journal of Marketing 41:77).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loopqa.model.score import Interval


class Quarter(StrEnum):
    """Where a dimension lies."""

    FIRST = "work_first"  #: goes along with the outcome, and falls short
    KEEP = "keep_up"  #: goes along with the outcome, and meets its aim
    LATER = "later"  #: falls short, but little goes along with it
    ENOUGH = "enough"  #: meets its aim, and little goes along with it


@dataclass(frozen=True)
class Placed:
    """A quarter, and whether chance could put the dimension into another one."""

    quarter: Quarter
    borderline: bool


def placed(
    share: float, share_interval: Interval, equal: float,
    score: float, score_interval: Interval | None, aim: float,
) -> Placed:  # fmt: skip
    """Where a dimension lies.

    Args:
        share, share_interval: its part in the outcome.
        equal: the cut between much and little: one over the number of drivers.
        score, score_interval: on the rubric's scale.
        aim: its target, or the threshold of findings.

    >>> placed(0.4, (0.3, 0.5), 0.2, 3.1, (3.0, 3.2), 3.5)
    Placed(quarter=<Quarter.FIRST: 'work_first'>, borderline=False)
    """
    much, short = share >= equal, score < aim
    quarter = {
        (True, True): Quarter.FIRST,
        (True, False): Quarter.KEEP,
        (False, True): Quarter.LATER,
        (False, False): Quarter.ENOUGH,
    }[much, short]
    return Placed(quarter, _across(share_interval, equal) or _across(score_interval, aim))


def _across(interval: Interval | None, line: float) -> bool:
    return interval is not None and interval[0] < line < interval[1]
