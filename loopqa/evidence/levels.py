"""Levels counted straight from their codes, where a case counts once and as it is.

The engine's query (:func:`loopqa.evidence.counting.count_query`) gives the same rows for every
shape. Of cases in memory, whose answers are coded by small numbers already, a histogram of
(group, level) costs a tenth of unpivoting and hashing them; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from loopqa.evidence.shapes import STATES, Shape

Row = tuple[int, int, int, int]
"""Position of the indicator, group number, encoded value, cases."""


def plain_positions(shape: Shape) -> tuple[int, ...]:
    """Positions of the indicators whose encoded texts are all that is to be counted."""
    if shape.weighted:
        return ()
    return tuple(
        at
        for at, one in enumerate(shape.indicators)
        if not (one.number or one.duration or one.applies)
    )


def level_counts(shape: Shape, table: Any, groups: Any, positions: Sequence[int]) -> Iterator[Row]:
    """How often each level or state occurs in each group.

    Args:
        table: encoded values by column, as the queries read them.
        groups: the cases' group numbers (numpy).
    """
    if not len(groups) or not positions:
        return
    numbers, local = compact(groups)
    for at in positions:
        one = shape.indicators[at]
        lowest = -len(STATES)
        width = len(one.levels) - lowest
        values = table.column(one.column).to_numpy()
        counts = np.bincount(local * width + (values - lowest), minlength=len(numbers) * width)
        for place in np.flatnonzero(counts).tolist():
            group, value = divmod(place, width)
            yield at, int(numbers[group]), value + lowest, int(counts[place])


def compact(codes: Any) -> tuple[Any, Any]:
    """The distinct ones of many whole numbers, and the place of each among them.

    >>> compact(np.array([7, 5, 7]))
    (array([5, 7]), array([1, 0, 1]))
    """
    lowest, span = int(codes.min()), int(codes.max()) - int(codes.min()) + 1
    if span > 4 * len(codes) + 1024:
        distinct, places = np.unique(codes, return_inverse=True)
        return distinct, places
    offsets = codes - lowest
    found = np.flatnonzero(np.bincount(offsets, minlength=span))
    moved = np.zeros(span, dtype=np.int64)
    moved[found] = np.arange(len(found))
    return found + lowest, moved[offsets]
