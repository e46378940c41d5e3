"""Where a shortfall sits: slices of the cases that score lower than the rest, beyond chance.

Looking at many slices and naming the lowest ones finds four false ones in ten. So every slice is
tested against all other cases, and Benjamini & Hochberg (1995) keep the expected share of false
ones among those named at 10 %. They are ordered by what they take from the overall score, with
their means pulled towards each other, because the lowest mean of many is low by luck as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loopqa.calc.analysis.shrinking import shrunk
from loopqa.calc.detection.cells import Estimate, p_drop
from loopqa.calc.verdict.families import benjamini_hochberg
from loopqa.model.cycle import Scope

RATE = 0.10  #: expected share of false slices among those named
LEAST = 10  #: answers below which a slice, or the rest beside it, is not tested
PART_LEVEL = 0.05  #: a slice inside a named one is told only if it lies below its other cases


@dataclass(frozen=True)
class Group:
    """The answers of some cases: how many, and their mean with its standard error."""

    n: int
    estimate: Estimate


@dataclass(frozen=True)
class Slice:
    """Cases with the same value in one column or in several, and all the others."""

    scope: Scope
    inside: Group
    outside: Group

    @property
    def columns(self) -> tuple[str, ...]:
        """What it is cut by; slices with the same columns share no case."""
        return tuple(column for column, _ in self.scope)


@dataclass(frozen=True)
class Low:
    """A slice that scores lower than the rest."""

    scope: Scope
    n: int
    mean: float
    rest: float  #: mean of all other cases
    shrunk: float  #: its mean, pulled towards those of its neighbours
    contribution: float  #: points by which it lowers the whole: share of cases x (rest - shrunk)
    p: float  #: one-sided, against the rest


@dataclass(frozen=True)
class Slices:
    """What looking at all slices came to."""

    tested: int
    skipped: int  #: with too few answers
    found: int  #: score lower than the rest, beyond chance
    low: tuple[Low, ...]  #: those of them that say something of their own; the largest first


def look_into(slices: Iterable[Slice]) -> Slices:
    """Test every slice against the rest and order those that are lower."""
    everything = list(slices)
    large = [one for one in everything if min(one.inside.n, one.outside.n) >= LEAST]
    p_values = {one.scope: p_drop(one.outside.estimate, one.inside.estimate) for one in large}
    passed = benjamini_hochberg(p_values, RATE)
    means = _shrunk_means(large)
    low = [_low(one, means[one.scope], p_values[one.scope]) for one in large]
    found = [one for one in low if one.scope in passed and one.mean < one.rest]
    told = _of_their_own([one for one in large if one.scope in {low.scope for low in found}])
    return Slices(
        len(large),
        len(everything) - len(large),
        len(found),
        tuple(
            sorted(
                (one for one in found if one.scope in told),
                key=lambda one: (-one.contribution, one.scope),
            )
        ),
    )


def _of_their_own(found: Sequence[Slice]) -> set[Scope]:
    """Slices that do not just lie inside another one that was found, being no lower than it."""
    return {
        one.scope
        for one in found
        if all(_below_the_others_of(whole, one) for whole in found if _inside(one, whole))
    }


def _inside(one: Slice, whole: Slice) -> bool:
    return one.scope != whole.scope and set(whole.scope) < set(one.scope)


def _below_the_others_of(whole: Slice, part: Slice) -> bool:
    """Whether a part of a slice scores lower than the other cases of that slice."""
    others = whole.inside.n - part.inside.n
    if others < LEAST:
        return False
    total = whole.inside.n * whole.inside.estimate.centre - part.inside.n * (
        part.inside.estimate.centre
    )
    error = whole.inside.estimate.error * math.sqrt(whole.inside.n / others)
    rest = Estimate(total / others, error, others - 1)
    return p_drop(rest, part.inside.estimate) <= PART_LEVEL


def _low(one: Slice, mean: float, p: float) -> Low:
    rest, n = one.outside.estimate.centre, one.inside.n
    contribution = n / (n + one.outside.n) * (rest - mean)
    return Low(one.scope, n, one.inside.estimate.centre, rest, mean, contribution, p)


def _shrunk_means(slices: Sequence[Slice]) -> dict[Scope, float]:
    """Means pulled together among slices cut by the same columns."""
    families: dict[tuple[str, ...], list[Slice]] = {}
    for one in slices:
        families.setdefault(one.columns, []).append(one)
    means: dict[Scope, float] = {}
    for family in families.values():
        groups = [one.inside for one in family]
        if len(groups) == 1:
            groups.append(family[0].outside)  # a slice alone is held against the rest
        pulled = shrunk([one.estimate.centre for one in groups], _variances(groups))
        means |= {one.scope: mean for one, mean in zip(family, pulled, strict=False)}
    return means


def _variances(groups: Sequence[Group]) -> list[float]:
    """Variances of the means; a group of equal answers takes the others' spread, not none."""
    spreads = [one.estimate.error**2 * one.n for one in groups if one.estimate.error > 0]
    usual = sum(spreads) / len(spreads) if spreads else 1e-12
    return [one.estimate.error**2 or usual / one.n for one in groups]
