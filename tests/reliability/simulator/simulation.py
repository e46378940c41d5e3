"""One simulation: workers, people and the clock take turns as the dice of one seed say."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from loopqa.engine.improve import PENDING
from loopqa.model.timetable import MessageState, SlotState
from loopqa.store.door import Reader, Store
from tests.reliability.simulator.crashes import Faults, in_place
from tests.reliability.simulator.judging import judge, judge_laws
from tests.reliability.simulator.model import Model
from tests.reliability.simulator.people import People
from tests.reliability.simulator.processes import Worker
from tests.reliability.simulator.work import SimulatedWork
from tests.reliability.simulator.world import World, new_world

UNIT = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
LONGEST_END = 80  #: ticks until everything must have come to rest
LONGEST_TICK = 1000  #: steps


@dataclass(frozen=True)
class Result:
    """What one simulation came to."""

    seed: int
    breaches: tuple[str, ...]
    counts: Counter[str]
    trace: tuple[str, ...]


def simulate(seed: int, workers: int, store: Store, root: Path, *, steps: int = 50) -> Result:
    """Run one simulation on a store that is as at the start; the same seed gives the same trace."""
    dice = random.Random(seed)
    random.seed(seed)  # the program draws the jitter of its waits from there
    with in_place(Faults()) as points:
        world = new_world(root, store, points, dice)
        model = Model(seed, world.rule, alone=workers == 1)
        simulation = Simulation(world, model, workers, dice)
        for _ in range(steps):
            simulation.turn()
        simulation.look_on_the_way()
        simulation.come_to_rest()
    return Result(seed, tuple(model.breaches), model.counts, tuple(world.trace))


class Simulation:
    """The turns of one seed."""

    def __init__(self, world: World, model: Model, workers: int, dice: random.Random) -> None:
        self._world, self._model, self._dice = world, model, dice
        self._work = SimulatedWork(world, model, dice)
        self._workers = [Worker(number, world, self._work) for number in range(1, workers + 1)]
        self._people = People(world, self._work, dice)
        self._quiet = False  #: whether a whole tick just found nothing to do

    def turn(self) -> None:
        """Let somebody do something."""
        what = self._dice.random()
        if what < 0.25:
            self._people.act(die_at=self._death())
            self._quiet = False
        elif what < 0.45 or (self._quiet and not any(one.busy for one in self._workers)):
            self._move_clock()
            self._quiet = False
        else:
            self._resume(self._dice.choice(self._workers))

    def _resume(self, worker: Worker) -> None:
        """Let a worker go on for a while, or kill it; idle ticks are not repeated."""
        if worker.busy and self._dice.random() < 0.05:
            worker.drop()
            return
        if self._quiet and not worker.busy:
            return
        fresh = not worker.busy
        for number in range(self._dice.choice((1, 1, 2, 5, 20))):
            if not worker.step(die_at=self._death()):
                self._quiet = fresh and number == 0
                return

    def _death(self) -> int:
        """At which of the next fault points to crash; 0: not this time."""
        return self._dice.randrange(1, 7) if self._dice.random() < 0.1 else 0

    def _move_clock(self) -> None:
        unit = UNIT[self._world.rule.unit]
        spans = (
            timedelta(seconds=self._dice.randrange(1, 90)),
            timedelta(hours=1),
            self._to_next(),
            unit,
            timedelta(days=40),
            -timedelta(seconds=self._dice.randrange(1, 5400)),
        )
        span = self._dice.choices(spans, (3, 3, 6, 2, 0.4, 1))[0]
        self._world.clock.move(span)
        self._model.counts["jumps"] += 1
        self._world.tell("clock", f"{'on' if span > timedelta() else 'back'} by {abs(span)}")

    def _to_next(self) -> timedelta:
        """To the next instant at which something falls due or can be compared, or beside it."""
        now = self._world.clock.now()
        known = [*self._model.instants(), *self._work.slots.soon(now)]
        later = [one for one in known if one > now + timedelta(minutes=11)]
        beside = timedelta(seconds=self._dice.choice((-600, -1, 0, 0, 1, 600)))
        return min(later) - now + beside if later else timedelta(minutes=11)

    def look_on_the_way(self) -> None:
        """Hold the state against the laws while work is going on; leases may have run out."""
        with self._world.store.reading() as reader:
            judge_laws(reader, self._world, self._model, late=timedelta(days=1000))

    def come_to_rest(self) -> None:
        """Let one worker tick without any fault until nothing is pending, then judge.

        The other workers wake up after that, in the middle of what they did long ago.
        """
        self._world.tell("clock", "nothing fails any more")
        clock = self._world.clock
        clock.move(clock.latest - clock.now())  # what was due once, before it was set back, is due
        self._work.be_calm()
        self._until_idle(self._workers[-1])
        for worker in self._workers:
            if worker.busy:
                self._finish(worker)
        self._until_idle(self._workers[-1])
        with self._world.store.reading() as reader:
            judge(reader, self._world, self._model, self._work)

    def _until_idle(self, worker: Worker) -> None:
        clock = self._world.clock
        for _ in range(LONGEST_END):
            if not self._finish(worker):
                return
            with self._world.store.reading() as reader:
                instant = next_instant(reader, clock.now())
            if instant is None:
                return
            clock.move(max(instant - clock.now(), timedelta()) + timedelta(minutes=11))
        self._model.breach("it never came to rest")

    def _finish(self, worker: Worker) -> bool:
        for _ in range(LONGEST_TICK):
            if not worker.step():
                return True
        self._model.breach("a tick never ended")
        return False


def next_instant(reader: Reader, now: datetime) -> datetime | None:
    """When the next thing is to be done; None where only slots to come are pending."""
    waiting = [
        max(one.ready_at or one.due_at, one.retry_at or one.due_at)
        for one in reader.resurveys(states=PENDING)
    ]
    slots = reader.slots(states=(SlotState.PENDING, SlotState.RUNNING))
    slots = tuple(one for one in slots if one.due_at <= now)
    messages = reader.messages(states=(MessageState.PENDING, MessageState.SENDING))
    return min([*waiting, *(one.next_at for one in (*slots, *messages))], default=None)
