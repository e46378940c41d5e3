"""Exact arithmetic on scores, so that a blend of exactly 3 is never a finding "below 3".

Weights and scores arrive as floats, but stand for short fractions: 60 % is 3/5, the mean of three
answers is a number of thirds. Worked out as fractions and rounded once at the end, a weighted mean
falls on the side of a threshold where it really is.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

_DENOMINATOR = 10_000_000  #: means of up to ten million whole answers come back exactly


def exact(number: float) -> Fraction:
    """The short fraction that ``number`` is the float of; its binary value where there is none.

    >>> exact(0.6), exact(10 / 3)
    (Fraction(3, 5), Fraction(10, 3))
    """
    binary = Fraction(number)
    short = binary.limit_denominator(_DENOMINATOR)
    return short if float(short) == number else binary


def weighted_mean(pairs: Iterable[tuple[float, float]]) -> float | None:
    """Mean of (weight, value) pairs, rounded once; None if no weight is above 0.

    >>> weighted_mean([(0.6, 3.5), (0.4, 2.25)])
    3.0
    """
    used = [(weight, value) for weight, value in pairs if weight]
    if len(used) < 2:
        return used[0][1] if used else None
    fractions = [(exact(weight), exact(value)) for weight, value in used]
    total = sum((weight for weight, _ in fractions), Fraction())
    return float(sum((weight * value for weight, value in fractions), Fraction()) / total)


def difference(first: float, second: float) -> float:
    """``first - second`` without the noise of binary fractions.

    >>> difference(3.67, 3.8)
    -0.13
    """
    return float(exact(first) - exact(second)) if first != second else 0.0
