"""Many processes on one state, with crashes anywhere: a small form of `tests.reliability.simulate`.

The long form runs ten thousand seeds; see `make reliability`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.calc.loop.calendar import instant_of
from tests.postgres_server import postgres_server, postgres_url
from tests.reliability import simulate as command
from tests.reliability.simulator import calendar
from tests.reliability.simulator.database import State
from tests.reliability.simulator.running import WORKERS, opened, run_one, run_some
from tests.reliability.simulator.world import ZONES

__all__ = ["postgres_server", "postgres_url"]

LOT = 15  #: seeds of one test


@pytest.fixture(scope="module")
def sqlite() -> Iterator[tuple[State, Path]]:
    """A file that all tests here begin anew."""
    with opened(None) as found:
        yield found


@pytest.mark.parametrize("first", range(0, 6 * LOT, LOT))
def test_nothing_is_lost_doubled_or_early_in_a_file(sqlite, first):
    totals = run_some(range(first, first + LOT), WORKERS, *sqlite)
    assert [(one.seed, one.breaches) for one in totals.broken] == []
    assert totals.counts["resurveys"] > LOT
    assert totals.counts["crashes"] > LOT / 3


@pytest.mark.parametrize("first", [1000, 1010])
def test_nothing_is_lost_doubled_or_early_on_a_server(postgres_url, first):
    with opened(postgres_url) as server:
        totals = run_some(range(first, first + 10), WORKERS, *server)
    assert [(one.seed, one.breaches) for one in totals.broken] == []
    assert totals.counts["resurveys"] > 10


def test_of_many_missed_slots_the_oldest_share_a_row(sqlite):
    """Seed 10040: nobody ticks for eighty days, and one of the rows stands for twenty-nine."""
    assert run_some([10040], WORKERS, *sqlite).broken == ()


def test_the_simulation_meets_what_it_is_made_for(sqlite):
    """Crashes, claims that were lost, writers that were fenced: or it would prove nothing."""
    counts = run_some(range(200, 215), (2, 5), *sqlite).counts
    missing = [one for one in ("crashes", "takeovers", "jumps", "late") if not counts[one]]
    assert missing == []


def test_the_same_seed_gives_the_same_trace_byte_for_byte():
    for seed in (3, 4711):
        first, second = run_one(seed, WORKERS), run_one(seed, WORKERS)
        assert "\n".join(first.trace) == "\n".join(second.trace)
        assert first == second


@pytest.mark.parametrize("seed", [14937, 15877, 18326])
def test_a_clock_that_is_set_back_at_the_end_does_not_end_the_wait_for_a_slot(seed):
    """A slot that had fallen due, and was claimed, lies ahead again when nothing fails any more."""
    assert run_one(seed, WORKERS).breaches == ()


def test_a_seed_can_be_replayed_with_its_trace(capsys):
    assert command.main(["--seed", "4711", "--trace"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("   1 2026-")
    assert printed[-1] == "nothing broke"


def test_the_figures_of_a_run_are_a_document(capsys):
    assert command.main(["--seeds", "2", "--json"]) == 0
    printed = capsys.readouterr().out
    assert '"seeds": 2' in printed
    assert '"breaches": 0' in printed


@settings(max_examples=200, deadline=None)
@given(
    st.dates(date(2024, 1, 1), date(2035, 12, 31)),
    st.sampled_from([time(hour, minute) for hour in range(24) for minute in (0, 30)]),
    st.sampled_from(ZONES),
)
def test_the_simulation_reckons_instants_as_the_program_does(day, at, zone):
    """Two ways: walking through the minutes here, arithmetic there."""
    found = calendar.instant(day, at, zone)
    assert found == instant_of(datetime.combine(day, at), zone)
    assert found.tzinfo is UTC
    assert calendar.instant(day + timedelta(days=1), at, zone) > found
