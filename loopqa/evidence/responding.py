"""Who answered at all: cases of a rater without any answer are invitations left unanswered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import numpy as np

from loopqa.evidence.shapes import Coded, Shape
from loopqa.model.coding import State

_SILENCE = (State.MISSING, State.REFUSED, State.PENDING)

Silent = Iterator[tuple[str, int, int, int]]
"""Rater, group number, cases, cases without any answer."""


def silent_cases(shape: Shape, raters: Mapping[str, str], table: Any, numbers: Any) -> Silent:
    """Count, group by group, the cases that answer nothing a rater was asked.

    One indicator left out is not silence: all of the rater's must be. Raters who are told by
    times between two events were not invited to anything and are passed over.

    Args:
        raters: rater by indicator key.
        table: encoded values by column, as the queries read them.
        numbers: the cases' group numbers (numpy).
    """
    groups, places, cases = np.unique(numbers, return_inverse=True, return_counts=True)
    for rater in dict.fromkeys(raters[one.key] for one in shape.indicators):
        asked = [one for one in shape.indicators if raters[one.key] == rater]
        if any(one.duration for one in asked):
            continue
        silent = reduce(
            np.logical_and, (_unanswered(one, table.column(one.column)) for one in asked)
        )
        counts = np.bincount(places, weights=silent, minlength=len(groups))
        for group, known, without in zip(groups, cases, counts, strict=True):
            yield rater, int(group), int(known), int(without)


def _unanswered(one: Coded, values: Any) -> Any:
    codes = [one.reading.state(state) for state in _SILENCE]
    found: Any = np.isin(values.to_numpy(), codes)
    return found
