"""Logarithms of amounts, for pairing customers by the ratio of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.evidence.shapes import Coded
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE
from loopqa.model.yardstick import LOG_PERCENT

_LEAST_OF_MEDIAN = 1e-3


def amounts_of(column: Any, one: Coded) -> Any:
    """An indicator's encoded column as amounts (numpy) in its own unit."""
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers if one.duration else numbers / NUMBER_SCALE


def least_of(amounts: Sequence[Any]) -> float | None:
    """What zeros and next to zeros count as; None where nothing is positive.

    See :func:`loopqa.calc.question.amounts.smallest_of`.
    """
    positive = np.concatenate([one[one > 0] for one in amounts])
    if not positive.size:
        return None
    return max(float(positive.min()), _LEAST_OF_MEDIAN * float(np.median(positive)))


def logarithms_of(column: Any, one: Coded, least: float | None) -> Any:
    """100 natural logarithms of every number, per CASE_SCALE (right to 0.00005).

    What is no answer gets any number; the queries leave it out. ``least``: :func:`least_of` the
    amounts of all windows, so that a zero counts the same in all of them.
    """
    amounts = amounts_of(column, one)
    if least is None:
        return pa.array(np.zeros(len(amounts), dtype=np.int64))
    known = np.where(amounts >= least, amounts, least)
    return pa.array(np.rint(LOG_PERCENT * CASE_SCALE * np.log(known)).astype(np.int64))
