"""Several ticks at once."""

from __future__ import annotations

import pytest

from tests.reliability.races import raced


@pytest.mark.parametrize(("kind", "processes"), [("sqlite", 5), ("postgresql", 2)])
def test_ticks_that_race_do_each_thing_once(kind, processes):
    figure = raced(kind, processes, items=16)
    assert figure.holds, figure
