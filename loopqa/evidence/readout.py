"""What the queries returned, read back into the records of a tally."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopqa.evidence.backend import Rows
from loopqa.evidence.counting import (
    MEAN_SCALE,
    WEIGHT_SCALE,
    paired_quantities,
    summed_quantities,
)
from loopqa.evidence.grouping import Grouping
from loopqa.evidence.responding import Silent
from loopqa.evidence.shapes import Coded, Shape, decoded_state
from loopqa.model.coding import State
from loopqa.model.tally import (
    BinCount,
    CrossCount,
    Group,
    JointSum,
    LevelCount,
    MomentSum,
    PairCount,
    PairSum,
    ResponseCount,
    Tally,
    ValueCount,
)

_PAIR_SUMS = 6  #: columns of sums that a query of pairs gives, the number of customers first

Place = tuple[str, str, Group]
"""Window, quantity and group."""


@dataclass
class Readout:
    """Collects the records of one tally, over one or several inputs."""

    grouping: Grouping
    levels: list[LevelCount] = field(default_factory=list)
    moments: list[MomentSum] = field(default_factory=list)
    values: list[ValueCount] = field(default_factory=list)
    crosses: list[CrossCount] = field(default_factory=list)
    pairs: Counter[tuple[str, Group, int, int]] = field(default_factory=Counter)
    sums_of_pairs: dict[tuple[str, Group], list[int]] = field(default_factory=dict)
    binned: list[BinCount] = field(default_factory=list)
    joint: list[JointSum] = field(default_factory=list)
    responses: dict[Place, list[int]] = field(default_factory=dict)

    def counts(self, shape: Shape, rows: Rows) -> None:
        """Levels and states, value counts, and the moments of case scores that levels settle."""
        for position, found in _by_position(rows).items():
            if shape.indicators[position].number:
                self._numbers(shape.indicators[position], found, wanted=shape.values)
            else:
                self._levels(shape.indicators[position], found)
                for quantity, points in _settled(shape, position):
                    self._scores(quantity, found, points)

    def _scores(self, quantity: str, rows: Rows, worth: Mapping[int, int]) -> None:
        """The moments of case scores; ``worth`` tells them by level number."""
        sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in rows:
            score = worth.get(row[2])
            if score is not None:
                into, total = sums[row[1]], row[3] * score
                into[0] += row[3]
                into[1] += total
                into[2] += total * score
        for number, found in sums.items():
            window, group = self.grouping.read(number)
            self.moments.append(MomentSum(window, quantity, group, *found))

    def _numbers(self, one: Coded, rows: Rows, *, wanted: bool) -> None:
        states: defaultdict[tuple[int, State], list[Any]] = defaultdict(lambda: [0, 0, 0])
        for row in rows:
            number, value, n = row[1:4]
            state = decoded_state(value, number=True)
            sums = states[number, state]
            for at, more in enumerate(row[3:]):
                sums[at] += more
            if wanted and state is State.ANSWERED:
                window, group = self.grouping.read(number)
                self.values.append(ValueCount(window, one.key, group, value, n))
        weighted = any(len(row) > 4 for row in rows[:1])
        for (number, state), sums in states.items():
            weights = _weights(sums[0], sums[1:] if weighted else ())
            window, group = self.grouping.read(number)
            self.levels.append(LevelCount(window, one.key, group, state, None, sums[0], *weights))

    def _levels(self, one: Coded, rows: Rows) -> None:
        meanings = {
            value: (decoded_state(value, number=False), one.levels[value] if value >= 0 else None)
            for value in {row[2] for row in rows}
        }
        for row in rows:
            window, group = self.grouping.read(row[1])
            weights = _weights(row[3], row[4:])
            counted = (window, one.key, group, *meanings[row[2]], row[3], *weights)
            self.levels.append(LevelCount._make(counted))

    def sums(self, shape: Shape, rows: Rows) -> None:
        """Moments of number indicators, and of the other case scores."""
        keys = summed_quantities(shape)
        for number, *sums in rows:
            window, group = self.grouping.read(number)
            for at, key in enumerate(keys):
                n, total, squares = sums[3 * at : 3 * at + 3]
                if n:
                    self.moments.append(MomentSum(window, key, group, n, int(total), int(squares)))

    def bins(self, shape: Shape, rows: Rows) -> None:
        """Binned numbers."""
        keys = [shape.indicators[one.indicator].key for one in shape.binned]
        for position, number, place, n, total, within in rows:
            window, group = self.grouping.read(number)
            counted = (int(place), n, int(total), int(within))
            self.binned.append(BinCount(window, keys[position], group, *counted))

    def cross(self, shape: Shape, rows: Rows) -> None:
        """Joint counts of case scores; cases that have none of them tell nothing."""
        names = tuple(score.quantity for score in shape.scores)
        for window, *values, n in rows:
            if any(value is not None for value in values):
                self.crosses.append(
                    CrossCount(self.grouping.windows[window], names, tuple(values), n)
                )

    def pairs_of(self, shape: Shape, rows: Rows) -> None:
        """Latest scores of the same customers, and sums of their mean scores; may come in parts."""
        names = [quantity for quantity, _ in paired_quantities(shape)]
        for position, number, before, after, n, *more in rows:
            place = names[position], self.grouping.read(number)[1]
            self.pairs[(*place, before, after)] += n
            self._add_pairs(place, (n, *more))

    def pair_sums(self, shape: Shape, rows: Rows) -> None:
        """Sums of the same customers' mean scores; may come in parts."""
        names = [quantity for quantity, _ in paired_quantities(shape)]
        for position, number, *sums in rows:
            self._add_pairs((names[position], self.grouping.read(number)[1]), sums)

    def _add_pairs(self, place: tuple[str, Group], sums: Sequence[Any]) -> None:
        into = self.sums_of_pairs.setdefault(place, [0] * _PAIR_SUMS)
        for at, one in enumerate(sums):
            into[at] += int(one)

    def silence(self, found: Silent) -> None:
        """Cases, and cases without any answer, by rater; several inputs of a rater add up."""
        for rater, number, cases, silent in found:
            window, group = self.grouping.read(number)
            sums = self.responses.setdefault((window, rater, group), [0, 0])
            sums[0] += cases
            sums[1] += silent

    def tally(self, by: tuple[str, ...]) -> Tally:
        """Everything collected, in an order that does not depend on the engine."""
        return Tally(
            by,
            tuple(self.levels),
            tuple(sorted(self.moments)),
            tuple(self.values),
            tuple(sorted(self.crosses, key=_order_of_cross)),
            tuple(sorted(PairCount(*at, n) for at, n in self.pairs.items())),
            tuple(sorted(_pair_sum(*one) for one in self.sums_of_pairs.items())),
            tuple(sorted(self.binned)),
            tuple(sorted(self.joint)),
            tuple(sorted(ResponseCount(*at, *sums) for at, sums in self.responses.items())),
        )


def _pair_sum(place: tuple[str, Group], sums: Sequence[int]) -> PairSum:
    n, before, after, *products = sums
    means = (one / MEAN_SCALE for one in (before, after))
    return PairSum(*place, n, *means, *(one / MEAN_SCALE**2 for one in products))


def _order_of_cross(one: CrossCount) -> tuple[Any, ...]:
    """Sorting key; scores that a case lacks come before those it has."""
    values = [(value is not None, value or 0) for value in one.values]
    return one.window, one.quantities, values


def _settled(shape: Shape, position: int) -> list[tuple[str, dict[int, int]]]:
    """The case scores that this indicator's levels settle: (quantity, level number -> score)."""
    return [
        (score.quantity, dict(score.of_levels))
        for score in shape.scores
        if score.of_levels is not None and score.terms[0].indicator == position
    ]


def _by_position(rows: Rows) -> dict[int, Rows]:
    """Rows that have a value, by what they count, in an order the engine has no say in."""
    found: dict[int, Rows] = {}
    for row in sorted(row for row in rows if row[2] is not None):
        found.setdefault(row[0], []).append(row)
    return found


def _weights(n: int, sums: Sequence[Any]) -> tuple[float, float]:
    """Weight and squared weight; each case weighs one where the input has no weights."""
    if not sums:
        return float(n), float(n)
    return int(sums[0]) / WEIGHT_SCALE, int(sums[1]) / WEIGHT_SCALE**2
