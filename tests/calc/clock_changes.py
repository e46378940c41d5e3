"""What every zone's clocks show minute by minute around its changes: the oracle of slots.

It is found by brute force: each minute in UTC is shown on the zone's clocks. A wall time that a
rule names is due at the first minute that shows it; one that no minute shows, at the first minute
after the gap. ``examine`` holds the firings of a rule against that, for any number of zones and
years.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from loopqa.calc.loop.slots import Firing, slots_after
from loopqa.model.workflow import Schedule

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEARS = (2024, 2035)  #: first and last, both whole

#: what is held in every zone: often, hourly, nightly, and in the hours in which clocks change
RULES = (
    Schedule(cron="*/15 * * * *"),
    Schedule(cron="0 * * * *"),
    Schedule(cron="30 2 * * *"),
    Schedule(cron="0 0 * * *"),
    Schedule(every="day", at="00:30"),
    Schedule(every="day", at="23:30"),
)


@dataclass
class Examined:
    """What was looked at, and what was wrong with it."""

    zones: int = 0
    changes: int = 0  #: of clocks
    slots: int = 0
    skipped: int = 0
    doubled: int = 0


def all_zones() -> list[str]:
    """One name for each set of clocks that change at different moments of :data:`YEARS`."""
    known: dict[object, str] = {}
    for name in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}):
        known.setdefault(tuple(changes(name)), name)
    return sorted(known.values())


@cache
def changes(zone: str) -> tuple[tuple[datetime, timedelta | None], ...]:
    """Each change of a zone's distance to UTC: the first minute, and the distance from then on.

    The first entry says how it all begins. No zone changes its clocks twice in a week.
    """
    tz = ZoneInfo(zone)
    moment, end = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[1] + 1, 1, 8, tzinfo=UTC)
    found = [(moment, moment.astimezone(tz).utcoffset())]
    while (later := moment + 7 * DAY) <= end:
        if later.astimezone(tz).utcoffset() != found[-1][1]:
            first = _first_minute(moment, later, tz)
            found.append((first, first.astimezone(tz).utcoffset()))
        moment = later
    return tuple(found)


def _first_minute(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    old = before.astimezone(tz).utcoffset()
    while after - before > MINUTE:
        middle = before + ((after - before) // MINUTE // 2) * MINUTE
        if middle.astimezone(tz).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def examine(
    zones: Iterable[str], rules: Iterable[Schedule] = RULES, years: tuple[int, int] = YEARS
) -> Examined:
    """Hold the firings of each rule against brute force around every change of every zone."""
    seen = Examined()
    for zone in zones:
        seen.zones += 1
        for moment, _ in changes(zone)[1:]:
            if years[0] <= moment.year <= years[1]:
                seen.changes += 1
                _compare(rules, zone, moment - 14 * HOUR, moment + 14 * HOUR, seen)
    return seen


def _compare(
    rules: Iterable[Schedule], zone: str, begin: datetime, end: datetime, seen: Examined
) -> None:
    shown = shown_by_clocks(zone, begin, end)
    for rule in rules:
        expected = by_brute_force(rule, shown)
        found = [one.instant for one in firings(rule, begin - MINUTE, end, zone)]
        seen.slots += len(expected)
        seen.skipped += len(expected - set(found))
        seen.doubled += len(found) - len(set(found) & expected)


def shown_by_clocks(zone: str, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """(instant, wall time) of each minute from ``begin`` up to ``end``."""
    tz = ZoneInfo(zone)
    minutes = int((end - begin) / MINUTE)
    instants = (begin + number * MINUTE for number in range(minutes))
    return [(one, one.astimezone(tz).replace(tzinfo=None)) for one in instants]


def by_brute_force(rule: Schedule, shown: list[tuple[datetime, datetime]]) -> set[datetime]:
    """When a rule is due among minutes as clocks show them."""
    due: set[datetime] = set()
    latest = shown[0][1] - MINUTE  # the latest wall time shown so far
    for instant, wall in shown:
        while latest < wall:
            latest += MINUTE
            if is_named(rule, latest):
                due.add(instant)
    return due


def is_named(rule: Schedule, wall: datetime) -> bool:
    """Whether a rule of :data:`RULES` names a wall time, told without the parser under test."""
    if rule.cron is None:
        return f"{wall:%H:%M}" == rule.at
    minute, hour, *rest = rule.cron.split()
    assert rest == ["*"] * 3
    return _meets(minute, wall.minute) and _meets(hour, wall.hour)


def _meets(field: str, value: int) -> bool:
    if field.startswith("*/"):
        return value % int(field[2:]) == 0
    return field == "*" or int(field) == value


def firings(rule: Schedule, after: datetime, before: datetime, zone: str) -> list[Firing]:
    """The firings later than ``after`` and earlier than ``before``."""
    return list(takewhile(lambda one: one.instant < before, slots_after(rule, after, zone)))
