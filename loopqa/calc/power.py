"""The planner: how many answers show a change, and which change a number of answers shows.

Everything is one-sided, like the verdict, at a power of 80 %.
"""

from __future__ import annotations

import math
from enum import Enum

from loopqa.calc.intervals import normal_quantile, t_quantile
from loopqa.model.verdict import Judgement

POWER = 0.80


class Layout(Enum):
    """What is asked of whom; sets the factor ``f`` of ``n = f * (z * sd / change)^2``."""

    UNPAIRED = "unpaired"  #: n per period
    PAIRED = "paired"  #: n customers who answer twice
    HISTORY = "history"  #: n in the follow-up, against eight earlier windows of that size
    UNPAIRED_COMPARISON = "unpaired+comparison"  #: n in each of four cells
    PAIRED_COMPARISON = "paired+comparison"  #: n customers per arm
    HISTORY_COMPARISON = "history+comparison"  #: n in each arm's follow-up, as for HISTORY

    def factor(self, retest: float) -> float:
        """Variance of the contrast for one answer in each place, over that of one answer."""
        match self:
            case Layout.UNPAIRED:
                return 2.0
            case Layout.PAIRED:
                return 2.0 * (1 - retest)
            case Layout.HISTORY:
                return 1.0 + 1.0 / 8.0
            case Layout.UNPAIRED_COMPARISON:
                return 4.0
            case Layout.PAIRED_COMPARISON:
                return 4.0 * (1 - retest)
            case Layout.HISTORY_COMPARISON:
                return 2.0 * (1.0 + 1.0 / 8.0)


def answers_needed(
    change: float,
    sd: float,
    layout: Layout,
    *,
    retest: float = 0.45,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> int:
    """Answers that show ``change`` (points) at a power of 80 %, by the normal approximation.

    ``design_effect`` is ``1 + (m - 1) * ICC`` for ``m`` answers a cluster.

    Raises:
        ValueError: ``change`` or ``sd`` is not positive.

    >>> answers_needed(0.2, 1.14, Layout.UNPAIRED)
    402
    """
    if change <= 0 or sd <= 0:
        raise ValueError(f"change and sd must be positive: {change}, {sd}")
    z = normal_quantile(confidence) + normal_quantile(POWER)
    return math.ceil(design_effect * layout.factor(retest) * (z * sd / change) ** 2)


def detectable_change(
    n: float,
    sd: float,
    layout: Layout,
    *,
    retest: float = 0.45,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> float:
    """Smallest change (points) that ``n`` answers show at a power of 80 %.

    >>> round(detectable_change(402, 1.14, Layout.UNPAIRED), 3)
    0.2
    """
    z = normal_quantile(confidence) + normal_quantile(POWER)
    return z * sd * math.sqrt(design_effect * layout.factor(retest) / n)


def of_finite(n: float, population: float | None) -> int:
    """Answers that are as good as ``n`` of an endless population: n / (1 + n / N) (Cochran 1977).

    Never more than ``population``; None: it is endless, or customers to come are meant as well.

    >>> of_finite(402, 1000)
    287
    """
    return math.ceil(n if population is None else n / (1 + n / population))


def as_of_endless(n: float, population: float | None) -> float:
    """Answers of an endless population that ``n`` of ``population`` are as good as; inf for all.

    >>> as_of_endless(200, 400)
    400.0
    """
    if population is None:
        return n
    return n / (1 - n / population) if n < population else math.inf


def design_detects(variance: float, df: float, alpha: float) -> float:
    """Smallest change (points) that an estimate of this variance shows at a power of 80 %."""
    return (t_quantile(1 - alpha, df) + t_quantile(POWER, df)) * math.sqrt(variance)


def follow_up_needed(
    n: float,
    sampling: float,
    follow_up: float,
    drift: float,
    change: float,
    reach: float,
) -> int | None:
    """Follow-up answers in the scope after which ``change`` would be detected; None: never.

    Args:
        n: answers in this follow-up.
        sampling: sampling variance of the estimate.
        follow_up: share of it that shrinks with the follow-up's answers.
        drift: variance that no number of answers takes away.
        change: change to be seen, in points.
        reach: quantile of the level plus quantile of the power.
    """
    fixed = drift + (1 - follow_up) * sampling
    left = (change / reach) ** 2 - fixed
    if left <= 0:
        return None
    return math.ceil(n * follow_up * sampling / left)


def can_be_answered(judgement: Judgement, expected: int) -> bool:
    """Whether another round with ``expected`` follow-up answers is likely to decide the question.

    What is lacking must be answers: a missing comparison or history does not come back with a
    second round.
    """
    needed = judgement.answers_needed
    return needed is not None and expected >= needed
