"""Cron lines mean what crontab(5) says, and none is accepted that never comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.cron import BadCron, parse_cron
from loopqa.calc.loop.slots import slots_after, slots_until
from loopqa.model.workflow import Schedule

MOMENTS = st.integers(0, 6_000_000).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@st.composite
def parts(draw: st.DrawFn, low: int, high: int) -> str:
    first = draw(st.integers(low, high - 1))
    last = draw(st.integers(first + 1, high))
    step = draw(st.integers(1, high))
    forms = ("*", f"*/{step}", f"{first}", f"{first}-{last}", f"{first}-{last}/{step}")
    return draw(st.sampled_from(forms))


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A cron line of lists, ranges and steps; Sunday is written 0, as the oracle steps over 7."""
    fields = []
    for low, high in FIELDS:
        top = 6 if high == 7 else high
        members = draw(st.lists(parts(low, top), min_size=1, max_size=3))
        fields.append("*" if "*" in members else ",".join(members))
    return " ".join(fields)


@given(lines(), MOMENTS)
def test_in_utc_a_line_fires_when_cronsim_says(line, begin):
    try:
        expected = list(islice(CronSim(line, begin), 5))
    except CronSimError:
        with pytest.raises(BadCron):
            parse_cron(line)
        return
    found = islice(slots_after(Schedule(cron=line), begin, "UTC"), len(expected))
    assert [one.instant for one in found] == expected


@given(lines(), MOMENTS)
def test_backwards_and_forwards_are_the_same_firings(line, begin):
    rule = Schedule(cron=line)
    try:
        forwards = list(islice(slots_after(rule, begin, "Europe/Berlin"), 20))
    except BadCron:
        return
    backwards = islice(slots_until(rule, forwards[-1].instant, "Europe/Berlin"), 20)
    assert list(backwards) == forwards[::-1]


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("0 6 * * mon-fri", "0 6 * * 1-5"),
        ("0 6 * JAN,Jul *", "0 6 * 1,7 *"),
        ("0 6 * * 7", "0 6 * * 0"),
        ("0 6 * * sat-sun", "0 6 * * 6,0"),
        ("0 6 * * 0-7", "0 6 * * *"),
        ("5/15 6 * * *", "5,20,35,50 6 * * *"),
        ("  0   6 * * * ", "0 6 * * *"),
    ],
)
def test_ways_to_write_the_same(line, same):
    first = date(2026, 1, 1)
    one, other = parse_cron(line), parse_cron(same)
    assert one.times == other.times
    assert list(islice(one.days_from(first), 60)) == list(islice(other.days_from(first), 60))


def test_with_both_day_fields_restricted_either_is_enough():
    days = parse_cron("0 6 13 * fri").days_from(date(2026, 11, 9))
    assert [one.day for one in islice(days, 4)] == [13, 20, 27, 4]


def test_with_a_star_in_one_day_field_both_must_be_met():
    days = parse_cron("0 6 */2 * mon").days_from(date(2026, 11, 1))
    assert [str(one) for one in islice(days, 3)] == ["2026-11-09", "2026-11-23", "2026-12-07"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0 6 4", "'0 6 4' is no cron line of five fields"),
        ("@daily", "'@daily' is no cron line of five fields"),
        ("60 6 * * *", "'60' in '60 6 * * *' is no minute of 0 to 59"),
        ("0 24 * * *", "'24' in '0 24 * * *' is no hour of 0 to 23"),
        ("0 6 0 * *", "'0' in '0 6 0 * *' is no day of the month of 1 to 31"),
        ("0 6 * 13 *", "'13' in '0 6 * 13 *' is no month of 1 to 12"),
        ("0 6 * * 8", "'8' in '0 6 * * 8' is no day of the week of 0 to 7"),
        ("0 6 * mon *", "'mon' in '0 6 * mon *' is no month of 1 to 12"),
        ("*/0 * * * *", "'*/0' in '*/0 * * * *' is no minute of 0 to 59"),
        ("0, 6 * * *", "'' in '0, 6 * * *' is no minute of 0 to 59"),
        ("٣ 6 * * *", "'٣' in '٣ 6 * * *' is no minute of 0 to 59"),
        (
            "0 22-6 * * *",
            "'22-6' in '0 22-6 * * *' runs backwards: write two ranges with a comma",
        ),
        ("0 0 30 2 *", "'0 0 30 2 *' never comes: no such month has day 30"),
        ("0 0 31 feb,apr,jun *", "'0 0 31 feb,apr,jun *' never comes: no such month has day 31"),
        ("0 0 31 4 */2", "'0 0 31 4 */2' never comes: no such month has day 31"),
    ],
)
def test_a_line_that_is_none_or_never_comes_is_refused(line, why):
    with pytest.raises(BadCron) as told:
        parse_cron(line)
    assert str(told.value) == why


def test_a_rare_day_is_found_without_going_through_the_years():
    found = islice(slots_after(Schedule(cron="0 0 29 2 */7"), datetime(2026, 1, 1, tzinfo=UTC),
                               "UTC"), 3)  # fmt: skip
    assert [f"{one.wall:%Y-%m-%d}" for one in found] == ["2032-02-29", "2060-02-29", "2088-02-29"]


def test_a_day_of_the_month_that_never_comes_may_still_be_a_weekday():
    assert next(parse_cron("0 6 30 2 mon").days_from(date(2026, 1, 1))) == date(2026, 2, 2)


def test_the_times_of_a_day_are_in_order():
    assert parse_cron("30,0 18,6 * * *").times == (
        time(6, 0), time(6, 30), time(18, 0), time(18, 30),
    )  # fmt: skip
