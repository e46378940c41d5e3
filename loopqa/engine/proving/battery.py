"""Many independent cycles: a world, an action with a known effect, a follow-up, and what is said.

Every cycle draws from a random source of its own that follows from the seed and the cycle's number,
so the results are the same on any number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from loopqa.engine.proving.judging import Design, Evidence, gathered, judged
from loopqa.engine.proving.practices import NEEDS_COMPARISON, PRACTICES, arms
from loopqa.engine.proving.worlds import Drift, Kind, Picked, World
from loopqa.model.verdict import Asked, Outcome

LOOPQA = "LoopQA"

#: (name, standard deviations of the feeling, share of the cycles); a point is 0.93 of one
EFFECTS = (
    ("none", 0.0, 0.50),
    ("small", 0.2, 0.10),
    ("medium", 0.4, 0.15),
    ("large", 0.8, 0.10),
    ("negative", -0.4, 0.15),
)
#: (comparison, history, share of the cycles)
EVIDENCES = ((True, True, 0.3), (True, False, 0.3), (False, True, 0.3), (False, False, 0.1))

_BLOCK = 8  #: cycles that a process takes at a time


@dataclass(frozen=True)
class Cycle:
    """One simulated cycle and what every practice, LoopQA among them, made of it."""

    design: Design
    drift: Drift
    effect: str  #: a name of :data:`EFFECTS`
    size: float  #: of the effect, in standard deviations of the feeling
    said: Mapping[str, Outcome]

    @property
    def decidable(self) -> bool:
        """Whether the design has anything to hold the change against."""
        return self.design.comparison or self.design.history

    @property
    def identified(self) -> bool:
        """Whether the evidence can tell the effect from the rest at all.

        A shock to one channel alone can be told from an action only where a history shows how
        large such shocks are.
        """
        shaken_unseen = self.drift is Drift.SHOCK and not self.design.history
        return self.decidable and not shaken_unseen


Member = TypeVar("Member")

Watch = Callable[[int], None]
"""Called with the number of cycles done so far."""


def cycles(
    count: int, seed: int, *, processes: int | None = None, watch: Watch | None = None
) -> tuple[Cycle, ...]:
    """Run a battery; the same seed gives the same cycles on any number of processes.

    Args:
        count: of cycles; the first ones are those of a shorter battery.
        seed: 0 or more.
        processes: None: one a core, as far as the battery is long enough to be worth it.
        watch: told about the progress.
    """
    workers = processes or min(cores(), -(-count // (2 * _BLOCK)))
    done: list[Cycle] = []
    for cycle in _run(count, seed, workers):
        done.append(cycle)
        if watch is not None:
            watch(len(done))
    return tuple(done)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(count: int, seed: int, workers: int) -> Iterator[Cycle]:
    one = partial(run_cycle, seed)
    if workers <= 1:
        yield from map(one, range(count))
        return
    # Spawned, because the query engine's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_leave_interrupts_to_the_parent)
    try:
        yield from pool.map(one, range(count), chunksize=_BLOCK)
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_cycle(seed: int, number: int) -> Cycle:
    """One cycle: draw a situation, live through it, and let everybody judge."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    name, size, _ = EFFECTS[random.choice(len(EFFECTS), p=[share for _, _, share in EFFECTS])]
    kind = Kind(_one_of(random, list(Drift)), size, _one_of(random, list(Picked)))
    shares = [share for _, _, share in EVIDENCES]
    comparison, history, _ = EVIDENCES[random.choice(len(EVIDENCES), p=shares)]
    design = Design(_one_of(random, list(Asked)), comparison, history)
    evidence = gathered(World(random, kind), design)
    said = {LOOPQA: judged(evidence, kind.picked).outcome, **naive(evidence)}
    return Cycle(design, kind.drift, name, size, said)


def _one_of(random: np.random.Generator, members: Sequence[Member]) -> Member:
    return members[int(random.integers(len(members)))]


def naive(evidence: Evidence) -> dict[str, Outcome]:
    """What the naive practices say; those that lack what they need say nothing."""
    scope, comparison = arms(evidence)
    if len(scope.after) < 2 or len(comparison.after) < 2:
        return {}
    return {
        name: practice(scope, comparison)
        for name, practice in PRACTICES.items()
        if evidence.design.comparison or name not in NEEDS_COMPARISON
    }
