"""Slots: the instants at which a schedule fires, as wall times in the workspace's zone.

A wall time that the clocks skip fires once, right after the gap; one that comes twice fires once,
the first time; several that fall into one gap are one. Calendar rules count from the calendar, not
from the last firing, so that a run that came late moves nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from loopqa.calc.loop.calendar import add_period, due_instant, instant_of, local_day, window_of
from loopqa.calc.loop.cron import parse_cron
from loopqa.model.workflow import Period

if TYPE_CHECKING:
    from loopqa.model.workflow import Schedule

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Firing:
    """One moment at which a schedule fires."""

    instant: datetime  #: in UTC
    wall: datetime  #: what the zone's clocks show then, without a zone


def slots_after(rule: Schedule, after: datetime, zone: str) -> Iterator[Firing]:
    """The firings later than ``after``, in order, without end.

    >>> from datetime import UTC
    >>> from loopqa.model.workflow import Schedule
    >>> rule = Schedule(every="month", day=31, at="02:30")
    >>> begin = datetime(2027, 2, 1, tzinfo=UTC)
    >>> firings = slots_after(rule, begin, "Europe/Berlin")
    >>> [str(next(firings).wall) for _ in range(2)]
    ['2027-02-28 02:30:00', '2027-03-31 02:30:00']
    """
    latest = after
    shown = after.astimezone(ZoneInfo(zone)).replace(tzinfo=None)  # earlier wall times are over
    for day in _days_from(rule, shown.date()):
        for firing in _on(rule, day, zone, shown.time() if day == shown.date() else time.min):
            if firing.instant > latest:
                latest = firing.instant
                yield firing


def slots_until(rule: Schedule, until: datetime, zone: str) -> Iterator[Firing]:
    """The firings at ``until`` and before, backwards.

    >>> from datetime import UTC
    >>> from loopqa.model.workflow import Schedule
    >>> firings = slots_until(Schedule(cron="0 9 * * fri"), datetime(2027, 2, 1, tzinfo=UTC), "UTC")
    >>> [str(next(firings).wall) for _ in range(2)]
    ['2027-01-29 09:00:00', '2027-01-22 09:00:00']
    """
    earliest = until + timedelta.resolution
    for day in _days_until(rule, local_day(until, zone) + _DAY):
        for firing in reversed(list(_on(rule, day, zone))):
            if firing.instant < earliest:
                earliest = firing.instant
                yield firing


def count_slots(rule: Schedule, after: datetime, until: datetime, zone: str) -> int:
    """How many firings there are later than ``after``, up to and at ``until``.

    Whole days on which the clocks do not change are counted, not gone through.
    """
    first, last = local_day(after, zone) + _DAY, local_day(until, zone) - _DAY
    if first > last:
        return _passed(rule, after, until, zone)
    before = _passed(rule, after, _just_before(first, zone), zone)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    inside = sum(_number_on(rule, day, zone) for day in days)
    return before + inside + _passed(rule, _just_before(last + _DAY, zone), until, zone)


def rule_text(rule: Schedule, zone: str) -> str:
    """What decides when a schedule fires, as one text; equal rules have equal texts.

    >>> from loopqa.model.workflow import Schedule
    >>> rule_text(Schedule(every="month", at="6:00"), "Asia/Shanghai")
    'every month, day 1, at 06:00, Asia/Shanghai'
    """
    if rule.cron is not None:
        return f"{' '.join(rule.cron.lower().split())}, {zone}"
    day = "" if rule.every == "day" else f", day {rule.day or 1}"
    return f"every {rule.every}{day}, at {_time_of_day(rule):%H:%M}, {zone}"


def _passed(rule: Schedule, after: datetime, until: datetime, zone: str) -> int:
    n = 0
    for firing in slots_after(rule, after, zone):
        if firing.instant > until:
            break
        n += 1
    return n


def _number_on(rule: Schedule, day: date, zone: str) -> int:
    """Firings on a local day; what the day before may have pushed into it is looked at closely."""
    begin, end = _just_before(day, zone), _just_before(day + _DAY, zone)
    if end - _just_before(day - _DAY, zone) != 2 * _DAY:
        return _passed(rule, begin, end, zone)
    return len(_times(rule)) if next(_days_from(rule, day)) == day else 0


def _just_before(day: date, zone: str) -> datetime:
    return due_instant(day, zone) - timedelta.resolution


def _on(rule: Schedule, day: date, zone: str, since: time = time.min) -> Iterator[Firing]:
    tz, times = ZoneInfo(zone), _times(rule)
    for at in times[bisect_left(times, since) :]:
        instant = instant_of(datetime.combine(day, at), zone)
        yield Firing(instant, instant.astimezone(tz).replace(tzinfo=None))


def _times(rule: Schedule) -> tuple[time, ...]:
    return (_time_of_day(rule),) if rule.cron is None else parse_cron(rule.cron).times


def _time_of_day(rule: Schedule) -> time:
    hour, _, minute = rule.at.partition(":")
    return time(int(hour), int(minute))


def _days_from(rule: Schedule, first: date) -> Iterator[date]:
    if rule.cron is not None:
        return parse_cron(rule.cron).days_from(first)
    return (day for day in _calendar_days(rule, first, 1) if day >= first)


def _days_until(rule: Schedule, last: date) -> Iterator[date]:
    if rule.cron is not None:
        return parse_cron(rule.cron).days_until(last)
    return (day for day in _calendar_days(rule, last, -1) if day <= last)


def _calendar_days(rule: Schedule, around: date, direction: int) -> Iterator[date]:
    """One day a period, beginning with the period that ``around`` lies in."""
    unit = rule.every or "month"
    start = window_of(around, unit).start
    steps = 0
    while True:
        begin = add_period(start, Period(unit), steps)
        yield _day_in(begin, unit, rule.day or 1)
        steps += direction


def _day_in(begin: date, unit: str, day: int) -> date:
    """The ``day``-th of the period's first month, clamped at its end; of a week, that weekday."""
    if unit == "day":
        return begin
    if unit == "week":
        return begin + timedelta(days=day - 1)
    return begin.replace(day=min(day, monthrange(begin.year, begin.month)[1]))
