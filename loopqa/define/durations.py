"""Lengths of time in words: ``48 hours``, ``2 weeks``, ``1 month``."""

from __future__ import annotations

import re

from loopqa.define.fields import Wrong, brief
from loopqa.language import text
from loopqa.model.workflow import Period

_UNITS = {
    "second": "second", "s": "second",
    "minute": "minute", "min": "minute", "hour": "hour", "h": "hour", "day": "day", "d": "day",
    "week": "week", "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}
_SECONDS = {"second": 1.0, **{unit: 3600 * n for unit, n in _HOURS.items()}}
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
CALENDAR = tuple(_DAYS)


def _amount(written: str, allowed: tuple[str, ...]) -> tuple[int, str]:
    match = re.fullmatch(r"\s*(\d{1,5})?\s*([A-Za-z]+?)s?\s*", written)
    unit = _UNITS.get(match[2].lower()) if match else None
    if not match or unit not in allowed:
        raise Wrong(
            text("expected a length of time, got '{value}'", value=brief(written)),
            text(
                "write a number and one of: {units}", units=", ".join(f"{one}s" for one in allowed)
            ),
        )
    return int(match[1] or 1), unit or ""


def hours(written: str) -> float:
    """Hours of ``48 hours`` or ``2 days``.

    Raises:
        Wrong: it is no length of time.

    >>> hours("2 days")
    48.0
    """
    count, unit = _amount(written, tuple(_HOURS))
    return count * _HOURS[unit]


def seconds(written: str) -> float:
    """Seconds of ``30 seconds`` or ``10 minutes``.

    Raises:
        Wrong: it is no length of time, or it has no length.

    >>> seconds("10 minutes")
    600.0
    """
    count, unit = _amount(written, tuple(_SECONDS))
    if not count:
        raise Wrong(text("expected a length of time, got '{value}'", value=brief(written)))
    return round(count * _SECONDS[unit], 3)


def days(written: str) -> int:
    """Days of ``3 days`` or ``2 weeks``.

    Raises:
        Wrong: it is no whole number of days.

    >>> days("2 weeks")
    14
    """
    count, unit = _amount(written, ("day", "week"))
    return count * (7 if unit == "week" else 1)


def period(written: str) -> Period:
    """The calendar period ``1 month`` or ``quarter``.

    Raises:
        Wrong: it is no calendar period, or it has no length.

    >>> period("12 months")
    Period(unit='month', count=12)
    """
    count, unit = _amount(written, CALENDAR)
    if not count:
        raise Wrong(text("expected a length of time, got '{value}'", value=brief(written)))
    return Period(unit, count)


def usual_days(length: Period) -> int:
    """About how many days a calendar period has, to tell which of two is the shorter.

    >>> usual_days(Period("month", 2))
    60
    """
    return _DAYS[length.unit] * length.count
