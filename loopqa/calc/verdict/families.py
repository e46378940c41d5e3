"""Several questions at once: Holm for those that decide, Benjamini-Hochberg for the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")


def holm(p_values: Mapping[Key, float], level: float = 0.05) -> set[Key]:
    """Those that pass while the chance of any false one stays at ``level`` (Holm 1979).

    >>> sorted(holm({"a": 0.01, "b": 0.04, "c": 0.03}))
    ['a']
    """
    passed: set[Key] = set()
    for position, (key, p) in enumerate(_ordered(p_values)):
        if p > level / (len(p_values) - position):
            break
        passed.add(key)
    return passed


def benjamini_hochberg(p_values: Mapping[Key, float], rate: float = 0.10) -> set[Key]:
    """Those that pass while the expected share of false ones stays at ``rate``.

    Benjamini & Hochberg 1995.

    >>> sorted(benjamini_hochberg({"a": 0.01, "b": 0.04, "c": 0.5}))
    ['a', 'b']
    """
    ordered = _ordered(p_values)
    last = max(
        (i for i, (_, p) in enumerate(ordered, start=1) if p <= rate * i / len(ordered)), default=0
    )
    return {key for key, _ in ordered[:last]}


def _ordered(p_values: Mapping[Key, float]) -> list[tuple[Key, float]]:
    return sorted(p_values.items(), key=lambda item: item[1])
