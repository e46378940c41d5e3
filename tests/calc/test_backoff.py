"""When what failed is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.backoff import next_try

MINUTE, QUARTER_DAY = timedelta(minutes=1), timedelta(hours=6)

attempts = st.integers(1, 10_000)
jitter = st.floats(0, 1)


def wait(n: int, jitter: float = 0.0) -> timedelta:
    return next_try(n, first=MINUTE, longest=QUARTER_DAY, jitter=jitter)


@given(attempts, jitter)
def test_a_wait_lies_between_half_the_full_wait_and_all_of_it(n, jitter):
    full = min(MINUTE * 4 ** min(n - 1, 9), QUARTER_DAY)
    assert full / 2 <= wait(n, jitter) <= full


@given(attempts, jitter, jitter)
def test_a_later_try_never_waits_for_less_than_half_of_an_earlier_one(n, early, late):
    assert wait(n + 1, late) >= wait(n, early) / 2


@given(attempts, jitter, jitter)
def test_more_jitter_is_a_shorter_wait(n, one, other):
    less, more = sorted((one, other))
    assert wait(n, more) <= wait(n, less)


def test_the_first_waits_of_a_comparison_that_keeps_failing():
    waits = [wait(n) / MINUTE for n in range(1, 8)]
    assert waits == [1, 4, 16, 64, 256, 360, 360]


@pytest.mark.parametrize(("n", "jitter"), [(0, 0.0), (1, -0.1), (1, 1.1), (1, float("nan"))])
def test_what_makes_no_sense_is_refused(n, jitter):
    with pytest.raises(ValueError, match="a wait follows at least one failure"):
        wait(n, jitter)


def test_a_longest_wait_below_the_first_is_refused():
    with pytest.raises(ValueError, match="a wait follows at least one failure"):
        next_try(1, first=QUARTER_DAY, longest=MINUTE, jitter=0)
