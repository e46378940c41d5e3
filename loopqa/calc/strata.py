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
    sample: Moments  #: scores of those drawn, or of the segment of them that is looked at
    drawn: float = 0.0  #: answers drawn from the whole stratum; 0: ``sample`` has them all

    @property
    def answers(self) -> float:
        """Answers drawn from the whole stratum."""
        return self.drawn or self.sample.n

    @property
    def weight(self) -> float:
        """Cases that each answer stands for."""
        return self.population / self.answers


@dataclass(frozen=True)
class Stratified:
    """A mean over all strata, by their sizes."""

    mean: float
    sd: float  #: of the population's scores, estimated; 0 where it can't be told
    variance: float  #: of the mean; strata with one answer add what the others' spread suggests
    df: float  #: Satterthwaite's, at most answers minus strata (Cochran 1977, 5.16)
    effective: float  #: answers of a simple random sample with weights as uneven (Kish)
    census: bool = False  #: every case there is was drawn: nothing is left to chance

    def interval(self, confidence: float = 0.95) -> Interval | None:
        """Two-sided t interval of the mean; of no width for a census; None without any spread."""
        if self.census:
            return self.mean, self.mean
        if not self.df > 0 or not self.variance > 0:
            return None
        half = t_quantile(0.5 + confidence / 2, self.df) * math.sqrt(self.variance)
        return self.mean - half, self.mean + half


def stratified(strata: Iterable[Stratum]) -> Stratified | None:
    """Mean = sum (N_h/N) ybar_h, V = sum (N_h/N)^2 (1 - n_h/N_h) s_h^2/n_h; None without answers.

    Strata in which nothing was drawn are left out; the mean then speaks of the others. Of a
    segment that cuts through strata it is the ratio estimate of a domain, and s_h^2 is the variance
    of its deviations with 0 for the cases outside (Cochran 1977, 5A.14).

    Raises:
        ValueError: more cases were drawn from a stratum than it has.

    >>> small = Stratum(100, Moments.of([1.0, 2.0, 3.0]))
    >>> round(stratified([small, Stratum(300, Moments.of([3.0, 4.0, 5.0]))]).mean, 2)
    3.5
    """
    known = [one for one in strata if one.sample.n > 0]
    for one in known:
        if one.answers > one.population:
            raise ValueError(f"{one.answers} drawn from a stratum of {one.population}")
    whole = math.fsum(one.weight * one.sample.n for one in known)
    if not whole:
        return None
    mean = math.fsum(one.weight * one.sample.total for one in known) / whole
    squares = math.fsum(one.weight * one.sample.squares for one in known) / whole
    effective = effective_answers([(one.sample.n, one.weight) for one in known])
    around = Moments(effective, effective * mean, effective * squares)
    variance, df = _variance_and_df(known, mean, whole)
    return Stratified(
        mean,
        math.sqrt(spread(around)),
        variance,
        min(df, sum(one.sample.n for one in known) - len(known)),
        effective,
        all(one.answers == one.population for one in known),
    )


def effective_answers(weights: Sequence[tuple[float, float]]) -> float:
    """(sum w)^2 / sum w^2 of (answers, weight of each); 0 without any (Kish 1965).

    >>> effective_answers([(10, 1.0)]), round(effective_answers([(10, 1.0), (10, 3.0)]), 1)
    (10.0, 16.0)
    """
    total = math.fsum(n * weight for n, weight in weights)
    squares = math.fsum(n * weight**2 for n, weight in weights)
    return total**2 / squares if squares else 0.0


def _variance_and_df(strata: Sequence[Stratum], mean: float, whole: float) -> tuple[float, float]:
    """Variance of the mean, and Satterthwaite's degrees of freedom of it (0 where it is 0)."""
    spreads = [_spread(one, mean) for one in strata]
    left = sum(one.answers - 1 for one in strata)
    pooled = (
        sum((one.answers - 1) * found for one, found in zip(strata, spreads, strict=True)) / left
        if left > 0
        else 0.0
    )
    parts: list[tuple[float, float]] = []
    for one, found in zip(strata, spreads, strict=True):
        single = one.answers < 2
        fraction = one.answers / one.population
        part = (one.population / whole) ** 2 * (1 - fraction) / one.answers
        parts.append((part * (pooled if single else found), left if single else one.answers - 1))
    variance = math.fsum(part for part, _ in parts)
    spent = math.fsum((part / variance) ** 2 / df for part, df in parts if part) if variance else 0
    return variance, 1 / spent if spent else 0.0


def _spread(one: Stratum, mean: float) -> float:
    """Variance of the scores in a stratum; of a segment's, of what they add to its mean."""
    if one.answers == one.sample.n:
        return spread(one.sample)
    sample = one.sample
    total = sample.total - mean * sample.n
    squares = sample.squares - 2 * mean * sample.total + mean**2 * sample.n
    return spread(Moments(one.answers, total, max(0.0, squares)))
