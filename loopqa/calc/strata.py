"""Estimates from stratified samples of finite populations (Cochran 1977, chapter 5; Kish 1965)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loopqa.calc.intervals import spread, t_quantile
from loopqa.model.score import Interval
from loopqa.model.tally import Moments


@dataclass(frozen=True)
class Stratum:
    """One stratum: how many cases there are, and what those drawn say."""

    population: float  #: cases there are, drawn or not
    sample: Moments  #: scores of those drawn


@dataclass(frozen=True)
class Stratified:
    """A mean over all strata, by their sizes."""

    mean: float
    variance: float  #: of the mean; strata with one answer add what the others' spread suggests
    df: float  #: answers minus strata
    effective: float  #: answers of a simple random sample with weights as uneven (Kish)

    def interval(self, confidence: float = 0.95) -> Interval | None:
        """Two-sided t interval of the mean; None where no spread is known."""
        if not self.df > 0 or not self.variance > 0:
            return None
        half = t_quantile(0.5 + confidence / 2, self.df) * math.sqrt(self.variance)
        return self.mean - half, self.mean + half


def stratified(strata: Iterable[Stratum]) -> Stratified | None:
    """Mean = sum (N_h/N) ybar_h, V = sum (N_h/N)^2 (1 - n_h/N_h) s_h^2/n_h; None without answers.

    Strata in which nothing was drawn are left out; the mean then speaks of the others.

    Raises:
        ValueError: more cases were drawn from a stratum than it has.

    >>> small = Stratum(100, Moments.of([1.0, 2.0, 3.0]))
    >>> round(stratified([small, Stratum(300, Moments.of([3.0, 4.0, 5.0]))]).mean, 2)
    3.5
    """
    known = [one for one in strata if one.sample.n > 0]
    for one in known:
        if one.sample.n > one.population:
            raise ValueError(f"{one.sample.n} drawn from a stratum of {one.population}")
    whole = sum(one.population for one in known)
    if not whole:
        return None
    pooled = _pooled_variance(known)
    shares = [one.population / whole for one in known]
    return Stratified(
        math.fsum(share * one.sample.mean for share, one in zip(shares, known, strict=True)),
        math.fsum(
            share**2 * _variance(one, pooled) for share, one in zip(shares, known, strict=True)
        ),
        sum(one.sample.n for one in known) - len(known),
        effective_answers([(one.sample.n, one.population / one.sample.n) for one in known]),
    )


def effective_answers(weights: Sequence[tuple[float, float]]) -> float:
    """(sum w)^2 / sum w^2 of (answers, weight of each); 0 without any (Kish 1965).

    >>> effective_answers([(10, 1.0)]), round(effective_answers([(10, 1.0), (10, 3.0)]), 1)
    (10.0, 16.0)
    """
    total = math.fsum(n * weight for n, weight in weights)
    squares = math.fsum(n * weight**2 for n, weight in weights)
    return total**2 / squares if squares else 0.0


def _variance(one: Stratum, pooled: float) -> float:
    within = spread(one.sample) if one.sample.n > 1 else pooled
    return (1 - one.sample.n / one.population) * within / one.sample.n


def _pooled_variance(strata: Sequence[Stratum]) -> float:
    df = sum(one.sample.n - 1 for one in strata)
    return sum(spread(one.sample) * (one.sample.n - 1) for one in strata) / df if df > 0 else 0.0
