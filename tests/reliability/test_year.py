"""A year of closed actions in one process; 20,000 of them are in `make reliability`."""

from __future__ import annotations

from datetime import timedelta

from tests.reliability.year import lived


def test_in_a_year_of_crashes_each_action_is_re_surveyed_once_and_memory_stays_flat():
    for figure in lived("sqlite", actions=300, days=60, step=timedelta(hours=8), seed=5):
        assert figure.holds, figure
