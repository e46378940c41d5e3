"""Cron lines of five fields: which days they name, and which times of day.

The meaning is that of crontab(5) by Paul Vixie: minute, hour, day of month, month, day of week;
lists, ranges, steps and English names; Sunday is 0 or 7. Where neither day field begins with
``*``, a day that meets either of them counts, otherwise it has to meet both. ``5/15`` means from 5
on in steps of 15, and a range of weekdays may end on Sunday: ``sat-sun``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from itertools import product

from loopqa.language import Text, text

_FIELDS = (
    text("minute"),
    text("hour"),
    text("day of the month"),
    text("month"),
    text("day of the week"),
)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_PART = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[1-9]\d{0,2}))?")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  #: days of the months, at most
_CENTURIES = 400  #: years after which the calendar repeats itself


class BadCron(ValueError):
    """A line is no cron line, or names no day that ever comes; ``message`` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class Cron:
    """What a cron line names."""

    times: tuple[time, ...]  #: wall times of every day it names, ascending
    days: frozenset[int]  #: of the month
    months: tuple[int, ...]  #: ascending
    weekdays: frozenset[int]  #: as ISO counts them: 1 is Monday, 7 is Sunday
    either: bool  #: a day of the month or a day of the week; otherwise both

    def names(self, day: date) -> bool:
        """Whether it names a day."""
        if day.month not in self.months:
            return False
        met = (day.day in self.days, day.isoweekday() in self.weekdays)
        return any(met) if self.either else all(met)

    def days_from(self, first: date) -> Iterator[date]:
        """The days it names from ``first`` on; months that it does not name cost nothing."""
        return (
            day
            for year in range(first.year, min(first.year + _CENTURIES, date.max.year) + 1)
            for month in self.months
            if (year, month) >= (first.year, first.month)
            for day in _days_of(year, month)
            if day >= first and self.names(day)
        )

    def days_until(self, last: date) -> Iterator[date]:
        """The days it names, from ``last`` backwards."""
        return (
            day
            for year in range(last.year, max(last.year - _CENTURIES, date.min.year), -1)
            for month in reversed(self.months)
            if (year, month) <= (last.year, last.month)
            for day in reversed(_days_of(year, month))
            if day <= last and self.names(day)
        )


def _days_of(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]


@lru_cache(maxsize=256)
def parse_cron(line: str) -> Cron:
    """Read a cron line.

    Raises:
        BadCron: it is none, or names only days that no month has.

    >>> yearly = parse_cron("30 6 29 feb *")
    >>> [str(next(yearly.days_from(date(2097, 1, 1)))), str(yearly.times[0])]
    ['2104-02-29', '06:30:00']
    """
    written = line.lower().split()
    if len(written) != len(_FIELDS):
        raise BadCron(text("'{cron}' is no cron line of five fields", cron=line))
    minutes, hours, days, months, weekdays = (
        _field(field, at, line) for at, field in enumerate(written)
    )
    either = not (written[2].startswith("*") or written[4].startswith("*"))
    if not either and all(min(days) > _LONGEST[month - 1] for month in months):
        raise BadCron(text("'{cron}' never comes: no such month has day {day}",
                           cron=line, day=min(days)))  # fmt: skip
    return Cron(
        times=tuple(time(hour, minute) for hour, minute in product(sorted(hours), sorted(minutes))),
        days=frozenset(days),
        months=tuple(sorted(months)),
        weekdays=frozenset(day or 7 for day in weekdays),
        either=either,
    )


def _field(written: str, at: int, line: str) -> set[int]:
    found: set[int] = set()
    for part in written.split(","):
        numbers = _part(part, at)
        if not numbers:
            raise BadCron(_wrong(part, at, line))
        found.update(numbers)
    return found


def _wrong(part: str, at: int, line: str) -> Text:
    low, high = _RANGES[at]
    match = _PART.fullmatch(part)
    if match and match["high"]:
        first, last = _number(match["low"], at), _number(match["high"], at)
        if low <= last < first <= high:
            return text("'{part}' in '{cron}' runs backwards: write two ranges with a comma",
                        part=part, cron=line)  # fmt: skip
    return text("'{part}' in '{cron}' is no {field} of {low} to {high}",
                part=part, cron=line, field=_FIELDS[at], low=low, high=high)  # fmt: skip


def _part(part: str, at: int) -> range:
    """The numbers that one member of a list stands for; none where it makes no sense."""
    match = _PART.fullmatch(part)
    if match is None:
        return range(0)
    lowest, highest = _RANGES[at]
    step = int(match["step"] or 1)
    if match["low"] is None:
        return range(lowest, highest + (at != 4), step)  # Sunday is in once, as 0
    low = _number(match["low"], at)
    high = _number(match["high"], at) if match["high"] else highest if match["step"] else low
    if at == 4 and match["high"] in ("0", "sun") and low:
        high = 7
    return range(low, high + 1, step) if lowest <= low <= high <= highest else range(0)


def _number(written: str, at: int) -> int:
    """The number that a part's end stands for; -1 where it is none."""
    if re.fullmatch(r"[0-9]{1,2}", written):
        return int(written)
    names = _MONTHS if at == 3 else _WEEKDAYS if at == 4 else []
    return names.index(written) + (at == 3) if written in names else -1
