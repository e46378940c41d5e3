"""Randomisation inference: where lots decided who begins when, the lots are all that is assumed.

The statistic is the generalised least-squares z of the action in a panel of clusters and windows;
it is computed for every way in which the lots could have fallen, or for a seeded sample of them.
Whatever shakes a cluster or a month is in that reference distribution already, so that the p-value
is exact for any drift, any shocks and any number of clusters.

Sources: Fisher 1935; Rosenbaum 2002, ch. 2; Imbens & Rubin 2015, ch. 5 (the test and its
inversion); Athey & Imbens 2022 and Ji et al. 2017 (staggered adoption, stepped wedges); Phipson &
Smyth 2010 (Monte-Carlo p with the observed draw among the drawn); Hussey & Hughes 2007 (the GLS).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from loopqa.calc.loop.assignment import arrangements

Array = np.ndarray[Any, np.dtype[np.float64]]

MOST_ENUMERATED = 20_000  #: ways of dealing up to which all are gone through; beyond, as many drawn
_CHUNK = 1_000  #: dealings that are worked on at once
_SAME = 1e-9  #: relative difference below which two statistics are equal


@dataclass(frozen=True)
class Inverted:
    """A randomisation test of "the effect is tau" for every tau at once.

    Each dealing of the lots is at least as extreme (upwards) as the one that happened exactly for
    taus from one value on: those values, sorted, are ``effects``. ``always`` dealings are as
    extreme whatever tau is; the one that happened is among them.
    """

    effects: tuple[float, ...]
    always: int
    slack: float = 0.0  #: rounding noise of the values

    @property
    def total(self) -> int:
        """Dealings in the reference distribution."""
        return len(self.effects) + self.always

    def lower(self, alpha: float) -> float:
        """The smallest effect that the one-sided test at ``alpha`` does not reject."""
        place = self._place(alpha)
        return self.effects[place] if place >= 0 else -math.inf

    def upper(self, alpha: float) -> float:
        """The largest effect that the one-sided test at ``alpha`` does not reject."""
        place = self._place(alpha)
        return self.effects[-1 - place] if place >= 0 else math.inf

    def p_up(self) -> float:
        """One-sided p of "no increase"."""
        return (self.always + sum(one <= self.slack for one in self.effects)) / self.total

    def p_down(self) -> float:
        """One-sided p of "no decrease"."""
        return (self.always + sum(one >= -self.slack for one in self.effects)) / self.total

    def _place(self, alpha: float) -> int:
        allowed = math.floor(alpha * self.total + _SAME)
        return min(allowed - self.always, len(self.effects) - 1)


@dataclass(frozen=True)
class Panel:
    """Cells of clusters (rows) and windows (columns); NaN where a cell has no answers.

    Attributes:
        means: mean score of the cell, in points.
        sampling: its sampling variance.
        exposure: share of the window in which the cluster had the action, 0..1.
    """

    means: Array
    sampling: Array
    exposure: Array

    @property
    def earlier(self) -> Any:
        """Columns in which no cluster had the action."""
        return np.flatnonzero(~self.exposure.any(axis=0))

    @property
    def later(self) -> Any:
        """Columns in which some cluster had it."""
        return np.flatnonzero(self.exposure.any(axis=0))

    @property
    def groups(self) -> tuple[int, ...]:
        """Number of the group of each cluster: those of one group had the action alike."""
        known: dict[tuple[float, ...], int] = {}
        return tuple(known.setdefault(tuple(row), len(known)) for row in self.exposure)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Clusters in each group."""
        return tuple(int(size) for size in np.bincount(self.groups))

    @property
    def ways(self) -> int:
        """In how many ways the lots could have fallen."""
        return arrangements(self.sizes)


@dataclass(frozen=True)
class Prior:
    """What the earlier windows tell of each cluster, before any lots were drawn."""

    level: Array  #: how far it will lie from the others, as far as the past can tell
    left: Array  #: variance of what the past can't tell
    shock: float  #: variance of what moves a cluster in one window by itself


def prior(means: Array, sampling: Array, shock_floor: float, shock_usual: float) -> Prior:
    """Best linear prediction of clusters' levels from windows without the action.

    Each cluster's mean distance from the others, shrunk by its reliability (ANCOVA as in CUPED,
    Deng et al. 2013). Nothing after the draw goes in, so any value keeps the test exact.

    Args:
        means: clusters x earlier windows, NaN where there are no answers.
        sampling: their sampling variances.
        shock_floor: smallest variance of a cluster's shock in one window that is believed.
        shock_usual: the variance taken where one window can't tell it.
    """
    centred = means - np.array([_mean(column) for column in means.T])
    known = np.isfinite(centred)
    shock = _shock(centred, sampling, known, shock_floor, shock_usual)
    precision = np.where(known, 1.0 / (shock + np.where(known, sampling, 1.0)), 0.0)
    weight = precision.sum(axis=1)
    seen = weight > 0
    distance = np.zeros(len(means))
    distance[seen] = (precision * np.where(known, centred, 0.0)).sum(axis=1)[seen] / weight[seen]
    noise = np.full(len(means), math.inf)
    noise[seen] = 1.0 / weight[seen]
    between = 0.0
    if seen.sum() > 1:
        between = max(0.0, float(np.var(distance[seen], ddof=1) - noise[seen].mean()))
    reliability = between / (between + noise)
    return Prior(reliability * distance, between * (1.0 - reliability), shock)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _shock(centred: Array, sampling: Array, known: Any, floor: float, usual: float) -> float:
    windows, clusters = int(known.any(axis=0).sum()), int(known.any(axis=1).sum())
    df = int(known.sum()) - clusters - windows + 1
    if windows < 2 or df < 1:
        return max(floor, usual)
    centres = np.array([_mean(row) for row in centred])[:, None]
    squares = np.where(known, centred - centres, 0.0) ** 2
    return max(floor, float(squares.sum()) / df - float(sampling[known].mean()))


@dataclass(frozen=True)
class Drawn:
    """What the lots say about the effect."""

    estimate: float  #: points, by generalised least squares
    variance: float  #: of the estimate over the dealings, the effect taken out
    test: Inverted


def information(panel: Panel, before: Prior) -> float:
    """One over the variance of the estimate, were nothing but sampling and shocks at work."""
    later = panel.later
    cells = np.isfinite(panel.means[:, later])
    happened = panel.exposure[:, later][cells]
    return float(happened @ _projection(panel.sampling[:, later], cells, before) @ happened)


def drawn(panel: Panel, before: Prior, seed: int) -> Drawn | None:
    """Estimate and test of the effect; None where no window holds clusters with and without it."""
    later = panel.later
    cells = np.isfinite(panel.means[:, later])
    outcome = (panel.means[:, later] - before.level[:, None])[cells]
    weights = _projection(panel.sampling[:, later], cells, before)
    happened = panel.exposure[:, later][cells]
    information = float(happened @ weights @ happened)
    if not information > _SAME * float(np.trace(weights)):
        return None
    estimate = float(happened @ weights @ outcome) / information
    rows = _rows(panel)[:, later]
    found = [
        _compared(rows[dealt][:, cells], weights, outcome, happened, estimate)
        for dealt in _chunks(panel, seed)
    ]
    effects = np.sort(np.concatenate([one for one, _ in found]))
    always = 1 + sum(len(estimates) - len(one) for one, estimates in found)
    squares = np.concatenate([estimates for _, estimates in found]) ** 2
    variance = float(np.nanmean(squares)) if np.isfinite(squares).any() else 0.0
    slack = _SAME * float(np.abs(outcome).max())
    variance = variance if variance > slack**2 else 0.0
    return Drawn(estimate, variance, Inverted(tuple(effects.tolist()), always, slack))


def _compared(
    given: Array, weights: Array, outcome: Array, happened: Array, estimate: float
) -> tuple[Array, Array]:
    """(effects at which dealings draw level with what happened, their estimates without effect).

    A dealing's z falls with the effect by ``slope``, that of what happened by ``own``, and never
    less (Cauchy-Schwarz): so there is one effect from which on the dealing is as extreme. One
    that tells as much as what happened (no gap), or nothing, has none.
    """
    own = math.sqrt(float(happened @ weights @ happened))
    spread = np.einsum("nk,nk->n", given @ weights, given)
    telling = spread > _SAME * own**2
    root = np.sqrt(np.where(telling, spread, math.nan))
    z = given @ (weights @ outcome) / root
    slope = given @ (weights @ happened) / root
    apart = telling & (own - np.where(telling, slope, own) > _SAME * own)
    return (own * estimate - z)[apart] / (own - slope)[apart], (z - estimate * slope) / root


def _projection(sampling: Array, cells: Any, before: Prior) -> Array:
    """Inverse covariance of the cells with the windows' own levels taken out.

    A cell varies by sampling and its cluster's shock of the window; the cells of one cluster share
    what the past could not tell of it.
    """
    cluster, window = np.nonzero(cells)
    covariance = np.where(cluster[:, None] == cluster, before.left[cluster], 0.0)
    covariance[np.diag_indices(len(cluster))] += before.shock + sampling[cells]
    inverse = np.linalg.inv(covariance)
    levels = (window[:, None] == np.unique(window)).astype(float)
    held = inverse @ levels
    projected: Array = inverse - held @ np.linalg.solve(levels.T @ held, held.T)
    return projected


def _rows(panel: Panel) -> Array:
    """Exposure by group number."""
    groups = panel.groups
    return np.array([panel.exposure[groups.index(number)] for number in range(len(panel.sizes))])


def _chunks(panel: Panel, seed: int) -> Iterator[Any]:
    """Dealings (group number by cluster) without the one that happened, or a sample of all."""
    groups = np.array(panel.groups)
    if panel.ways > MOST_ENUMERATED:
        generator = np.random.default_rng(seed)
        for _ in range(MOST_ENUMERATED // _CHUNK):
            yield generator.permuted(np.tile(groups, (_CHUNK, 1)), axis=1)
        return
    every = _every_dealing(panel.sizes)
    others = every[(every != groups).any(axis=1)]
    for start in range(0, len(others), _CHUNK):
        yield others[start : start + _CHUNK]


@lru_cache(maxsize=4)
def _every_dealing(sizes: tuple[int, ...]) -> Any:
    return np.array(list(_dealings(sum(sizes), sizes)))


def _dealings(clusters: int, sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way of dealing clusters to groups of these sizes."""
    last = len(sizes) - 1
    if not last:
        yield (0,) * clusters
        return
    for chosen in combinations(range(clusters), sizes[last]):
        for dealt in _dealings(clusters - sizes[last], sizes[:last]):
            others = iter(dealt)
            yield tuple(last if one in chosen else next(others) for one in range(clusters))
