"""A tally sorted by group: everything that is known about one group of cases in one window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from loopqa.calc.strata import Stratified, Stratum, stratified
from loopqa.model.coding import Histogram, State
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE, STRATUM, Group, Moments, Tally

Key = TypeVar("Key")


class Weighted(NamedTuple):
    """Answers on one level: how many, the sum of their weights, and of the squared weights."""

    n: int = 0
    weight: float = 0.0
    weight2: float = 0.0


class Exact(NamedTuple):
    """Count, sum and sum of squares of a quantity as the exact integers of the tally."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def scaled(self, scale: int) -> Moments:
        """The same in units, where one unit is ``scale`` integers."""
        return Moments(self.n, self.total / scale, self.squares / scale**2)


@dataclass
class Sums:
    """The counts of one group, summed over everything else; names as in the tally."""

    states: dict[str, dict[State, int]] = field(default_factory=dict)  #: by indicator
    levels: dict[str, dict[float, Weighted]] = field(default_factory=dict)  #: by indicator
    values: dict[str, dict[int, int]] = field(default_factory=dict)  #: thousandths → answers
    exact: dict[str, Exact] = field(default_factory=dict)  #: by quantity
    sampled: Sampled | None = None  #: how the answers were drawn, if by strata

    def states_of(self, indicator: str) -> dict[str, int]:
        """Answers by state, all five, in their order."""
        counted = self.states.get(indicator, {})
        return {state.value: counted.get(state, 0) for state in State}

    def level_histogram(self, indicator: str) -> Histogram:
        """Counts and weights by level."""
        levels = self.levels.get(indicator, {})
        return Histogram({level: (at.n, at.weight) for level, at in levels.items()})

    def number_histogram(self, indicator: str) -> Histogram:
        """Counts by number; numbers carry no weights."""
        values = self.values.get(indicator, {})
        return Histogram({value / NUMBER_SCALE: (n, float(n)) for value, n in values.items()})

    def number_moments(self, indicator: str) -> Moments:
        """Moments of the numbers of an indicator, in its unit."""
        return self.exact.get(indicator, Exact()).scaled(NUMBER_SCALE)

    def case_moments(self, quantity: str) -> Moments:
        """Moments of a case score, in points."""
        return self.exact.get(quantity, Exact()).scaled(CASE_SCALE)


@dataclass(frozen=True)
class Sampled:
    """The answers of a group by the strata they were drawn from."""

    populations: Mapping[tuple[str, str], int]  #: (rater, stratum) → cases there are
    here: Mapping[str, Sums]  #: by stratum, in the group
    whole: Mapping[str, Sums]  #: by stratum, in all groups

    def has(self, rater: str, answers: Callable[[Sums], float]) -> bool:
        """Whether these answers of the rater, as ``answers`` counts them, were drawn by strata.

        Of a rater with several inputs, some may hold every case there is: those are in no stratum.
        """
        unsampled = self.whole.get("")
        drawn = any(one == rater for one, _ in self.populations)
        return drawn and not (unsampled and answers(unsampled))

    def strata(self, rater: str, moments: Callable[[Sums], Moments]) -> tuple[Stratum, ...]:
        """The rater's strata, with those moments of their answers."""
        return tuple(
            Stratum(
                population,
                moments(self.here.get(stratum, Sums())),
                moments(self.whole.get(stratum, Sums())).n,
            )
            for (one, stratum), population in self.populations.items()
            if one == rater
        )

    def estimate(self, rater: str, moments: Callable[[Sums], Moments]) -> Stratified | None:
        """The mean over the rater's strata; None without answers."""
        return stratified(self.strata(rater, moments))


def answers_of(key: str) -> Callable[[Sums], float]:
    """Counts the cases that say something of the indicator ``key``."""
    return lambda sums: sum(sums.states.get(key, {}).values())


def gather(tally: Tally, window: str, key: Callable[[Group], Key | None]) -> dict[Key, Sums]:
    """Sums of one window by ``key(group)``; groups whose key is None are left out."""
    found = _gathered(tally, window, key)
    sizes = {
        (one.rater, one.stratum): one.population for one in tally.strata if one.window == window
    }
    if not sizes:
        return found
    at = tally.by.index(STRATUM)
    whole = _gathered(tally, window, lambda group: group[at])
    here: dict[Key, dict[str, Sums]] = {place: {} for place in found}
    for (place, stratum), sums in _gathered(tally, window, _with(key, at)).items():
        here[place][stratum] = sums
    for place, sums in found.items():
        sums.sampled = Sampled(sizes, here[place], whole)
    return found


def _with(key: Callable[[Group], Key | None], at: int) -> Callable[[Group], tuple[Key, str] | None]:
    def both(group: Group) -> tuple[Key, str] | None:
        place = key(group)
        return None if place is None else (place, group[at])

    return both


def _gathered(tally: Tally, window: str, key: Callable[[Group], Key | None]) -> dict[Key, Sums]:
    found: defaultdict[Key, Sums] = defaultdict(Sums)
    _gather_levels(tally, window, key, found)
    _gather_values(tally, window, key, found)
    _gather_moments(tally, window, key, found)
    return dict(found)


def _gather_levels(
    tally: Tally, window: str, key: Callable[[Group], Key | None], found: dict[Key, Sums]
) -> None:
    for count in tally.levels:
        place = key(count.group) if count.window == window else None
        if place is None:
            continue
        sums = found[place]
        states = sums.states.setdefault(count.indicator, {})
        states[count.state] = states.get(count.state, 0) + count.n
        if count.level is not None:
            levels = sums.levels.setdefault(count.indicator, {})
            at = levels.get(count.level, Weighted())
            levels[count.level] = Weighted(
                at.n + count.n, at.weight + count.weight, at.weight2 + count.weight2
            )


def _gather_values(
    tally: Tally, window: str, key: Callable[[Group], Key | None], found: dict[Key, Sums]
) -> None:
    for count in tally.values:
        place = key(count.group) if count.window == window else None
        if place is not None:
            values = found[place].values.setdefault(count.indicator, {})
            values[count.value] = values.get(count.value, 0) + count.n


def _gather_moments(
    tally: Tally, window: str, key: Callable[[Group], Key | None], found: dict[Key, Sums]
) -> None:
    for moment in tally.moments:
        place = key(moment.group) if moment.window == window else None
        if place is not None:
            at = found[place].exact.get(moment.quantity, Exact())
            found[place].exact[moment.quantity] = Exact(
                at.n + moment.n, at.total + moment.total, at.squares + moment.squares
            )
