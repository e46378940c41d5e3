"""Work that takes longer than its lease keeps the claim; work that hangs loses it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.leases import Patience
from loopqa.engine.tick import tick
from loopqa.engine.workspace import Workspace
from loopqa.errors import StaleVersion
from tests.engine.ticking_desk import NEW_YEAR, BusyDesk, busy

SPEED = 300.0  #: seconds of the desk's clock in a second of ours


@dataclass(frozen=True)
class QuickClock(Clock):
    """A clock on which a lease of ten minutes is over in two seconds."""

    since: float = 0.0

    def now(self) -> datetime:
        return NEW_YEAR + timedelta(seconds=SPEED * (time.monotonic() - self.since))


@pytest.fixture(scope="module")
def once(tmp_path_factory, make_desk) -> BusyDesk:
    return busy(make_desk(tmp_path_factory.mktemp("busy") / "desk"))


class Slow:
    """One tick in a thread, whose comparison takes until it is let go."""

    def __init__(self, desk: BusyDesk, clock: Clock, patience: Patience) -> None:
        self.begun, self.let_go, self.report = Event(), Event(), None
        compare = desk.work.compare

        def dawdle(ws, resurvey, progress):
            found = compare(ws, resurvey, progress)
            self.begun.set()
            assert self.let_go.wait(120)
            return found

        self.work = replace(desk.work, compare=dawdle, patience=patience)
        self.desk, self.clock = desk, clock
        self.thread = Thread(target=self._tick)

    def _tick(self) -> None:
        with Workspace.open(self.desk.root, clock=self.clock, actor="slow") as ws:
            self.report = tick(ws, work=self.work)

    def __enter__(self) -> Slow:
        self.thread.start()
        assert self.begun.wait(120)
        return self

    def end(self):
        self.let_go.set()
        self.thread.join(120)
        return self.report

    def __exit__(self, *_: object) -> None:
        self.end()


@pytest.fixture
def desk(once, tmp_path) -> BusyDesk:
    return once.copy(tmp_path / "desk")


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock(since=time.monotonic())


def other_tick(desk, clock):
    with Workspace.open(desk.root, clock=clock, actor="quick") as ws:
        return tick(ws, work=desk.work)


def test_a_comparison_that_takes_longer_than_its_lease_keeps_the_claim(desk, clock):
    often = Patience(renewed_every=timedelta(seconds=0.05))
    with Slow(desk, clock, often) as slow:
        start = clock.now()
        while clock.now() < start + timedelta(minutes=15):
            assert other_tick(desk, clock).verdicts == ()
            time.sleep(0.1)
        done = slow.end()
    assert (len(done.verdicts), done.failures) == (1, ())


def test_a_comparison_that_hangs_is_taken_over_and_refused_at_the_end(desk, clock):
    short = Patience(renewed_every=timedelta(seconds=0.05), longest=timedelta(seconds=0.1))
    with Slow(desk, clock, short) as slow:
        until = time.monotonic() + 60
        while not (other := other_tick(desk, clock)).verdicts and time.monotonic() < until:
            time.sleep(0.05)
        done = slow.end()
    assert len(other.verdicts) == 1
    assert done.verdicts == ()
    assert isinstance(done.failures[0].error, StaleVersion)
    with desk.at() as ws, ws.reading() as reader:
        assert len([one for one in reader.verdicts() if one.judgement.primary]) == 1
        assert not [one for one in reader.notices() if one.event == "resurvey.held_up"]
        assert reader.verify_audit() is None
