"""Dates and times as texts, read once per distinct value into wall time of the workspace."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

WALL = pa.timestamp("us")  #: local wall time, no zone attached

_NUMERIC = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})(?:[ T]+(.*))?")
_CLOCK = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")


class Ambiguous(ValueError):
    """A text that is a date in two ways: day first or month first."""

    def __init__(self, written: str, day_first: datetime, month_first: datetime) -> None:
        super().__init__(written)
        self.written = written
        self.day_first = day_first
        self.month_first = month_first


def read_dates(values: list[str], form: str | None, zone: str | None) -> Any:
    """Arrow timestamps (wall time in ``zone``) of texts; null where a text is no date.

    Args:
        form: a strptime format, or None for ISO 8601 and forms that can be read in one way only.

    Raises:
        Ambiguous: without a format, a text can be read in two ways.
    """
    fast = _fast(values, form)
    if fast is not None:
        return fast
    return pa.array([_read(one, form, zone) if one else None for one in values], WALL)


def _read(written: str, form: str | None, zone: str | None) -> datetime | None:
    return _free(written, zone) if form is None else _formatted(written, form, zone)


def _fast(values: list[str], form: str | None) -> Any:
    """Arrow's own strict ISO reader for columns in which every text is ISO without a zone."""
    if form not in (None, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        return None
    array = pa.array([one or None for one in values], pa.string())
    if not pc.all(pc.match_substring_regex(array, _ISO[form])).as_py():
        return None
    try:
        return array.cast(WALL)
    except pa.ArrowInvalid:
        return None


_DAY = r"^\d{4}-\d{2}-\d{2}"
_ISO = {
    None: _DAY + r"(?:[ T]\d{2}:\d{2}:\d{2})?$",
    "%Y-%m-%d": _DAY + "$",
    "%Y-%m-%d %H:%M:%S": _DAY + r" \d{2}:\d{2}:\d{2}$",
    "%Y-%m-%dT%H:%M:%S": _DAY + r"T\d{2}:\d{2}:\d{2}$",
}


def _formatted(written: str, form: str, zone: str | None) -> datetime | None:
    try:
        return to_wall(datetime.strptime(written, form), zone)  # noqa: DTZ007 - wall time
    except ValueError:
        # A cell that was a date already arrives as ISO with "T", whatever the file's own form.
        return _iso(written, zone) if "T" in written else None


def _iso(written: str, zone: str | None) -> datetime | None:
    try:
        return to_wall(datetime.fromisoformat(written), zone)
    except ValueError:
        return None


def _free(written: str, zone: str | None) -> datetime | None:
    match = _NUMERIC.fullmatch(written)
    if match is None or (len(match[1]) == 4 and match[2] == "-"):
        return _iso(written, zone)
    clock = _clock(match[5])
    if clock is None:
        return None
    first, middle, last = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        return _on(first, middle, last, clock)
    if len(match[4]) != 4:
        return None
    return _day_or_month_first(written, first, middle, last, clock)


def _day_or_month_first(
    written: str, first: int, middle: int, year: int, clock: datetime
) -> datetime | None:
    day_first, month_first = _on(year, middle, first, clock), _on(year, first, middle, clock)
    if day_first and month_first and day_first != month_first:
        raise Ambiguous(written, day_first, month_first)
    return day_first or month_first


def _on(year: int, month: int, day: int, clock: datetime) -> datetime | None:
    try:
        return clock.replace(year=year, month=month, day=day)
    except ValueError:
        return None


def _clock(written: str | None) -> datetime | None:
    """The time of day, on a day of no meaning."""
    if not written:
        return datetime(2000, 1, 1)  # noqa: DTZ001 - wall time
    for form in _CLOCK:
        try:
            return datetime.strptime(written, form).replace(year=2000)  # noqa: DTZ007
        except ValueError:
            continue
    return None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def to_wall(moment: datetime, zone: str | None) -> datetime:
    """An aware time as wall time of ``zone``; a naive one is wall time already.

    None keeps the clock that the time was written by.
    """
    if moment.tzinfo is None or zone is None:
        return moment.replace(tzinfo=None)
    return moment.astimezone(_zone(zone)).replace(tzinfo=None)


def wall_of_timestamps(array: Any, zone: str | None) -> Any:
    """Arrow dates or timestamps as wall time of ``zone``."""
    kind = array.type
    if pa.types.is_timestamp(kind) and kind.tz:
        moments = array.cast(pa.timestamp("us", kind.tz), safe=False).to_pylist()
        return pa.array([None if one is None else to_wall(one, zone) for one in moments], WALL)
    if pa.types.is_date32(kind) or pa.types.is_date64(kind):
        array = array.cast(pa.timestamp("ms"))
    return array.cast(WALL, safe=False)
