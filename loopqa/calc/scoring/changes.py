"""Changes of indicators between two waves, in their own units, with what chance alone may do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from loopqa.calc.exact import difference
from loopqa.model.change import IndicatorChange, ValueChange
from loopqa.model.score import Interval

Document = Mapping[str, Any]
"""Scores as ``loopqa.score/1`` has them."""


def value_change(
    before: float, value: float, was: Interval | None, now: Interval | None
) -> ValueChange:
    """The difference of two values of separate samples, with its 95 % interval.

    The interval is put together from those of both values (MOVER: Zou & Donner 2008, Statistics in
    Medicine 27; for shares it is Newcombe's square-and-add of 1998), so that it is right for
    shares, net promoter scores, means and medians alike.

    >>> value_change(21.0, 24.0, (16.7, 25.2), (19.7, 28.2)).moved
    <ScoreChange.UNCLEAR: 'unclear'>
    """
    moved = difference(value, before)
    if was is None or now is None:
        return ValueChange(before, moved, None)
    low = moved - math.hypot(value - now[0], was[1] - before)
    high = moved + math.hypot(now[1] - value, before - was[0])
    return ValueChange(before, moved, (low, high))


def indicator_changes(now: Document, before: Document | None) -> tuple[IndicatorChange, ...]:
    """Every indicator of a wave's scores, with its change since the wave before."""
    known = {key: entry for _, key, entry in _indicators(before or {})}
    return tuple(
        _changed(dimension, key, entry, known.get(key))
        for dimension, key, entry in _indicators(now)
    )


def new_columns(now: Document, before: Document | None) -> tuple[str, ...]:
    """Segment columns of a wave's scores that the wave before was not split by.

    >>> new_columns({"segments": [{"by": {"team": "A"}}]}, {"segments": []})
    ('team',)
    """
    if before is None:
        return ()
    known = set(_columns(before))
    return tuple(dict.fromkeys(name for name in _columns(now) if name not in known))


def _columns(document: Document) -> Iterator[str]:
    for segment in document.get("segments", ()):
        yield from segment["by"]


def _indicators(document: Document) -> Iterator[tuple[Document, tuple[str, str], Document]]:
    for dimension in document.get("dimensions", ()):
        for entry in dimension.get("indicators", ()):
            yield dimension, (dimension["id"], entry["id"]), entry


def _changed(
    dimension: Document, key: tuple[str, str], entry: Document, earlier: Document | None
) -> IndicatorChange:
    value, was = entry["value"], earlier["value"] if earlier else None
    carried = bool(dimension.get("carried"))
    change = None
    if value is not None and was is not None and earlier is not None and not carried:
        change = value_change(was, value, _interval(earlier), _interval(entry))
    return IndicatorChange(
        *key,
        unit=entry["unit"],
        n=entry["n"],
        value=value,
        target=entry["target"],
        gap=entry["gap"],
        change=change,
        measured=dimension.get("measured"),
        carried=carried,
    )


def _interval(entry: Document) -> Interval | None:
    bounds = entry.get("interval")
    return (bounds[0], bounds[1]) if bounds else None
