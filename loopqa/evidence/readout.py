"""What the queries returned, read back into the records of a tally."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from loopqa.evidence.backend import Rows
from loopqa.evidence.counting import (
    MEAN_SCALE,
    WEIGHT_SCALE,
    counted_scores,
    crossed_scores,
    score_quantities,
)
from loopqa.evidence.grouping import Grouping
from loopqa.evidence.shapes import Shape, decoded_state
from loopqa.model.coding import State
from loopqa.model.tally import (
    CrossCount,
    Group,
    LevelCount,
    MomentSum,
    PairCount,
    PairSum,
    Tally,
    ValueCount,
)

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
    pairs: list[PairCount] = field(default_factory=list)
    sums_of_pairs: list[PairSum] = field(default_factory=list)

    def counts(self, shape: Shape, rows: Rows) -> None:
        """Levels and states, value counts, and the moments of case scores."""
        known = len(shape.indicators)
        scores = [quantity for quantity, _ in counted_scores(shape)]
        settled = [_settled(shape, at) for at in range(known)]
        moments: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0, 0])
        states: defaultdict[tuple[int, int, State], list[Any]] = defaultdict(lambda: [0, 0, 0])
        for position, number, value, n, *weights in rows:
            if value is None:
                continue
            if position >= known:
                window, group = self.grouping.read(number)
                _add(moments[window, scores[position - known], group], value, n)
            elif shape.indicators[position].number:
                self._number(shape, position, number, value, n, weights, states)
            else:
                self._level(shape, position, number, value, n, weights)
                for quantity, points in settled[position]:
                    if value in points:
                        window, group = self.grouping.read(number)
                        _add(moments[window, quantity, group], points[value], n)
        for (position, number, state), (n, *sums) in states.items():
            key = shape.indicators[position].key
            self._add_level(number, key, state, None, n, sums if shape.weighted else [])
        self.moments += [MomentSum(*place, *sums) for place, sums in moments.items()]

    def _number(
        self,
        shape: Shape,
        position: int,
        number: int,
        value: int,
        n: int,
        weights: list[Any],
        states: dict[tuple[int, int, State], list[Any]],
    ) -> None:
        state = decoded_state(value, number=True)
        sums = states[position, number, state]
        for at, more in enumerate((n, *weights)):
            sums[at] += more
        if shape.values and state is State.ANSWERED:
            window, group = self.grouping.read(number)
            key = shape.indicators[position].key
            self.values.append(ValueCount(window, key, group, value, n))

    def _level(
        self,
        shape: Shape,
        position: int,
        number: int,
        value: int,
        n: int,
        weights: list[Any],
    ) -> None:
        one = shape.indicators[position]
        state = decoded_state(value, number=False)
        level = one.levels[value] if state is State.ANSWERED else None
        self._add_level(number, one.key, state, level, n, weights)

    def _add_level(
        self,
        number: int,
        key: str,
        state: State,
        level: float | None,
        n: int,
        weights: list[Any],
    ) -> None:
        window, group = self.grouping.read(number)
        weight, weight2 = float(n), float(n)
        if weights:
            weight = int(weights[0]) / WEIGHT_SCALE
            weight2 = int(weights[1]) / WEIGHT_SCALE**2
        self.levels.append(LevelCount(window, key, group, state, level, n, weight, weight2))

    def sums(self, shape: Shape, rows: Rows) -> None:
        """Moments of number indicators."""
        keys = [one.key for one in shape.indicators if one.number]
        for number, *sums in rows:
            window, group = self.grouping.read(number)
            for at, key in enumerate(keys):
                n, total, squares = sums[3 * at : 3 * at + 3]
                if n:
                    self.moments.append(MomentSum(window, key, group, n, int(total), int(squares)))

    def cross(self, shape: Shape, rows: Rows) -> None:
        """Joint counts of case scores."""
        pairs = crossed_scores(shape)
        for position, window, first, second, n in rows:
            names = (shape.scores[at].quantity for at in pairs[position])
            self.crosses.append(CrossCount(self.grouping.windows[window], *names, first, second, n))

    def pair_counts(self, shape: Shape, rows: Rows) -> None:
        """Latest scores of the same customers."""
        names = score_quantities(shape)
        for position, number, before, after, n in rows:
            _, group = self.grouping.read(number)
            self.pairs.append(PairCount(names[position][0], group, before, after, n))

    def pair_sums(self, shape: Shape, rows: Rows) -> None:
        """Mean scores of the same customers."""
        names = score_quantities(shape)
        for position, number, n, before, after, *products in rows:
            _, group = self.grouping.read(number)
            sums = (int(one) / MEAN_SCALE for one in (before, after))
            squares = (int(one) / MEAN_SCALE**2 for one in products)
            self.sums_of_pairs.append(PairSum(names[position][0], group, n, *sums, *squares))

    def tally(self, by: tuple[str, ...]) -> Tally:
        """Everything collected, in an order that does not depend on the engine."""
        return Tally(
            by,
            tuple(sorted(self.levels, key=_level_order)),
            tuple(sorted(self.moments)),
            tuple(sorted(self.values)),
            tuple(sorted(self.crosses)),
            tuple(sorted(self.pairs)),
            tuple(sorted(self.sums_of_pairs)),
        )


def _settled(shape: Shape, position: int) -> list[tuple[str, dict[int, int]]]:
    """The case scores that this indicator's levels settle: (quantity, level number -> score)."""
    return [
        (score.quantity, dict(score.of_levels))
        for score in shape.scores
        if score.of_levels is not None and score.terms[0].indicator == position
    ]


def _add(sums: list[int], value: int, n: int) -> None:
    sums[0] += n
    sums[1] += n * value
    sums[2] += n * value * value


def _level_order(count: LevelCount) -> tuple[Any, ...]:
    level = float("-inf") if count.level is None else count.level
    return (count.window, count.indicator, count.group, count.state, level)
