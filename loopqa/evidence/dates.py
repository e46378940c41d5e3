"""Dates and times as texts, read once per distinct value into wall time of the workspace."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WALL = pa.timestamp("us")  #: local wall time, no zone attached
INSTANT = pa.timestamp("us", "UTC")  #: a point in time, whatever clock told it

_QUARTER = 900_000_000  #: microseconds; clocks change at whole quarters of an hour

#: The years 1 to 9999 in seconds since 1970.
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799

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
    return _converted(values, form, lambda one: to_wall(one, zone), WALL) if fast is None else fast


def read_instants(values: list[str], form: str | None, zone: str | None) -> Any:
    """Arrow instants of texts; null where a text is no date.

    A time without offset is one of ``zone``'s clocks (None: of UTC's): of the two that it is when
    clocks are put back, the first.

    Raises:
        Ambiguous: as :func:`read_dates`.
    """
    fast = _fast(values, form)
    if fast is not None:
        return instants_of_wall(fast, zone)
    return _converted(values, form, lambda one: _to_utc(one, zone), INSTANT)


def _converted(
    values: list[str], form: str | None, convert: Callable[[datetime], datetime], kind: Any
) -> Any:
    def made(written: str) -> datetime | None:
        moment = _read(written, form) if written else None
        try:
            return None if moment is None else convert(moment)
        except OverflowError:  # within hours of the first or the last year there is
            return None

    return pa.array([made(one) for one in values], kind)


def _read(written: str, form: str | None) -> datetime | None:
    """The time as it is written: with an offset, or without one."""
    return _free(written) if form is None else _formatted(written, form)


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


def _formatted(written: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(written, form)  # noqa: DTZ007 - it has a zone or is wall time
    except ValueError:
        # A cell that was a date already arrives as ISO with "T", whatever the file's own form.
        return _iso(written) if "T" in written else None


def _iso(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def _free(written: str) -> datetime | None:
    match = _NUMERIC.fullmatch(written)
    if match is None or (len(match[1]) == 4 and match[2] == "-"):
        return _iso(written)
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


def micros_of(instants: Any, none: int) -> Any:
    """Arrow instants or wall times as microseconds (numpy int64), with ``none`` for null."""
    return instants.cast(pa.int64()).fill_null(none).to_numpy()


def _to_utc(moment: datetime, zone: str | None) -> datetime:
    known = moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone or "UTC"))
    return known.astimezone(UTC)


def instants_of_wall(walls: Any, zone: str | None) -> Any:
    """Arrow wall times of ``zone`` as instants; the offset is looked up once a quarter of an hour.

    >>> walls = pa.array([datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 3, 30)], WALL)
    >>> [one.hour for one in instants_of_wall(walls, "Europe/Berlin").to_pylist()]
    [0, 1]
    """
    if zone is None or zone == "UTC":
        return walls.cast(pa.int64()).cast(INSTANT)
    micros = micros_of(walls, 0)
    quarters, place = np.unique(micros // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(int(one) * _QUARTER, zone) for one in quarters], np.int64)
    none = walls.is_null().to_numpy(zero_copy_only=False)
    return pa.array(micros - offsets[place], pa.int64(), mask=none).cast(INSTANT)


def _offset(wall_micros: int, zone: str) -> int:
    """How far (in microseconds) the zone's clocks are ahead of UTC's at a wall time."""
    try:
        wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=wall_micros)
    except OverflowError:  # a database may hold years that have no calendar
        return 0
    ahead = wall.replace(tzinfo=_zone(zone)).utcoffset() or timedelta()
    return ahead // timedelta(microseconds=1)


def instants_of_timestamps(array: Any, zone: str | None) -> Any:
    """Arrow dates or timestamps as instants; without a zone they are wall times of ``zone``."""
    if pa.types.is_timestamp(array.type) and array.type.tz:
        return _of_calendar(array).cast(INSTANT, safe=False)
    return instants_of_wall(wall_of_timestamps(array, zone), zone)


def wall_of_timestamps(array: Any, zone: str | None) -> Any:
    """Arrow dates or timestamps as wall time of ``zone``; null where no calendar has the day."""
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"), safe=False)
    array = _of_calendar(array)
    if not array.type.tz:
        return array.cast(WALL, safe=False)
    written_by = zone or _known_zone(array.type.tz)
    instants = array.cast(INSTANT, safe=False).to_pylist()
    return pa.array([None if one is None else _wall(one, written_by) for one in instants], WALL)


def _of_calendar(array: Any) -> Any:
    """The timestamps with null for those before the year 1 or after the year 9999."""
    unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    if unit == 10**9:  # 64 bits of nanoseconds do not reach that far
        return array
    counts = array.cast(pa.int64())
    first, last = _FIRST_SECOND * unit, (_LAST_SECOND + 1) * unit - 1
    inside = pc.and_(pc.greater_equal(counts, first), pc.less_equal(counts, last))
    return pc.if_else(inside, array, pa.scalar(None, array.type))


def _known_zone(name: str) -> str:
    """The zone that timestamps are labelled with, UTC where nobody knows it."""
    try:
        return _zone(name).key
    except (KeyError, ValueError, OSError):
        return "UTC"


def _wall(moment: datetime, zone: str) -> datetime | None:
    try:
        return to_wall(moment, zone)
    except OverflowError:  # within a day of the ends of time
        return None
