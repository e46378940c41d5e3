"""The season: what the same months of earlier years did, where the history reaches back that far.

A scope without a comparison is held against its own past. What it does every year between the
baseline's month and the follow-up's is no effect, so it is taken off: the change over the same
months of each earlier year, on average. That also covers a short yearly peak.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loopqa.calc.effect.drift import MONTH, USUAL_LAG, Point, Series

_YEAR = 365.25


@dataclass(frozen=True)
class Season:
    """The mean change over the same months of earlier years."""

    change: float  #: points
    chance: float  #: sampling variance of ``change`` if answers were independent
    crowding: float  #: what is added to it for a unit of the clusters' shock ratio
    years: int

    def sampling(self, shocks: float) -> float:
        """Sampling variance of the change, clusters' shocks included."""
        return self.chance + shocks * self.crowding


def season(points: Series, lag_days: float) -> Season | None:
    """What earlier years did between the two months; None where no year has windows for both.

    A window stands for a month if it starts within half a month of it. A lag that is not known (0)
    is the usual one.
    """
    lag = lag_days if lag_days > 0 else USUAL_LAG * MONTH
    years = range(1, 1 + int(-min(point.day for point in points) / (_YEAR - MONTH / 2)))
    pairs = [(_at(points, -year * _YEAR), _at(points, lag - year * _YEAR)) for year in years]
    known = [(first, last) for first, last in pairs if first and last and first is not last]
    if not known:
        return None
    n = len(known)
    return Season(
        sum(last.level - first.level for first, last in known) / n,
        sum(last.chance + first.chance for first, last in known) / n**2,
        sum(last.crowding + first.crowding for first, last in known) / n**2,
        n,
    )


def _at(points: Series, day: float) -> Point | None:
    nearest = min(points, key=lambda point: abs(point.day - day))
    return nearest if abs(nearest.day - day) <= MONTH / 2 else None


def deseasoned(points: Series) -> Series:
    """The series without its yearly wave (sine and cosine, least squares).

    Residuals are widened by sqrt(m / (m - 3)) for the three numbers fitted. A sharp peak stays in
    them, which is on the safe side.
    """
    m = len(points)
    if m <= 3:
        return points
    left = _residuals([_wave(point.day) for point in points], [point.level for point in points])
    wider = math.sqrt(m / (m - 3))
    return [
        Point(point.day, wider * level, point.chance, point.crowding)
        for point, level in zip(points, left, strict=True)
    ]


def _wave(day: float) -> tuple[float, float, float]:
    angle = 2 * math.pi * day / _YEAR
    return 1.0, math.sin(angle), math.cos(angle)


def _residuals(rows: Sequence[Sequence[float]], levels: Sequence[float]) -> list[float]:
    """What least squares leaves, one column after the other (Gram-Schmidt)."""
    left, basis = list(levels), list[list[float]]()
    for column in zip(*rows, strict=True):
        direction = _without(list(column), basis)
        if sum(one * one for one in direction) > 1e-9:
            basis.append(direction)
    return _without(left, basis)


def _without(vector: list[float], basis: Sequence[list[float]]) -> list[float]:
    for one in basis:
        share = sum(a * b for a, b in zip(vector, one, strict=True)) / sum(b * b for b in one)
        vector = [a - share * b for a, b in zip(vector, one, strict=True)]
    return vector
