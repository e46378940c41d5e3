"""Calendar arithmetic: periods, windows, and local days as instants.

Months are counted from the anchor date and clamped at their end, so that steps never add up to a
drift: 31 January + 1 month is 28 February, 31 January + 2 months is 31 March.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from loopqa.model.window import Window
from loopqa.model.workflow import Period

if TYPE_CHECKING:
    from loopqa.model.workflow import WindowRule

UNITS = ("day", "week", "month", "quarter", "year")
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def add_period(anchor: date, period: Period, times: int = 1) -> date:
    """The day ``times`` periods after ``anchor`` (before it, if negative), clamped at month ends.

    Several steps are counted from the anchor at once: ``add_period(d, p, 2)`` may be later than
    ``add_period(add_period(d, p), p)``, and is what people mean.

    Raises:
        KeyError: the period's unit is none of :data:`UNITS`.

    >>> add_period(date(2027, 1, 31), Period("month"))
    datetime.date(2027, 2, 28)
    >>> add_period(date(2027, 1, 31), Period("month"), 2)
    datetime.date(2027, 3, 31)
    """
    steps = period.count * times
    if period.unit in _DAYS:
        return anchor + timedelta(days=_DAYS[period.unit] * steps)
    return _add_months(anchor, _MONTHS[period.unit] * steps)


def _add_months(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def window_of(day: date, unit: str) -> Window:
    """The whole day, week (Monday to Sunday), month, quarter or year that ``day`` lies in.

    >>> str(window_of(date(2028, 2, 10), "quarter"))
    '2028-01-01..2028-03-31'
    """
    start = _start_of(day, unit)
    return Window(start, add_period(start, Period(unit)) - timedelta(days=1))


def _start_of(day: date, unit: str) -> date:
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def previous_window(today: date, rule: WindowRule) -> Window:
    """The last window that is complete and has had its settling days when ``today`` begins.

    With ``count`` above 1 it is made of the last so many whole units.

    >>> from loopqa.model.workflow import WindowRule
    >>> str(previous_window(date(2027, 3, 3), WindowRule(Period("month"), settle_days=3)))
    '2027-01-01..2027-01-31'
    """
    settled = today - timedelta(days=rule.settle_days)
    past = _start_of(settled, rule.previous.unit)
    return Window(add_period(past, rule.previous, -1), past - timedelta(days=1))


def history_windows(window: Window, length: Period, history: Period) -> tuple[Window, ...]:
    """All windows of ``length`` before ``window`` that ``history`` reaches back over, oldest first.

    >>> [str(w) for w in history_windows(
    ...     window_of(date(2027, 7, 1), "quarter"), Period("quarter"), Period("month", 6))]
    ['2027-01-01..2027-03-31', '2027-04-01..2027-06-30']
    """
    first_day = add_period(window.start, history, -1)
    found: list[Window] = []
    while (earlier := _window_before(window, length, len(found) + 1)).start >= first_day:
        found.append(earlier)
    return tuple(reversed(found))


def _window_before(window: Window, length: Period, steps: int) -> Window:
    start = add_period(window.start, length, -steps)
    return Window(start, add_period(window.start, length, 1 - steps) - timedelta(days=1))


def next_complete_window(on_or_after: date, unit: str, count: int = 1) -> Window:
    """The first window of ``count`` whole units that begins on ``on_or_after`` or later.

    >>> str(next_complete_window(date(2027, 2, 28), "month"))
    '2027-03-01..2027-03-31'
    """
    start = _start_of(on_or_after, unit)
    if start < on_or_after:
        start = add_period(start, Period(unit))
    return Window(start, add_period(start, Period(unit, count)) - timedelta(days=1))


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day on which ``instant`` (with a zone) falls in the time zone ``zone``."""
    return instant.astimezone(ZoneInfo(zone)).date()


def due_instant(day: date, zone: str) -> datetime:
    """The instant, in UTC, at which ``day`` begins in the time zone ``zone``.

    >>> due_instant(date(2027, 7, 1), "Asia/Shanghai").isoformat()
    '2027-06-30T16:00:00+00:00'
    """
    return instant_of(datetime.combine(day, time.min), zone)


def settled_instant(window: Window, rule: WindowRule, zone: str) -> datetime | None:
    """As of when a window is read: its settling days after its end; None without any.

    Every window is read as it stood at the same age, however long ago it ended, so that an old
    one and a fresh one can be compared.

    >>> from loopqa.model.workflow import WindowRule
    >>> june = window_of(date(2027, 6, 1), "month")
    >>> settled_instant(june, WindowRule(settle_days=3), "Asia/Shanghai").isoformat()
    '2027-07-03T16:00:00+00:00'
    """
    if not rule.settle_days:
        return None
    return due_instant(window.end + timedelta(days=1 + rule.settle_days), zone)


def instant_of(local: datetime, zone: str) -> datetime:
    """The instant, in UTC, of a wall time without zone, at ``zone``'s clocks.

    A wall time that occurs twice (clocks put back) is the first one; one that is skipped (clocks
    put forward) is the moment right after the gap.
    """
    tz = ZoneInfo(zone)
    instant = local.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == local:
        return instant
    return _end_of_gap(local, tz)


def _end_of_gap(local: datetime, tz: ZoneInfo) -> datetime:
    # In a gap, fold=1 names an instant before the clocks change and fold=0 one after it.
    before = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=tz, fold=0).astimezone(UTC)
    offset_after = after.astimezone(tz).utcoffset()
    while (span := int((after - before).total_seconds())) > 1:
        middle = before + timedelta(seconds=span // 2)
        if middle.astimezone(tz).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after
