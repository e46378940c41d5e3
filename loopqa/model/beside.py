"""What is told beside a verdict and never decides it: response rates and service recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loopqa.model.score import Interval


@dataclass(frozen=True)
class Responses:
    """How many were invited in one period, and how many of them answered."""

    invited: int
    answered: int

    @property
    def rate(self) -> float:
        """Share of those invited who answered; NaN where nobody was invited."""
        return self.answered / self.invited if self.invited else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """The period as JSON."""
        return {"invited": self.invited, "answered": self.answered, "rate": self.rate}


@dataclass(frozen=True)
class ResponseChange:
    """Response before and after, of one rater in one arm."""

    before: Responses
    after: Responses

    @property
    def ratio(self) -> float:
        """Response rate after over that before."""
        return self.after.rate / self.before.rate

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON."""
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "ratio": self.ratio,
        }


@dataclass(frozen=True)
class ResponseRates:
    """How response changed in the scope and, if it was surveyed as well, in the comparison."""

    rater: str
    scope: ResponseChange
    comparison: ResponseChange | None = None

    def to_dict(self) -> dict[str, Any]:
        """The field ``response`` of a verdict."""
        return {
            "rater": self.rater,
            "scope": self.scope.to_dict(),
            "comparison": self.comparison.to_dict() if self.comparison else None,
        }


@dataclass(frozen=True)
class Recovery:
    """Low scorers who answered again: service recovery, told apart from the verdict.

    Customers picked for a low answer answer higher next time without any improvement; what that
    alone brings is ``expected``, and only what lies beyond it can be anybody's merit.
    """

    rater: str
    low_at_most: float  #: points; customers at or below it before are low scorers
    n: int  #: low scorers of the scope who answered both times
    before: float  #: their mean before, in points
    after: float
    everybody: float  #: mean of all answers of the scope before, which low scorers drift back to
    retest: Interval  #: range of the correlation of a customer's two answers
    measured: bool  #: whether that range was measured; the usual one otherwise
    expected: Interval  #: gain from doing nothing, over the range of ``retest``
    beyond: float | None  #: gain beyond the expected one, in the middle of the range
    interval: Interval | None  #: of ``beyond``: 95 %, over the whole range

    @property
    def gain(self) -> float:
        """Observed gain in points."""
        return self.after - self.before

    def to_dict(self) -> dict[str, Any]:
        """The field ``recovery`` of a verdict."""
        return {
            "rater": self.rater,
            "low_at_most": self.low_at_most,
            "n": self.n,
            "before": self.before,
            "after": self.after,
            "gain": self.gain,
            "everybody_before": self.everybody,
            "retest": list(self.retest),
            "retest_measured": self.measured,
            "expected_gain": list(self.expected),
            "beyond": self.beyond,
            "interval": list(self.interval) if self.interval else None,
        }
