"""The collector rests while records are made, and goes on whatever happens."""

from __future__ import annotations

import gc

import pytest

from loopqa.evidence.collector import collector_paused


def test_the_collector_goes_on_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), collector_paused():
        _ = 1 / (1 if gc.isenabled() else 0)
    assert gc.isenabled()


def test_only_the_first_who_paused_the_collector_lets_it_go_on() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
