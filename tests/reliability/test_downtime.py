"""Nobody ticks for a while: each due row is done once afterwards, and marked late."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reliability import slots_away
from tests.reliability.downtime import AWAY, CLOSING, DAYS, FIRST, Absence, away, live
from tests.reliability.ground import Ground, new_ground
from tests.reliability.year import START, daily


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A ground with findings, on which nothing was closed yet."""
    root = tmp_path_factory.mktemp("model") / "desk"
    return daily(new_ground(root, "sqlite:///.loopqa/state.db", START))


lengths = st.one_of(st.sampled_from(AWAY), st.timedeltas(timedelta(seconds=1), timedelta(days=45)))
starts = st.timedeltas(timedelta(), timedelta(days=DAYS - 46)).map(lambda since: FIRST + since)
absences = st.lists(st.builds(Absence, starts, lengths), max_size=4)
closings = st.sets(st.integers(0, CLOSING - 1), min_size=1, max_size=4)


@settings(max_examples=12)
@given(closings=closings, away=absences)
def test_whatever_fell_due_while_nobody_ticked_is_done_once_by_the_next_tick(model, closings, away):
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder) / "desk", model.url, model.today)
        shutil.copytree(model.root, ground.root)
        assert live(ground, sorted(closings), away, timedelta(days=1)) == []


def test_it_is_so_on_postgresql_too():
    figure = away("postgresql", seeds=1)
    assert figure.holds, figure


def test_slots_that_fell_due_while_nobody_ticked_are_run_once_and_marked_late():
    figure = slots_away.away("sqlite")
    assert figure.holds, figure
