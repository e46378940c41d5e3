"""Windows and groups as numbers: what the queries group by, and how to read it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.errors import UsageError
from loopqa.evidence.levels import compact
from loopqa.evidence.planning import kept_column
from loopqa.hints import did_you_mean
from loopqa.language import text
from loopqa.model.tally import Group


@dataclass
class Grouping:
    """Numbers windows and the values of the ``by`` columns, across all parts of an evaluation."""

    by: tuple[str, ...]
    windows: list[str] = field(default_factory=list)
    _labelled: list[tuple[str, Group]] = field(default_factory=list)
    _numbers: dict[tuple[int, Group], int] = field(default_factory=dict)

    def window_number(self, window: str) -> int:
        """The number of a window's label; new labels get the next one."""
        if window not in self.windows:
            self.windows.append(window)
        return self.windows.index(window)

    def numbers(self, window: int, table: Any) -> Any:
        """The group number of every case (numpy int64)."""
        radix = np.zeros(table.num_rows, dtype=np.int64)
        values: list[list[str]] = []
        for name in self.by:
            codes, texts = _by_column(table, name)
            radix = radix * len(texts) + codes
            values.append(texts)
        if not len(radix):
            return radix
        distinct, inverse = compact(radix)
        numbers = [self._number(window, _decoded(int(one), values)) for one in distinct]
        return np.array(numbers, dtype=np.int64)[inverse]

    def _number(self, window: int, group: Group) -> int:
        key = (window, group)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._labelled)
            self._labelled.append((self.windows[window], group))
        return number

    def read(self, number: int) -> tuple[str, Group]:
        """Window label and group behind a number."""
        return self._labelled[number]


def _decoded(radix: int, values: list[list[str]]) -> Group:
    parts: list[str] = []
    for texts in reversed(values):
        radix, code = divmod(radix, len(texts))
        parts.append(texts[code])
    return tuple(reversed(parts))


def _by_column(table: Any, name: str) -> tuple[Any, list[str]]:
    column = kept_column(name)
    if column not in table.column_names:
        raise UsageError(
            text("the cases have no column '{name}'", name=name),
            hint=did_you_mean(name, table.column_names),
        )
    return codes_and_texts(table.column(column))


def codes_and_texts(array: Any) -> tuple[Any, list[str]]:
    """A text column as codes (numpy) and distinct texts."""
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if not pa.types.is_dictionary(array.type):
        array = pc.fill_null(array, "").dictionary_encode()
    codes = array.indices.to_numpy(zero_copy_only=False)
    return codes, array.dictionary.to_pylist() or [""]
