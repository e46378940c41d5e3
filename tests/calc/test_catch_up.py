"""Missed slots: made up for as the rule says, bounded, and none of them lost from the count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.catch_up import IN_TIME, MOST_RUN, MOST_SKIPPED, Missed, missed_slots
from loopqa.calc.loop.slots import count_slots
from loopqa.model.workflow import Schedule

LAST = datetime(2026, 3, 1, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICIES = ("latest", "all", "none")


def daily(catch_up: str) -> Schedule:
    return Schedule(every="day", at="06:00", catch_up=catch_up)


@pytest.mark.parametrize("catch_up", POLICIES)
def test_nothing_is_missed_before_the_next_slot(catch_up):
    assert missed_slots(daily(catch_up), LAST, LAST + DAY - HOUR, "UTC") == Missed()


@pytest.mark.parametrize(
    ("catch_up", "late", "run"),
    [
        ("latest", 10 * HOUR, [4]),
        ("all", 10 * HOUR, [2, 3, 4]),
        ("none", 10 * HOUR, []),
        ("none", HOUR, [4]),
    ],
)
def test_each_policy_runs_its_own(catch_up, late, run):
    found = missed_slots(daily(catch_up), LAST, LAST + 3 * DAY + late, "UTC")
    assert [one.wall.day for one in found.run] == run
    assert [one.wall.day for one in (*found.skipped, *found.run)] == [2, 3, 4]


@given(
    st.sampled_from(POLICIES),
    st.sampled_from(("* * * * *", "*/15 * * * *", "0 * * * *", "0 6 * * *", "0 6 4 * *")),
    st.integers(0, 60 * 24 * 60),
    st.sampled_from(("UTC", "Europe/Berlin", "America/Nuuk")),
)
def test_all_that_was_missed_is_told_and_the_rows_are_bounded(catch_up, cron, minutes, zone):
    rule, now = Schedule(cron=cron, catch_up=catch_up), LAST + timedelta(minutes=minutes)
    found = missed_slots(rule, LAST, now, zone)
    rows = (*found.skipped, *found.run)
    assert list(rows) == sorted(rows)
    assert found.n_passed + len(rows) == count_slots(rule, LAST, now, zone)
    assert len(rows) <= (MOST_RUN if catch_up == "all" else MOST_SKIPPED)
    assert (found.passed is None) == (found.n_passed == 0)
    if found.passed:
        first, last = found.passed
        assert LAST < first.instant <= last.instant < rows[0].instant
    if catch_up == "none":
        assert all((now - one.instant > IN_TIME) == (one in found.skipped) for one in rows)
