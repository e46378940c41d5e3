"""Equal improvements look smaller near the top of a scale: changes on the latent scale.

Answers on few levels are taken as a normal opinion cut at common points (ordered probit; McKelvey
& Zavoina 1975). On that scale a change means the same everywhere, so the comparison's change can
be moved to where the scope stands (Athey & Imbens 2006 do so without the normal).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from loopqa.calc.intervals import normal_quantile
from loopqa.model.verdict import Counts, Levels

MOST_LEVELS = 11  #: more different points are no longer levels of a scale
_STEPS = 60
_NEAR = 1e-9
_FAR = 8.0  #: locations further apart than this many standard deviations can't be told


@dataclass(frozen=True)
class LatentScale:
    """Cut points of the levels, and where each group stands; the first group stands at 0."""

    points: tuple[float, ...]
    cuts: tuple[float, ...]
    places: tuple[float, ...]

    def mean(self, place: float) -> float:
        """Mean answer, in points, of a group that stands at ``place``."""
        steps = zip(self.cuts, self.points, self.points[1:], strict=False)
        rises = ((1 - _below(cut - place)) * (upper - lower) for cut, lower, upper in steps)
        return self.points[0] + sum(rises)

    def slope(self, place: float) -> float:
        """Points per latent unit at ``place``."""
        steps = zip(self.cuts, self.points, self.points[1:], strict=False)
        return sum(_density(cut - place) * (upper - lower) for cut, lower, upper in steps)


def latent_scale(groups: Sequence[Counts]) -> LatentScale | None:
    """The ordered probit of several groups of answers, by maximum likelihood.

    None for an empty group, fewer than two or more than eleven different levels, and where a group
    lies wholly at one end, so that its place has no bound.
    """
    points = sorted({level for group in groups for level, n in group.items() if n})
    counts = np.array([[group.get(level, 0) for level in points] for group in groups], dtype=float)
    if not 2 <= len(points) <= MOST_LEVELS or not counts.sum(axis=1).all():
        return None
    ends = counts[:, [0, -1]] == counts.sum(axis=1, keepdims=True)
    fitted = None if ends.any() else _fitted(counts)
    if fitted is None:
        return None
    cuts, places = fitted[: len(points) - 1], fitted[len(points) - 1 :]
    return LatentScale(tuple(points), tuple(map(float, cuts)), (0.0, *map(float, places)))


def _fitted(counts: Any) -> Any | None:
    """Fisher scoring on cut points and places; None where it does not settle."""
    groups = counts.shape[0]
    share = counts.sum(axis=0).cumsum()[:-1] / counts.sum()
    at = np.concatenate([[_quantile(one) for one in share], np.zeros(groups - 1)])
    worth = _log_likelihood(counts, at)
    for _ in range(_STEPS):
        step = _step(counts, at)
        better = _shortened(counts, at, step, worth) if step is not None else None
        if better is None:
            return None
        if np.abs(better - at).max() < _NEAR:
            return better
        at, worth = better, _log_likelihood(counts, better)
    return None


def _shortened(counts: Any, at: Any, step: Any, worth: float) -> Any | None:
    """The step, halved until it makes the fit no worse; None where it leaves the sensible range."""
    for _ in range(40):
        tried = at + step
        if np.abs(tried).max() < _FAR and _log_likelihood(counts, tried) >= worth - 1e-9:
            return tried
        step = step / 2
    return None


def _edges(at: Any, groups: int, levels: int) -> Any:
    places = np.concatenate([[0.0], at[levels - 1 :]])
    return at[None, : levels - 1] - places[:, None]


def _shares(at: Any, groups: int, levels: int) -> Any:
    below = np.vectorize(_below)(_edges(at, groups, levels))
    whole = np.concatenate([np.zeros((groups, 1)), below, np.ones((groups, 1))], axis=1)
    return np.diff(whole, axis=1)


def _log_likelihood(counts: Any, at: Any) -> float:
    shares = _shares(at, *counts.shape)
    if (shares <= 0).any():
        return -math.inf
    return float((counts * np.log(shares)).sum())


def _step(counts: Any, at: Any) -> Any | None:
    groups, levels = counts.shape
    shares = _shares(at, groups, levels)
    slopes = _slopes(at, groups, levels)
    score = (slopes * (counts / shares)[:, :, None]).sum(axis=(0, 1))
    weights = counts.sum(axis=1)[:, None] / shares
    information = np.einsum("gl,gli,glj->ij", weights, slopes, slopes)
    try:
        return np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        return None


def _slopes(at: Any, groups: int, levels: int) -> Any:
    """Derivatives of the shares: groups x levels x (cuts, places but the first)."""
    density = np.vectorize(_density)(_edges(at, groups, levels))
    slopes = np.zeros((groups, levels, levels + groups - 2))
    for cut in range(levels - 1):
        slopes[:, cut, cut] += density[:, cut]
        slopes[:, cut + 1, cut] -= density[:, cut]
        for group in range(1, groups):
            slopes[group, cut, levels + group - 2] -= density[group, cut]
            slopes[group, cut + 1, levels + group - 2] += density[group, cut]
    return slopes


def _below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _quantile(share: float) -> float:
    return normal_quantile(min(max(share, 1e-6), 1 - 1e-6))


@dataclass(frozen=True)
class Moved:
    """The comparison's change, taken to the scope's place on the scale."""

    latent: float  #: change in scope minus change in comparison, in latent standard deviations
    seen: float  #: the comparison's change in points, as it was seen
    there: float  #: the same change in points where the scope stands
    stretch: float  #: points there per point seen


def moved(scope: Levels, comparison: Levels, *, history: bool) -> Moved | None:
    """Take the comparison's change to where the scope stands; None where the answers do not tell.

    ``history``: the earlier windows are the "before", not the baseline.
    """
    first = [one.history if history else one.before for one in (scope, comparison)]
    groups = [first[0], scope.after, first[1], comparison.after]
    scale = latent_scale(groups)
    if scale is None:
        return None
    start, end, from_, to = scale.places
    change = to - from_
    there, seen = scale.slope(start + change / 2), scale.slope(from_ + change / 2)
    return Moved(
        (end - start) - change,
        scale.mean(to) - scale.mean(from_),
        scale.mean(start + change) - scale.mean(start),
        there / seen if seen > 0 else math.inf,
    )
