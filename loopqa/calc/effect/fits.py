"""What an estimate allows one to say: t-type fits, and the union of several of them.

A verdict rests on an :class:`Estimate`: every fit in ``low`` must exceed 0 before anything is
called higher, every fit in ``high`` must lie below 0 before anything is called lower. So a further
fit can only take a verdict away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from loopqa.calc.intervals import t_probability, t_quantile
from loopqa.model.score import Interval


@dataclass(frozen=True)
class Part:
    """One independent part of a variance, with the degrees of freedom it is known by."""

    variance: float
    df: float = math.inf


def satterthwaite(parts: Iterable[Part]) -> Part:
    """Sum of independent variances and its degrees of freedom (Satterthwaite 1946).

    >>> satterthwaite([Part(1.0, 10), Part(1.0, 10)])
    Part(variance=2.0, df=20.0)
    """
    known = [part for part in parts if part.variance > 0]
    total = sum(part.variance for part in known)
    if not known:
        return Part(0.0)
    # Shares, so that squares of tiny variances do not underflow.
    spent = sum((part.variance / total) ** 2 / part.df for part in known)
    return Part(total, 1.0 / spent if spent > 0 else math.inf)


class Bound(Protocol):
    """Anything that can bound an effect from below and above."""

    def lower(self, alpha: float) -> float:
        """One-sided lower bound at error ``alpha``."""
        ...

    def upper(self, alpha: float) -> float:
        """One-sided upper bound at error ``alpha``."""
        ...

    def p_up(self) -> float:
        """One-sided p of "no increase"."""
        ...

    def p_down(self) -> float:
        """One-sided p of "no decrease"."""
        ...


@dataclass(frozen=True)
class Fit:
    """An estimate with its variance, in points, judged by Student's t."""

    estimate: float
    variance: float
    df: float = math.inf

    @property
    def error(self) -> float:
        """Standard error."""
        return math.sqrt(self.variance)

    def lower(self, alpha: float) -> float:
        """One-sided lower bound at error ``alpha``."""
        return self.estimate - t_quantile(1 - alpha, self.df) * self.error

    def upper(self, alpha: float) -> float:
        """One-sided upper bound at error ``alpha``."""
        return self.estimate + t_quantile(1 - alpha, self.df) * self.error

    def p_up(self) -> float:
        """One-sided p of "no increase"."""
        return t_probability(-self.estimate / self.error, self.df)

    def p_down(self) -> float:
        """One-sided p of "no decrease"."""
        return t_probability(self.estimate / self.error, self.df)


@dataclass(frozen=True)
class Estimate:
    """A point estimate and the fits that must agree before it is called an effect."""

    value: float
    low: tuple[Bound, ...]  #: the lowest of their lower bounds counts
    high: tuple[Bound, ...]  #: the highest of their upper bounds counts

    def interval(self, alpha: float) -> Interval:
        """Interval with error ``alpha`` on each side; it always holds the point estimate."""
        low = min(bound.lower(alpha) for bound in self.low)
        high = max(bound.upper(alpha) for bound in self.high)
        return min(low, self.value), max(high, self.value)

    def p_up(self) -> float:
        """One-sided p of "no increase": of the fit that says it least."""
        return max(bound.p_up() for bound in self.low)

    def p_down(self) -> float:
        """One-sided p of "no decrease": of the fit that says it least."""
        return max(bound.p_down() for bound in self.high)

    @property
    def widest(self) -> Fit:
        """The least certain t-type fit, for planning."""
        fits = [bound for bound in (*self.low, *self.high) if isinstance(bound, Fit)]
        return max(fits, key=lambda fit: fit.variance)


def union(estimates: Iterable[Estimate]) -> Estimate:
    """One estimate that claims only what all of them claim; its value is the middle one's."""
    members = sorted(estimates, key=lambda estimate: estimate.value)
    return Estimate(
        members[len(members) // 2].value,
        tuple(bound for member in members for bound in member.low),
        tuple(bound for member in members for bound in member.high),
    )
