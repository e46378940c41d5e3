"""What a design will be able to see, before anybody is asked.

Two views are kept apart. *Sampling alone* is the textbook number: what the answers show if nothing
but chance in picking customers moves the means. *The verdict* is held to more: the local shocks its
design has to allow for, and its own level. The luck of a flagged cell, and what is not known of the
retest correlation, depend on the data and are left out of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from loopqa.calc.effect.available import LEAST_ANSWERS
from loopqa.calc.effect.designs import RANDOMISED, TABLE, Design, Drift, Method
from loopqa.calc.effect.drift import FLOOR, LAG_DF, LEAST_WINDOWS
from loopqa.calc.effect.fits import Part, satterthwaite
from loopqa.calc.effect.streams import REPEATS, View, spells
from loopqa.calc.power import (
    Layout,
    answers_needed,
    as_of_endless,
    design_detects,
    detectable_change,
    of_finite,
)
from loopqa.calc.verdict.lots_outlook import LotsOutlook
from loopqa.model.verdict import Asked

_MOST = 10_000_000  #: answers beyond which nobody need look


@dataclass(frozen=True)
class Outlook:
    """A re-survey as it is planned, and what is known of the answers."""

    asked: Asked
    comparison: bool  #: with as many answers as the scope
    windows: int  #: earlier windows with about as many answers
    sd: float  #: of one answer, in points
    retest: float = 0.45  #: correlation of a customer's two answers
    confidence: float = 0.95  #: one-sided
    allowance: float = 0.10  #: sd of a local shock that nobody measured, in points
    floor: float = FLOOR  #: smallest sd of a measured one that is believed, in points
    design_effect: float = 1.0  #: variance with clusters over that without
    lots: LotsOutlook | None = None  #: lots will decide who begins; they bring their comparison
    population: float | None = None
    """Customers there are, where sampling alone is asked about them and nobody else. A verdict is
    about customers to come as well, so it does not profit."""

    @property
    def history(self) -> bool:
        """Whether the earlier windows are enough to be used."""
        return self.windows >= LEAST_WINDOWS

    @property
    def design(self) -> Design | None:
        """The row of the decision table; None: no verdict is possible."""
        if self.lots is not None:
            return RANDOMISED
        return TABLE.get((self.asked, self.comparison, self.history))

    @property
    def layout(self) -> Layout:
        """The textbook layout of this plan."""
        if self.asked is not Asked.RANDOM:
            return Layout.PAIRED_COMPARISON if self.comparison else Layout.PAIRED
        if self.comparison and not self.history:
            return Layout.UNPAIRED_COMPARISON
        if self.comparison:
            return Layout.HISTORY_COMPARISON
        return Layout.HISTORY if self.history else Layout.UNPAIRED

    def sampling_detects(self, n: float) -> float:
        """Smallest change that ``n`` answers show in four of five cases, by sampling alone."""
        if self.lots is not None:
            return self._lots_detect(self.lots, n, 0.0)
        return detectable_change(
            as_of_endless(n, self.population),
            self.sd,
            self.layout,
            retest=self.retest,
            confidence=self.confidence,
            design_effect=self.design_effect,
        )

    def sampling_needs(self, change: float) -> int:
        """Answers that show ``change``, by sampling alone."""
        if self.lots is not None:
            return _first(lambda n: self.sampling_detects(n) <= change)
        endless = answers_needed(
            change,
            self.sd,
            self.layout,
            retest=self.retest,
            confidence=self.confidence,
            design_effect=self.design_effect,
        )
        return of_finite(endless, self.population)

    def verdict_detects(self, n: float) -> float | None:
        """Smallest change for which ``n`` answers give a verdict in four of five cases.

        None where no verdict is possible: the design has none, or too few answer.
        """
        if self.lots is not None:
            return self._lots_detect(self.lots, n, self.allowance)
        if self.design is None or n < LEAST_ANSWERS:
            return None
        share = self._factor(self.design) * self.design_effect
        sampling = Part(share * self.sd**2 / n, max(1.0, 2 * (n - 1)))
        total = satterthwaite([sampling, self._drift(self.design)])
        alpha = (1 - self.confidence) / (2 if self.design.strict else 1)
        return design_detects(total.variance, total.df, alpha)

    def verdict_needs(self, change: float) -> int | None:
        """Answers that give a verdict on ``change`` in four of five cases; None: no number does."""
        limit = self.verdict_limit()
        if limit is None or limit > change:
            return None
        return _first(lambda n: (self.verdict_detects(n) or math.inf) <= change)

    def verdict_limit(self) -> float | None:
        """The change below which no number of answers gives a verdict."""
        return self.verdict_detects(_MOST)

    def _lots_detect(self, lots: LotsOutlook, n: float, shock: float) -> float:
        """By the lots; the shock of a cluster is the rubric's allowance until it is measured."""
        sd = self.sd * math.sqrt(self.design_effect)
        return lots.detects(n, sd, shock, 1 + self.windows, 1 - self.confidence)

    def _factor(self, design: Design) -> float:
        """Variance of the contrast for one answer in each place, over that of one answer.

        A line of slope rho leaves 1 - rho^2 of the pairs, and leans on a mean by 1 - rho.
        """
        arms, rho = 2.0 if self.comparison else 1.0, self.retest
        match design.method:
            case Method.BASELINE:
                return arms * 2.0
            case Method.HISTORY:
                return arms * (1 + REPEATS / self.windows)
            case Method.PAIRS:
                return arms * 2.0 * (1 - rho)
            case Method.PAIRS_TO_HISTORY | Method.LOW_TO_HISTORY:
                return arms * (1 - rho**2 + (1 - rho) ** 2 * REPEATS / self.windows)
            case _:  # low scorers against the baseline; lots are planned for elsewhere
                return arms * (1 - rho**2 + (1 - rho) ** 2)

    def _drift(self, design: Design) -> Part:
        """Drift variance as the verdict will count it, where no shocks above the floor show."""
        floor = self.floor**2
        match design.drift:
            case Drift.SHOCK:
                view = View(design.method, self.comparison, rho=self.retest)
                return Part(floor * spells(view, self.windows), self.windows - 1)
            case Drift.LAG:
                return Part(2 * floor, LAG_DF)
            case Drift.ALLOWANCE:
                return Part(2 * self.allowance**2)
            case Drift.NONE:
                return Part(0.0)


def _first(enough: Callable[[int], bool]) -> int:
    """The smallest number from 2 on that is enough; all larger ones are, too."""
    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
