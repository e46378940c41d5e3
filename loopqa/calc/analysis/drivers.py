"""What goes along with the outcome: Johnson's relative weights of several correlated scores.

A share says how much of the outcome's differences between cases goes along with a dimension, what
it has in common with the others being divided fairly. It is correlation: nobody has changed
anything yet. (Johnson 2000, Multivariate Behavioral Research 35:1; the same to the second decimal
as averaging over all orders, Lindeman, Merenda & Gold 1980, at a twentieth of the work.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.model.score import Interval

LEAST = 200  #: answers below which the top driver is right in hardly more than half the cases
DRAWS = 400  #: resamples behind the intervals
CONFIDENCE = 0.95

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Joint:
    """Cases counted by the scores they have together."""

    names: tuple[str, ...]
    values: Array  #: (patterns, names); NaN where a case lacks the score
    counts: NDArray[np.int64]  #: cases with each pattern

    def only(self, names: Sequence[str]) -> Joint:
        """The same cases with some of the scores."""
        places = [self.names.index(name) for name in names]
        return Joint(tuple(names), self.values[:, places], self.counts)


@dataclass(frozen=True)
class Driver:
    """One dimension's part in the outcome."""

    name: str
    share: float  #: 0..1 of what all drivers explain together
    interval: Interval  #: 95 %, of the share
    rank: int  #: 1 + the number of drivers that are clearly above it


@dataclass(frozen=True)
class Drivers:
    """All drivers of one outcome, the largest share first."""

    n: int  #: answers behind the least certain correlation
    r2: float  #: share of the outcome's variance they explain together
    drivers: tuple[Driver, ...]

    @property
    def leading(self) -> tuple[Driver, ...]:
        """The drivers that no other one is clearly above: one, or several that tie."""
        return tuple(one for one in self.drivers if one.rank == 1)


@dataclass(frozen=True)
class Moments:
    """Spreads and correlations of several scores, each pair from the cases that have both."""

    n: Array  #: (k, k) cases that have both
    sd: Array  #: (k,)
    r: Array  #: (k, k)


def moments(values: Array, counts: NDArray[Any]) -> Moments:
    """Correlations of the columns of ``values``; NaN is a missing score, ``counts`` weigh rows."""
    np = _numpy()
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    present = known.astype(float)
    weighed = filled.T * counts
    n = (present.T * counts) @ present
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weighed @ present) / n  # of the row's score, where the column's is known
        square = ((filled**2).T * counts) @ present / n
        variance = np.clip(square - mean**2, 0.0, None)
        covariance = weighed @ filled / n - mean * mean.T
        r = covariance / np.sqrt(variance * variance.T)
    r = np.where(np.isfinite(r), np.clip(r, -1.0, 1.0), 0.0)
    np.fill_diagonal(r, 1.0)
    return Moments(n, np.sqrt(np.nan_to_num(np.diag(variance))), r)


def relative_weights(between: Array, outcome: Array) -> Array:
    """Johnson's relative weights: they add up to R2.

    Args:
        between: (k, k) correlations of the drivers with each other.
        outcome: (k,) their correlations with the outcome.

    >>> import numpy as np
    >>> weights = relative_weights(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.3]))
    >>> [round(float(one), 3) for one in weights]
    [0.315, 0.045]
    """
    np = _numpy()
    sizes, axes = np.linalg.eigh(between)
    roots = np.sqrt(np.clip(sizes, 1e-10, None))  # pairs of different cases may give tiny negatives
    root = (axes * roots) @ axes.T
    beta = (axes / roots) @ axes.T @ outcome
    weights: Array = root**2 @ beta**2
    return weights


def drivers_of_outcome(joint: Joint, outcome: str, random: np.random.Generator) -> Drivers:
    """Drivers of one of the scores: all the others, or as many as ever differ."""
    names = [name for name in joint.names if name != outcome]
    ordered = joint.only([*names, outcome])

    def weights(found: Moments) -> Array:
        return relative_weights(found.r[:-1, :-1], found.r[:-1, -1])

    return _drivers(ordered, tuple(names), weights, random)


def drivers_of_composite(
    joint: Joint, weight: Sequence[float], random: np.random.Generator
) -> Drivers:
    """Drivers of the weighted mean of all scores; what they explain is all of it."""
    np = _numpy()
    parts = np.asarray(weight, dtype=float)

    def weights(found: Moments) -> Array:
        covariance = found.r * np.outer(found.sd, found.sd)
        spread = float(np.sqrt(max(parts @ covariance @ parts, 1e-300)))
        with np.errstate(invalid="ignore", divide="ignore"):
            outcome = covariance @ parts / (found.sd * spread)
        return relative_weights(found.r, np.nan_to_num(outcome))

    return _drivers(joint, joint.names, weights, random)


def _drivers(joint: Joint, names: tuple[str, ...], weights: Any, random: Any) -> Drivers:
    np = _numpy()
    found = moments(joint.values, joint.counts)
    raw = weights(found)
    draws = np.array([_shares(weights(one)) for one in _resampled(joint, random)])
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    shares = _shares(raw)
    made = [
        Driver(name, float(shares[at]), (float(low[at]), float(high[at])), _rank(draws, at))
        for at, name in enumerate(names)
    ]
    ordered = sorted(made, key=lambda one: (-one.share, one.name))
    return Drivers(int(found.n.min()), float(min(raw.sum(), 1.0)), tuple(ordered))


def _shares(weights: Array) -> Array:
    total = weights.sum()
    return weights / total if total > 0 else weights * 0 + 1 / len(weights)


def _rank(draws: Array, at: int) -> int:
    """1 + the number of drivers whose lead over this one holds in all but 2.5 % of the draws."""
    lead = _numpy().quantile(draws - draws[:, [at]], (1 - CONFIDENCE) / 2, axis=0)
    return 1 + int((lead > 0).sum())


def _resampled(joint: Joint, random: np.random.Generator) -> Any:
    """Moments of so many cases drawn anew, with replacement (multinomial)."""
    total = int(joint.counts.sum())
    chances = joint.counts / total
    for _ in range(DRAWS):
        yield moments(joint.values, random.multinomial(total, chances))


def _numpy() -> Any:
    import numpy  # noqa: PLC0415 - heavy, and this module loads with the built-in plugins

    return numpy
