"""When things must happen, reckoned apart from the program: plain Python, day by day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from loopqa.model.window import Window
from tests.reliability.simulator.definitions import Rule

DAY = timedelta(days=1)


@cache
def instant(day: date, at: time, zone: str) -> datetime:
    """The first instant at which the clocks of ``zone`` show this time of this day, or a later one.

    Found by walking through the minutes, so that neither gaps nor repeated hours need a rule.
    """
    wall = datetime.combine(day, at)
    moment = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    tz = ZoneInfo(zone)
    for span in (timedelta(minutes=30), timedelta(minutes=1)):
        while moment.astimezone(tz).replace(tzinfo=None) < wall:
            moment += span
        if span > timedelta(minutes=1):
            moment -= span
    return moment


def due_on(closed_on: date, unit: str) -> date:
    """One unit after the closing day; the last day of a month that is too short."""
    if unit != "month":
        return closed_on + timedelta(days={"day": 1, "week": 7}[unit])
    year, month = closed_on.year + closed_on.month // 12, closed_on.month % 12 + 1
    return date(year, month, min(closed_on.day, monthrange(year, month)[1]))


def window_after(day: date, unit: str) -> Window:
    """The first whole unit that begins on ``day`` or later."""
    first = day
    while not begins(first, unit):
        first += DAY
    last = first
    while not begins(last + DAY, unit):
        last += DAY
    return Window(first, last)


def window_before(day: date, unit: str) -> Window:
    """The last whole unit that was over when ``day`` began."""
    last = day - DAY
    while not begins(last + DAY, unit):
        last -= DAY
    first = last
    while not begins(first, unit):
        first -= DAY
    return Window(first, last)


def begins(day: date, unit: str) -> bool:
    """Whether a unit begins on this day."""
    return {"day": True, "week": day.weekday() == 0, "month": day.day == 1}[unit]


def slots(rule: Rule, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant of a rule's schedule in ``after`` < instant <= ``until``."""
    day = after.astimezone(ZoneInfo(rule.zone)).date() - DAY
    while True:
        if runs_on(day, rule.unit):
            moment = instant(day, rule.at, rule.zone)
            if moment > until:
                return
            if moment > after:
                yield moment
        day += DAY


def runs_on(day: date, unit: str) -> bool:
    """Whether the schedule has a slot on this day."""
    return {"day": True, "week": day.weekday() == 0, "month": day.day == 4}[unit]
