"""What people without LoopQA would have said: the score before, the score after, a test."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loopqa.calc.intervals import two_sided_p
from loopqa.engine.demo.service import CHANNELS, Array, Month
from loopqa.engine.proving.practices import Arm
from loopqa.model.verdict import Outcome

WEIGHTS = (0.6, 0.4)  #: customers and internal reviews, as in the rubric
_LEVEL = 0.05


@dataclass(frozen=True)
class BeforeAfter:
    """A plain comparison of two months in one channel, every answer taken as independent."""

    difference: float  #: points, after - before
    p: float  #: two-sided, normal

    @property
    def says(self) -> Outcome:
        """What would be reported."""
        if self.p >= _LEVEL:
            return Outcome.INCONCLUSIVE
        return Outcome.IMPROVED if self.difference > 0 else Outcome.WORSENED


def before_after(before: Month, after: Month, dimension: str, channel: str) -> BeforeAfter:
    """Compare a dimension's blended score of one month with that of another.

    Args:
        dimension: responsiveness, which is measured on every ticket, or one that reviewers judge.
    """
    first, second = (_answers(one, dimension, channel) for one in (before, after))
    arms = [Arm(*both, paired=False) for both in zip(first, second, strict=True)]
    difference = sum(w * arm.change for w, arm in zip(WEIGHTS, arms, strict=True))
    variance = sum(w * w * arm.variance for w, arm in zip(WEIGHTS, arms, strict=True))
    return BeforeAfter(difference, two_sided_p(difference / math.sqrt(variance), math.inf))


def _answers(month: Month, dimension: str, channel: str) -> tuple[Array, Array]:
    """What customers answered, and what was found inside."""
    here = month.channel == CHANNELS.index(channel)
    inside = here if dimension == "responsiveness" else here & month.reviewed
    return month.ratings[dimension][here & month.answered], month.internal[dimension][inside]
