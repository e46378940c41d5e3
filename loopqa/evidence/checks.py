"""What makes a row unfit: found on distinct values, told row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.calc.scoring.answers import code, read_number
from loopqa.evidence.batches import Raw
from loopqa.evidence.planning import Planned
from loopqa.evidence.shapes import LARGEST
from loopqa.evidence.texts import Texts, as_strings
from loopqa.language import text
from loopqa.model.coding import Coding, LevelCoding
from loopqa.model.score import RejectedRow

NO_NUMBER = text("neither a number nor a known answer").template
OFF_SCALE = text("not on the scale").template
TOO_LARGE = text("too large to be counted").template

#: Characters of a rejected value that are kept.
SHOWN = 100


class Checks:
    """The verdict on every row of a batch; a row is rejected once, for the first reason."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self.good: Any = np.ones(raw.length, dtype=bool)
        self._found: list[tuple[int, str, str, str | None]] = []

    @property
    def all_good(self) -> bool:
        """Whether no row was rejected."""
        return not self._found

    def reject(self, wrong: Any, column: str, reason: str, texts: Texts | None = None) -> None:
        """Reject the rows for which the numpy mask ``wrong`` is true."""
        for row in np.flatnonzero(wrong & self.good).tolist():
            value = (
                texts.values[texts.codes[row]] if texts is not None else self._value(column, row)
            )
            self._found.append((row, column, reason, value))
        self.good &= ~wrong

    def _value(self, column: str, row: int) -> str | None:
        array = self._raw.columns.get(column)
        if array is None:
            return None
        value: str | None = as_strings(array.slice(row, 1))[0].as_py()
        beyond = pa.types.is_timestamp(array.type) and (value or "").startswith("<")
        return None if beyond else value  # Arrow has only words for what no calendar has

    def rows(self, most: int) -> list[RejectedRow]:
        """The first rejected rows of the batch, in order."""
        return [
            RejectedRow(self._raw.file, self._raw.rows[row].as_py(), column, _short(value), reason)
            for row, column, reason, value in sorted(self._found)[: max(0, most)]
        ]


def _short(value: str | None) -> str | None:
    """A value as it is shown: a person recognises it by its beginning."""
    return (value if len(value) <= SHOWN else value[:SHOWN] + "…") if value else None


def off_scale_texts(values: list[str], one: Planned) -> Iterator[tuple[str, list[bool]]]:
    """Reasons, each with a flag per distinct text that the indicator cannot take."""
    reasons = [_reason(value, one) for value in values]
    for reason in dict.fromkeys(reasons):
        if reason is not None:
            yield reason, [found == reason for found in reasons]


def _reason(value: str, one: Planned) -> str | None:
    try:
        _, number = code(value, one.measure, one.coding)
    except ValueError:
        return NO_NUMBER if read_number(value) is None else OFF_SCALE
    return TOO_LARGE if number is not None and abs(number) >= LARGEST else None


def off_scale_numbers(values: Any, one: Planned) -> Iterator[tuple[str, Any]]:
    """The same for a column of durations (numpy, NaN where there is none)."""
    valid = getattr(one.measure, "valid", None)
    known = ~np.isnan(values) & (valid.holds(values) if valid else True)
    off = known & ~_placed(values, one.coding)
    if off.any():
        yield OFF_SCALE, off


def _placed(values: Any, coding: Coding) -> Any:
    if isinstance(coding, LevelCoding):
        if not coding.bands:
            return np.isin(values, list(coding.points))
        return np.logical_or.reduce([band.holds(values) for _, band in coding.bands])
    inside = np.abs(values) < LARGEST
    if coding.low is not None:
        inside &= values >= coding.low
    if coding.high is not None:
        inside &= values <= coding.high
    return inside
