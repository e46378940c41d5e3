"""Processes that are killed again and again; the long form is `make reliability`."""

from __future__ import annotations

import pytest

from tests.reliability.killing import killed, places_of_ticks


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 2), ("postgresql", 5)])
def test_what_killed_processes_leave_is_taken_up_by_others_and_done_once(kind, workers):
    figure = killed(kind, workers, kills=6, seed=7)
    assert figure.holds, figure


def test_ticks_are_killed_at_places_of_their_own_and_between_transactions():
    places = set(places_of_ticks())
    assert {"after-claim", "after-comparison", "after-verdicts", "before-commit"} <= places
    assert not {"inside-migration", "after-landed-file", "after-action-closed"} & places
