"""Rows of counts and sums from several pieces of the cases, added up to those of all."""

from __future__ import annotations

from typing import Any

from loopqa.evidence.backend import Rows


class Sums:
    """Adds up rows: the first columns tell what was counted, the others are numbers."""

    def __init__(self, keys: int) -> None:
        """``keys``: how many columns come first."""
        self._keys = keys
        self._sums: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def add(self, rows: Rows) -> None:
        """The rows of one more piece."""
        sums, keys = self._sums, self._keys
        for row in rows:
            key, numbers = row[:keys], row[keys:]
            known = sums.get(key)
            sums[key] = numbers if known is None else tuple(map(_plus, known, numbers))

    def rows(self) -> Rows:
        """The rows of all pieces so far."""
        return [(*key, *numbers) for key, numbers in self._sums.items()]


def _plus(first: Any, second: Any) -> Any:
    """A sum over nothing is null, and adds nothing.

    Decimals lose digits when they are added in Python; whole numbers do not.
    """
    if first is None or second is None:
        return second if first is None else first
    return int(first) + int(second)
