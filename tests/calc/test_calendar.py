"""Calendar: months clamped from the anchor, whole windows, and local days as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.calendar import (
    UNITS,
    add_period,
    due_instant,
    history_windows,
    instant_of,
    local_day,
    next_complete_window,
    previous_window,
    window_of,
)
from loopqa.model.window import Window
from loopqa.model.workflow import Period, WindowRule

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
ANY_UNIT = st.sampled_from(UNITS)
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
)


@pytest.mark.parametrize(
    ("anchor", "unit", "count", "expected"),
    [
        ("2027-01-31", "month", 1, "2027-02-28"),
        ("2028-01-31", "month", 1, "2028-02-29"),
        ("2027-01-31", "month", 2, "2027-03-31"),
        ("2027-01-29", "month", 1, "2027-02-28"),
        ("2027-11-30", "month", 3, "2028-02-29"),
        ("2027-12-31", "month", 1, "2028-01-31"),
        ("2027-03-31", "month", -1, "2027-02-28"),
        ("2027-05-31", "quarter", 1, "2027-08-31"),
        ("2027-08-31", "quarter", 1, "2027-11-30"),
        ("2028-02-29", "year", 1, "2029-02-28"),
        ("2028-02-29", "year", 4, "2032-02-29"),
        ("2027-12-28", "week", 1, "2028-01-04"),
        ("2028-02-28", "day", 2, "2028-03-01"),
    ],
)
def test_a_period_is_added(anchor, unit, count, expected):
    added = add_period(date.fromisoformat(anchor), Period(unit, count))
    assert added == date.fromisoformat(expected)


@given(DAYS, st.integers(-60, 60))
def test_months_land_in_the_month_meant_on_the_anchor_s_day_or_the_month_s_last(anchor, months):
    added = add_period(anchor, Period("month", months))
    assert (added.year - anchor.year) * 12 + added.month - anchor.month == months
    last = (added + timedelta(days=1)).month != added.month
    assert added.day == anchor.day or (last and added.day < anchor.day)


@given(DAYS, ANY_UNIT, st.integers(-30, 30), st.integers(1, 4))
def test_several_times_a_period_is_that_many_units_at_once(anchor, unit, times, count):
    at_once = add_period(anchor, Period(unit, count * times))
    assert add_period(anchor, Period(unit, count), times) == at_once


@given(DAYS, DAYS, ANY_UNIT, st.integers(-30, 30))
def test_later_days_never_become_earlier_ones(first, second, unit, count):
    first, second = sorted((first, second))
    assert add_period(first, Period(unit, count)) <= add_period(second, Period(unit, count))


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("day", "2028-02-10..2028-02-10"),
        ("week", "2028-02-07..2028-02-13"),
        ("month", "2028-02-01..2028-02-29"),
        ("quarter", "2028-01-01..2028-03-31"),
        ("year", "2028-01-01..2028-12-31"),
    ],
)
def test_a_day_lies_in_one_window_of_each_unit(unit, expected):
    assert str(window_of(date(2028, 2, 10), unit)) == expected


@given(DAYS, ANY_UNIT)
def test_windows_of_a_unit_hold_their_days_and_meet_without_gap(day, unit):
    window = window_of(day, unit)
    assert window.start <= day <= window.end
    assert window_of(window.end, unit) == window
    assert window_of(window.end + timedelta(days=1), unit).start == window.end + timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "rule", "expected"),
    [
        ("2027-03-01", WindowRule(Period("month")), "2027-02-01..2027-02-28"),
        ("2027-03-31", WindowRule(Period("month")), "2027-02-01..2027-02-28"),
        ("2027-03-03", WindowRule(Period("month"), 3), "2027-01-01..2027-01-31"),
        ("2027-03-04", WindowRule(Period("month"), 3), "2027-02-01..2027-02-28"),
        ("2027-01-04", WindowRule(Period("week")), "2026-12-28..2027-01-03"),
        ("2027-02-15", WindowRule(Period("month", 3)), "2026-11-01..2027-01-31"),
        ("2027-02-15", WindowRule(Period("year")), "2026-01-01..2026-12-31"),
        ("2027-02-15", WindowRule(Period("quarter")), "2026-10-01..2026-12-31"),
    ],
)
def test_the_previous_window_is_complete_and_settled(today, rule, expected):
    assert str(previous_window(date.fromisoformat(today), rule)) == expected


@given(DAYS, ANY_UNIT, st.integers(1, 4), st.integers(0, 40))
def test_the_previous_window_is_the_last_one_that_has_settled(today, unit, count, settle):
    window = previous_window(today, WindowRule(Period(unit, count), settle))
    settled = today - timedelta(days=settle)
    assert window.end < settled
    assert window_of(window.end + timedelta(days=1), unit).end >= settled


@given(DAYS, ANY_UNIT, st.integers(1, 24))
def test_the_windows_before_one_meet_without_gap(day, unit, count):
    window = window_of(day, unit)
    back = history_windows(window, Period(unit), Period(unit, count))
    assert len(back) == count
    for earlier, later in pairwise((*back, window)):
        assert earlier == window_of(earlier.start, unit)
        assert earlier.end + timedelta(days=1) == later.start


def test_twelve_months_of_history_are_twelve_months_or_four_quarters():
    month = window_of(date(2027, 1, 1), "month")
    months = history_windows(month, Period("month"), Period("month", 12))
    assert months == tuple(window_of(date(2026, number, 1), "month") for number in range(1, 13))
    quarter = window_of(date(2027, 1, 1), "quarter")
    quarters = history_windows(quarter, Period("quarter"), Period("month", 12))
    assert quarters == tuple(window_of(date(2026, n, 1), "quarter") for n in (1, 4, 7, 10))


def test_a_history_shorter_than_a_window_is_none():
    year = window_of(date(2027, 1, 1), "year")
    assert history_windows(year, Period("year"), Period("month", 11)) == ()


def test_rolling_windows_go_back_by_their_own_length():
    window = Window(date(2026, 11, 1), date(2027, 1, 31))
    back = history_windows(window, Period("month", 3), Period("month", 6))
    assert [str(one) for one in back] == ["2026-05-01..2026-07-31", "2026-08-01..2026-10-31"]


@pytest.mark.parametrize(
    ("day", "unit", "count", "expected"),
    [
        ("2027-02-28", "month", 1, "2027-03-01..2027-03-31"),
        ("2027-03-01", "month", 1, "2027-03-01..2027-03-31"),
        ("2027-03-02", "month", 1, "2027-04-01..2027-04-30"),
        ("2027-02-28", "month", 3, "2027-03-01..2027-05-31"),
        ("2027-02-28", "week", 1, "2027-03-01..2027-03-07"),
        ("2027-02-28", "year", 1, "2028-01-01..2028-12-31"),
        ("2027-02-28", "day", 1, "2027-02-28..2027-02-28"),
    ],
)
def test_the_next_complete_window_begins_on_the_day_or_later(day, unit, count, expected):
    assert str(next_complete_window(date.fromisoformat(day), unit, count)) == expected


@given(DAYS, ANY_UNIT)
def test_no_whole_window_fits_between_a_day_and_its_next_complete_one(day, unit):
    window = next_complete_window(day, unit)
    assert window == window_of(window.start, unit)
    assert window_of(window.start - timedelta(days=1), unit).start < day <= window.start


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        ("2027-07-01", "Asia/Shanghai", "2027-06-30T16:00:00+00:00"),
        ("2027-03-28", "Europe/Berlin", "2027-03-27T23:00:00+00:00"),
        # clocks go forward at midnight: the day begins at 01:00 local
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00:00+00:00"),
        # clocks go back at midnight: 00:00 occurs twice, the first one counts
        ("2027-11-07", "America/Havana", "2027-11-07T04:00:00+00:00"),
        # the gap from 23:30 to 00:30 ends inside the day
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30:00+00:00"),
        # a day that did not exist begins with the next one
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_day_begins_at_its_first_local_moment(day, zone, instant):
    assert due_instant(date.fromisoformat(day), zone).isoformat() == instant


@given(st.dates(date(2012, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_the_instant_of_a_day_is_its_first_in_that_zone(day, zone):
    instant = due_instant(day, zone)
    assert instant.tzinfo is UTC
    assert local_day(instant, zone) == day
    assert local_day(instant - timedelta(seconds=1), zone) < day


@given(st.dates(date(2012, 1, 1), date(2037, 12, 31)), st.times(), st.sampled_from(ZONES))
def test_a_wall_time_is_itself_or_the_moment_after_its_gap(day, clock, zone):
    local = datetime.combine(day, clock)
    instant = instant_of(local, zone)
    shown = instant.astimezone(ZoneInfo(zone))
    assert shown.replace(tzinfo=None) >= local
    if shown.replace(tzinfo=None) != local:
        before = (instant - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert before.replace(tzinfo=None) < local
        assert before.utcoffset() != shown.utcoffset()


def test_a_local_day_depends_on_the_zone():
    instant = datetime.combine(date(2027, 6, 30), time(17), UTC)
    assert local_day(instant, "Asia/Shanghai") == date(2027, 7, 1)
    assert local_day(instant, "UTC") == date(2027, 6, 30)
