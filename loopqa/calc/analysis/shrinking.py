"""Empirical Bayes: small groups far from the others are mostly chance, and are pulled back."""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = 200


def between_variance(effects: Sequence[float], variances: Sequence[float]) -> float:
    """Variance between groups beyond that of their means (Paule & Mandel 1982).

    The one at which the weighted squares around the common mean come to what chance gives,
    groups - 1; 0 where they come to less, and for fewer than two groups. Variances are positive.

    >>> round(between_variance([3.0, 3.2, 2.2], [0.01, 0.02, 0.01]), 3)
    0.267
    """
    if len(effects) < 2:
        return 0.0
    low, high = 0.0, 1.0
    if _excess(effects, variances, low) <= 0:
        return 0.0
    while _excess(effects, variances, high) > 0:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _excess(effects, variances, middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def shrunk(effects: Sequence[float], variances: Sequence[float]) -> list[float]:
    """Each effect pulled towards the common mean, the more the less certain it is.

    >>> [round(one, 2) for one in shrunk([3.0, 3.2, 2.2], [0.01, 0.02, 0.01])]
    [2.99, 3.17, 2.22]
    """
    between = between_variance(effects, variances)
    centre = _centre(effects, variances, between)
    return [
        centre + between / (between + variance) * (effect - centre)
        for effect, variance in zip(effects, variances, strict=True)
    ]


def _centre(effects: Sequence[float], variances: Sequence[float], between: float) -> float:
    weights = [1 / (variance + between) for variance in variances]
    total = math.fsum(w * effect for w, effect in zip(weights, effects, strict=True))
    return total / math.fsum(weights)


def _excess(effects: Sequence[float], variances: Sequence[float], between: float) -> float:
    centre = _centre(effects, variances, between)
    squares = math.fsum(
        (effect - centre) ** 2 / (variance + between)
        for effect, variance in zip(effects, variances, strict=True)
    )
    return squares - (len(effects) - 1)
