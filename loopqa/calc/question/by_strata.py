"""Samples that were drawn by strata, as the questions need them: weights, and the scope's means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loopqa.calc.question.arms import Arms
from loopqa.calc.question.reading_sums import Row
from loopqa.calc.question.readings import Reading
from loopqa.calc.strata import Stratum, stratified
from loopqa.model.surveyed import SurveyMean
from loopqa.model.tally import STRATUM, Group, Moments, Tally
from loopqa.model.verdict import Arm

Totals = Mapping[tuple[str, str, Arm], tuple[float, float]]
"""(quantity, window, arm) → sum of weights, sum of squared weights."""


@dataclass(frozen=True)
class ByStrata:
    """How many cases of the population each answer stands for; 1 where there are no strata."""

    quantities: frozenset[str] = frozenset()  #: of answers that were drawn by strata
    place: int = -1  #: of the stratum in a group
    populations: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """(quantity, window, stratum) → cases there are."""
    drawn: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    """(quantity, window, stratum) → answers, in the scope and outside."""

    def weighted(self, row: Row) -> Moments:
        """A row's moments with sums of weights for numbers of answers."""
        weight, moments = self._weight(row), row[3]
        if weight == 1.0:
            return moments
        return Moments(weight * moments.n, weight * moments.total, weight * moments.squares)

    def weight_of(self, quantity: str, window: str, group: Group) -> float:
        """How many cases of the population an answer stands for; 1 where that is not known."""
        return self._weight((quantity, window, group, Moments()))

    def totals(self, rows: Sequence[Row], arms: Arms) -> Totals:
        """What Kish's rates are made of, for the quantities that have strata."""
        found: defaultdict[tuple[str, str, Arm], tuple[float, float]] = defaultdict(
            lambda: (0.0, 0.0)
        )
        for row in rows:
            arm = arms.seat(row[2]).arm
            if arm is not None and self._known(row):
                weight, n = self._weight(row), row[3].n
                first, second = found[row[0], row[1], arm]
                found[row[0], row[1], arm] = first + weight * n, second + weight**2 * n
        return found

    def scope_means(self, rows: Sequence[Row], arms: Arms) -> Mapping[tuple[str, str], SurveyMean]:
        """(quantity, window) → the scope's mean over the strata, of that window's cases."""
        sums: defaultdict[tuple[str, str], dict[str, Moments]] = defaultdict(dict)
        for row in rows:
            if self._known(row) and arms.seat(row[2]).arm is Arm.SCOPE:
                by_stratum, stratum = sums[row[0], row[1]], row[2][self.place]
                by_stratum[stratum] = by_stratum.get(stratum, Moments()) + row[3]
        found = {}
        for (quantity, window), by_stratum in sums.items():
            estimate = stratified(
                Stratum(self.populations[key], moments, self.drawn[key])
                for stratum, moments in by_stratum.items()
                for key in [(quantity, window, stratum)]
            )
            if estimate is not None:
                found[quantity, window] = SurveyMean(
                    estimate.mean, estimate.variance, estimate.df, estimate.census
                )
        return found

    def _key(self, row: Row) -> tuple[str, str, str]:
        return row[0], row[1], row[2][self.place]

    def _known(self, row: Row) -> bool:
        return bool(self.populations) and self._key(row) in self.populations

    def _weight(self, row: Row) -> float:
        if not self._known(row):
            return 1.0
        return self.populations[self._key(row)] / self.drawn[self._key(row)]


def by_strata(tally: Tally, rows: Sequence[Row], wanted: Sequence[Reading]) -> ByStrata:
    """The strata of a tally; nothing where none were known."""
    if not tally.strata:
        return ByStrata()
    place = tally.by.index(STRATUM)
    populations = {
        (reading.quantity, one.window, one.stratum): one.population
        for one in tally.strata
        for reading in wanted
        if reading.rater == one.rater
    }
    drawn: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for quantity, window, group, moments in rows:
        drawn[quantity, window, group[place]] += moments.n
    weighed = frozenset(quantity for quantity, *_ in populations.keys() & drawn.keys())
    return ByStrata(weighed, place, populations, drawn)
