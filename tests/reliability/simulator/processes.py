"""Workers: each is a generator over the real tick, resumed when the dice say so."""

from __future__ import annotations

from collections.abc import Iterator

from loopqa.engine.tick import tick_steps
from loopqa.engine.ticking.report import Done
from loopqa.errors import StaleVersion
from tests.reliability.simulator.crashes import Crash
from tests.reliability.simulator.work import SimulatedWork
from tests.reliability.simulator.world import Process, World


class Worker:
    """One process that ticks again and again; it may be dropped, killed, or left waiting."""

    def __init__(self, number: int, world: World, work: SimulatedWork) -> None:
        self.number, self._world, self._work = number, world, work
        self.name = f"worker {number}"
        self._process: Process | None = None
        self._steps: Iterator[str] | None = None
        self._done = Done()
        self._began = world.clock.now()

    @property
    def busy(self) -> bool:
        """Whether it is in the middle of a tick."""
        return self._steps is not None

    def step(self, *, die_at: int = 0) -> bool:
        """Go on to the next point between two transactions; False where the tick has ended."""
        fresh = self._steps is None
        if fresh:
            self._begin()
        assert self._steps is not None
        points = self._world.points
        points.arm(die_at)
        try:
            reached = next(self._steps)
        except StopIteration:
            self._end()
            reached = ""
        except Crash as crash:
            self._work.model.counts["crashes"] += 1
            self.die(f"crash at {crash}")
            return True
        except Exception as error:
            self._work.model.breach(f"a tick ended in {type(error).__name__}: {error}")
            self.die("the tick raised")
            return False
        finally:
            points.arm(0)
        if fresh:
            self._work.slots.looked(self._began)
        self._world.tell(self.name, reached or "end of tick")
        return bool(reached)

    def die(self, how: str) -> None:
        """End at once: nothing more is written, whatever the program would still do."""
        self._world.tell(self.name, how)
        assert self._process is not None
        self._process.dead = True
        self._steps = None

    def drop(self) -> None:
        """Be killed where it stands, between two transactions."""
        self._work.model.counts["crashes"] += 1
        self.die("killed")

    def _begin(self) -> None:
        self._process = Process(self._world, self.name)
        self._done = Done()
        self._began = self._world.clock.now()
        self._steps = tick_steps(self._process, self._done, work=self._work.of(self.number))

    def _end(self) -> None:
        fenced = [one for one in self._done.failures if isinstance(one.error, StaleVersion)]
        self._work.model.counts["fenced"] += len(fenced)
        self._steps = None
