"""Slots of schedules: none skipped, none doubled, whatever the clocks do; month ends right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.calendar import window_of
from loopqa.calc.loop.slots import (
    count_slots,
    rule_text,
    slots_after,
    slots_until,
)
from loopqa.model.workflow import Schedule
from tests.calc.clock_changes import DAY, RULES, all_zones, changes, examine, firings

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Nuuk",
    "Asia/Beirut",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
MOMENTS = st.integers(0, 6_000_000).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CALENDAR = st.builds(
    Schedule,
    every=st.sampled_from(("day", "week", "month", "quarter", "year")),
    day=st.integers(1, 7),
    at=st.sampled_from(("00:00", "00:30", "2:30", "06:00", "23:59")),
) | st.builds(Schedule, every=st.sampled_from(("month", "quarter", "year")), day=st.integers(8, 31))
ANY_RULE = CALENDAR | st.sampled_from(RULES)


def walls(rule: Schedule, begin: str, zone: str, n: int) -> list[str]:
    moment = datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return [f"{one.wall:%Y-%m-%d %H:%M}" for one in islice(slots_after(rule, moment, zone), n)]


def test_no_zone_skips_or_doubles_a_slot_when_clocks_change():
    found = examine(all_zones(), years=(2026, 2028))
    assert (found.skipped, found.doubled) == (0, 0)
    assert found.changes > 150
    assert found.slots > 20_000


@pytest.mark.slow
def test_no_zone_skips_or_doubles_a_slot_in_twelve_years():
    found = examine(all_zones())
    assert (found.skipped, found.doubled) == (0, 0)
    assert found.slots > 100_000


@pytest.mark.parametrize(
    ("zone", "begin", "expected"),
    [
        # a gap at midnight: the day's first moment
        ("Africa/Cairo", "2026-04-23 12:00", ["2026-04-24 01:00", "2026-04-25 00:00"]),
        ("Asia/Beirut", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:00"]),
        ("America/Havana", "2026-03-07 12:00", ["2026-03-08 01:00", "2026-03-09 00:00"]),
        # midnight comes twice: only the first
        ("America/Havana", "2026-10-31 12:00", ["2026-11-01 00:00", "2026-11-02 00:00"]),
    ],
)
def test_a_midnight_rule_fires_every_day_also_where_clocks_change_at_midnight(
    zone, begin, expected
):
    assert walls(Schedule(cron="0 0 * * *"), begin, zone, 2) == expected


def test_slots_that_fall_into_one_gap_are_one():
    rule = Schedule(cron="*/15 2 * * *")
    assert walls(rule, "2026-03-29 00:00", "Europe/Berlin", 2) == [
        "2026-03-29 03:00",
        "2026-03-30 02:00",
    ]


def test_an_hourly_rule_fires_once_a_wall_time_where_an_hour_comes_twice():
    begin = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    found = islice(slots_after(Schedule(cron="0 * * * *"), begin, "Europe/Berlin"), 4)
    assert [(f"{one.instant:%H:%M}", f"{one.wall:%H:%M}") for one in found] == [
        ("23:00", "01:00"),
        ("00:00", "02:00"),
        ("02:00", "03:00"),
        ("03:00", "04:00"),
    ]


@pytest.mark.parametrize(
    ("rule", "begin", "expected"),
    [
        (
            Schedule(every="month", day=31, at="06:00"),
            "2028-01-31 07:00",
            ["2028-02-29 06:00", "2028-03-31 06:00", "2028-04-30 06:00"],
        ),
        (
            Schedule(every="quarter", day=31, at="06:00"),
            "2026-01-01",
            ["2026-01-31 06:00", "2026-04-30 06:00", "2026-07-31 06:00"],
        ),
        (
            Schedule(every="week", day=7, at="18:00"),
            "2026-11-22 18:00",
            ["2026-11-29 18:00", "2026-12-06 18:00"],
        ),
        (Schedule(every="year", day=15), "2026-01-15 06:00", ["2027-01-15 06:00"]),
        (Schedule(every="month"), "2026-11-22", ["2026-12-01 06:00", "2027-01-01 06:00"]),
        (Schedule(every="day", at="6:30"), "2026-11-22", ["2026-11-22 06:30", "2026-11-23 06:30"]),
    ],
)
def test_calendar_rules_count_from_the_calendar(rule, begin, expected):
    assert walls(rule, begin, "Asia/Shanghai", len(expected)) == expected


@given(CALENDAR, MOMENTS, st.sampled_from(ZONES))
def test_a_calendar_rule_fires_once_in_each_of_its_periods(rule, begin, zone):
    found = list(islice(slots_after(rule, begin, zone), 12))
    starts = [window_of(one.wall.date(), rule.every).start for one in found]
    assert len(set(starts)) == len(starts)
    days = [(later - sooner).days for sooner, later in pairwise(starts)]
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[rule.every]
    assert max(days) <= longest
    for one in found:
        month_end = (one.wall + DAY).month != one.wall.month
        wanted = one.wall.isoweekday() if rule.every == "week" else one.wall.day
        assert rule.every == "day" or wanted == rule.day or (month_end and wanted < rule.day)


@given(ANY_RULE, MOMENTS, st.integers(0, 90), st.sampled_from(ZONES))
def test_counting_slots_gives_the_number_of_those_gone_through(rule, begin, days, zone):
    until = begin + timedelta(days=days, hours=5)
    gone_through = len(firings(rule, begin, until + timedelta.resolution, zone))
    assert count_slots(rule, begin, until, zone) == gone_through


@pytest.mark.parametrize("zone", ["America/Nuuk", "Africa/Cairo", "Europe/Berlin"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_counting_is_exact_over_all_changes_of_clocks(zone, rule):
    for moment, _ in changes(zone)[1:6]:
        begin, until = moment - 3 * DAY, moment + 3 * DAY
        assert count_slots(rule, begin, until, zone) == len(
            firings(rule, begin, until + timedelta.resolution, zone)
        )


@given(ANY_RULE, MOMENTS, st.sampled_from(ZONES))
def test_every_firing_is_found_from_just_before_it_and_backwards(rule, begin, zone):
    found = list(islice(slots_after(rule, begin, zone), 6))
    assert found[0].instant > begin
    assert sorted(set(found)) == found
    for one in found:
        assert next(slots_after(rule, one.instant - timedelta.resolution, zone)) == one
    assert next(slots_until(rule, found[-1].instant, zone)) == found[-1]


@given(st.dates(date(2024, 4, 10), date(2035, 4, 10)), st.sampled_from(ZONES))
def test_far_from_changes_of_clocks_a_zone_fires_as_cronsim_says(day, zone):
    tz = ZoneInfo(zone)
    begin = datetime(day.year, day.month, day.day, 12, tzinfo=tz)
    if (begin - DAY).utcoffset() != (begin + 3 * DAY).utcoffset():
        return
    line = "*/20 6-8 * * *"
    expected = list(islice(CronSim(line, begin), 18))
    found = islice(slots_after(Schedule(cron=line), begin.astimezone(UTC), zone), 18)
    assert [one.instant for one in found] == [one.astimezone(UTC) for one in expected]


def test_forty_days_of_minutes_are_counted_at_once():
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    rule = Schedule(cron="* * * * *")
    assert count_slots(rule, begin, begin + 40 * DAY, "Europe/Berlin") == 57_600
    assert count_slots(rule, begin, begin + 3650 * DAY, "UTC") == 3650 * 1440


def test_equal_rules_have_equal_texts_and_the_zone_is_part_of_them():
    assert rule_text(Schedule(cron=" 0 6  4 * MON"), "UTC") == "0 6 4 * mon, UTC"
    same = Schedule(every="day", at="6:00", catch_up="all")
    assert rule_text(same, "UTC") == rule_text(Schedule(every="day"), "UTC")
    assert rule_text(same, "UTC") != rule_text(same, "Asia/Shanghai")
    assert rule_text(Schedule(every="week", day=5), "UTC") == "every week, day 5, at 06:00, UTC"
