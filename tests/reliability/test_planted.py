"""Bugs that are planted on purpose are found; the long form plants all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.planted import BUGS, look_for
from tests.reliability.simulator.database import State
from tests.reliability.simulator.running import opened

QUICK = ("closed apart", "no line", "early begin", "lost slot", "key by try")
MOST = 40  #: seeds


@pytest.fixture(scope="module")
def sqlite() -> Iterator[tuple[State, Path]]:
    """A file that all tests here begin anew."""
    with opened(None) as found:
        yield found


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found(sqlite, name):
    (bug,) = [one for one in BUGS if one.name == name]
    found = look_for(bug, range(MOST), *sqlite)
    assert found.seeds is not None, bug.sentence


def test_each_planted_bug_has_a_name_of_its_own():
    assert len({one.name for one in BUGS}) == len(BUGS) >= 24


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nine_of_ten_planted_bugs_are_found():
    with opened(None) as (state, folder):
        found = [look_for(bug, range(400), state, folder) for bug in BUGS]
    missed = [one.bug for one in found if one.seeds is None]
    assert len(missed) <= len(BUGS) / 10, missed
