"""Figures with their units in words: +6.1 pp, -12.4 %, +9.0 NPS points, [-29.0, -5.1] %."""

from __future__ import annotations

from collections.abc import Mapping

from loopqa.language import Text, text
from loopqa.model.score import Interval

QUANTILE_WORDS: Mapping[str, Text] = {"median": text("median"), "p90": text("90th percentile")}


def with_unit(figure: str, unit: str) -> Text:
    """The figure and its unit; well-known units are written in the reader's language.

    >>> str(with_unit("+6.1", "pp")), str(with_unit("19", "calls"))
    ('+6.1 pp', '19 calls')
    """
    if not unit:
        return text("{figure}", figure=figure)
    if unit == "%":
        return text("{figure}%", figure=figure)
    known = {
        "pp": text("{figure} pp", figure=figure),
        "points": text("{figure} points", figure=figure),
        "NPS points": text("{figure} NPS points", figure=figure),
        "s": text("{figure} s", figure=figure),
        "min": text("{figure} min", figure=figure),
        "minutes": text("{figure} min", figure=figure),
        "h": text("{figure} h", figure=figure),
        "hours": text("{figure} h", figure=figure),
        "days": text("{figure} days", figure=figure),
    }
    return known.get(unit) or text("{figure} {unit}", figure=figure, unit=unit)


def digits_of(unit: str) -> int:
    """Decimals of a difference: two of points on a scale, one of percentages and the like."""
    return 1 if unit in {"%", "pp", "NPS points"} else 2


def change_words(value: float, unit: str) -> Text:
    """A difference with its sign and unit."""
    return with_unit(f"{value:+.{digits_of(unit)}f}", unit)


def size_words(value: float, unit: str) -> Text:
    """The size of a difference, without a sign."""
    return with_unit(f"{abs(value):.{digits_of(unit)}f}", unit)


def interval_words(interval: Interval, unit: str) -> Text:
    """Both ends with their signs in brackets, the unit once."""
    low, high = (f"{end:+.{digits_of(unit)}f}" for end in interval)
    return with_unit(f"[{low}, {high}]", unit)


def level_words(value: float, unit: str) -> Text:
    """A mean or a quantile with its unit, without a sign."""
    return with_unit(f"{value:.{digits_of(unit)}f}", unit)
