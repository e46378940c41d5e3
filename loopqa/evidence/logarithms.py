"""Logarithms of amounts, for pairing customers by the ratio of theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.evidence.shapes import Coded
from loopqa.model.tally import CASE_SCALE, NUMBER_SCALE
from loopqa.model.yardstick import LOG_PERCENT

_LEAST_OF_MEDIAN = 1e-3


def logarithms_of(column: Any, one: Coded) -> Any:
    """100 natural logarithms of every number, per CASE_SCALE (right to 0.00005).

    What is no answer gets any number; the queries leave it out. Zeros and next to zeros count as
    :func:`loopqa.calc.question.amounts.smallest_of` has it.
    """
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
    amounts = numbers if one.duration else numbers / NUMBER_SCALE
    positive = amounts[amounts > 0]
    if not positive.size:
        return pa.array(np.zeros(len(amounts), dtype=np.int64))
    least = max(float(positive.min()), _LEAST_OF_MEDIAN * float(np.median(positive)))
    known = np.where(amounts >= least, amounts, least)
    return pa.array(np.rint(LOG_PERCENT * CASE_SCALE * np.log(known)).astype(np.int64))
