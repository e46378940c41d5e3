"""Indicators that can't be told apart by a column, because their input does not have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from loopqa.calc.scoring.scorecard import composite
from loopqa.calc.scoring.sums import Sums
from loopqa.model.coding import Coding, State
from loopqa.model.rubric import Dimension, Rubric, indicator_key
from loopqa.model.score import ScoreCard
from loopqa.model.tally import Tally


def unsliced(tally: Tally, window: str, places: Sequence[int]) -> frozenset[str]:
    """Keys of the indicators none of whose answers has a value in one of these columns.

    ``places``: positions of the columns in the tally's groups.
    """
    answered: set[str] = set()
    told: list[set[str]] = [set() for _ in places]
    for count in tally.levels:
        if count.window == window and count.state is State.ANSWERED and count.n:
            answered.add(count.indicator)
            for found, place in zip(told, places, strict=True):
                if count.group[place]:
                    found.add(count.indicator)
    return frozenset(answered - told[0].intersection(*told[1:])) if told else frozenset()


def without_unsliced(
    rubric: Rubric, codings: Mapping[str, Coding], card: ScoreCard, keys: Collection[str]
) -> ScoreCard:
    """The card of a slice, whose dimensions have no score where an indicator could not be sliced.

    What is left of such a dimension would be held against targets and other slices that are made
    of all of it; its indicators are shown.
    """
    if not keys:
        return card
    dimensions = tuple(
        score.without_figures() if _lacks(dimension, codings, keys) else score
        for dimension, score in zip(rubric.dimensions, card.dimensions, strict=True)
    )
    return ScoreCard(dimensions, composite(rubric, dimensions, Sums()))


def _lacks(dimension: Dimension, codings: Mapping[str, Coding], keys: Collection[str]) -> bool:
    named = ((indicator_key(dimension, one), one) for one in dimension.indicators)
    return any(key in keys and one.weight > 0 and codings[key].scored for key, one in named)
