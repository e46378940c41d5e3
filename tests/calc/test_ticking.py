"""Whether anybody ticks is told from signs of life; when a worker wakes, from what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.ticking import wake_at, who_ticks
from loopqa.model.timetable import NextDue, Ticker

NOW = datetime(2026, 12, 4, 7, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WAITING = NextDue(waiting=NOW - HOUR, coming=NOW + DAY)
COMING = NextDue(coming=NOW + 9 * DAY)


def worker(silent: timedelta, interval: int | None = 60, ticked: timedelta | None = None) -> Ticker:
    last = None if ticked is None else NOW - ticked
    return Ticker("worker:vm:7", NOW - 9 * DAY, NOW - silent, last, interval)


def by_cron(ago: timedelta) -> Ticker:
    return Ticker("tick:vm", NOW - ago, NOW - ago, NOW - ago)


@pytest.mark.parametrize(
    ("tickers", "due", "nobody"),
    [
        ([worker(MINUTE)], WAITING, False),
        ([worker(3 * MINUTE)], WAITING, False),
        ([worker(4 * MINUTE)], WAITING, True),
        ([worker(4 * MINUTE)], COMING, True),  # it ought to live, and will be missed
        ([worker(4 * MINUTE)], NextDue(), False),  # nothing to miss it for
        ([worker(2 * HOUR, interval=3600)], WAITING, False),
        ([worker(50 * timedelta(seconds=1), interval=1)], WAITING, False),
        ([worker(4 * HOUR, interval=None, ticked=4 * HOUR)], WAITING, False),  # stopped on purpose
        ([worker(2 * DAY, interval=None, ticked=2 * DAY)], WAITING, True),
        ([worker(4 * MINUTE), by_cron(MINUTE)], WAITING, False),
        ([worker(9 * DAY), by_cron(23 * HOUR)], WAITING, False),
        ([by_cron(25 * HOUR)], WAITING, False),  # daily, and clocks went back
        ([by_cron(27 * HOUR)], WAITING, True),
        ([by_cron(27 * HOUR)], COMING, False),  # nothing waits yet
        ([], WAITING, False),
        ([], NextDue(waiting=NOW - 27 * HOUR), True),
        ([], COMING, False),
    ],
)
def test_nobody_ticks(tickers, due, nobody):
    assert who_ticks(tickers, due, NOW).nobody is nobody


def test_where_no_tick_has_left_a_sign_what_failed_shows_that_there_was_one():
    long = NextDue(waiting=NOW - 9 * DAY)
    assert who_ticks([], long, NOW).nobody
    assert not who_ticks([], long, NOW, tried=True).nobody
    assert who_ticks([by_cron(2 * DAY)], long, NOW, tried=True).nobody


def test_the_worker_that_is_missed_is_the_last_one_that_gave_a_sign():
    older = Ticker("worker:vm:3", NOW - 9 * DAY, NOW - 3 * DAY, None, 60)
    seen = who_ticks([older, worker(HOUR)], WAITING, NOW)
    assert (seen.living, seen.lost) == ((), worker(HOUR))
    assert who_ticks([older, worker(MINUTE)], WAITING, NOW).lost is None


INSTANTS = st.integers(0, 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(coming=INSTANTS, passed=st.integers(0, 10**6))
def test_a_worker_wakes_at_what_comes_but_never_twice_within_a_second(coming, passed):
    now = NOW + timedelta(seconds=passed)
    woken = wake_at(NextDue(waiting=NOW, coming=coming), now)
    assert woken is not None
    assert woken >= now + timedelta(seconds=1)
    assert woken == max(coming, now + timedelta(seconds=1))
