"""Many independent cycles: a world, an action with a known effect, a follow-up, and what is said.

Every cycle draws from a random source of its own that follows from the seed and the cycle's number,
so the results are the same on any number of processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from loopqa.engine.proving.evidence import Evidence, Ground, Make, Setting, judged
from loopqa.engine.proving.kpi_cycle import kpi_cycle
from loopqa.engine.proving.loops import Loop, run_loop
from loopqa.engine.proving.practices import NEEDS_COMPARISON, PRACTICES, Arm
from loopqa.engine.proving.standard import standard_cycle
from loopqa.engine.proving.varied_cycle import varied_cycle
from loopqa.model.verdict import Outcome

LOOPQA = "LoopQA"

MAKES: Mapping[Make, Callable[[np.random.Generator], Evidence]] = {
    Make.STANDARD: standard_cycle,
    Make.VARIED: varied_cycle,
    Make.KPI: kpi_cycle,
}
#: how many of ten cycles are of each make, where several are wanted
_SHARES = {Make.STANDARD: 4, Make.VARIED: 4, Make.KPI: 2}

_BLOCK = 8  #: cycles that a process takes at a time
_GARBAGE = 100_000  #: new objects before a process looks for garbage


@dataclass(frozen=True)
class Cycle:
    """One simulated cycle and what every practice, LoopQA among them, made of it."""

    setting: Setting
    said: Mapping[str, Mapping[str, Outcome]]  #: practice → dimension → verdict

    @property
    def identified(self) -> bool:
        """Whether the evidence can tell the effect from the rest."""
        return self.setting.ground is Ground.IDENTIFIED

    @property
    def decidable(self) -> bool:
        """Whether any verdict may be given on this evidence."""
        return self.setting.ground is not Ground.UNDECIDABLE


@dataclass(frozen=True)
class Battery:
    """Everything that was lived through."""

    seed: int
    cycles: tuple[Cycle, ...]
    loops: tuple[Loop, ...] = ()  #: through a whole workspace


Watch = Callable[[int], None]
"""Called with the number of cycles done so far, those through a workspace first."""


def battery(
    count: int,
    seed: int,
    *,
    makes: Sequence[Make] = tuple(Make),
    loops: int = 0,
    processes: int | None = None,
    watch: Watch | None = None,
) -> Battery:
    """Run a battery; the same seed gives the same cycles on any number of processes.

    Args:
        count: of cycles; the first ones are those of a shorter battery.
        seed: 0 or more.
        makes: of the worlds; each cycle is of one of them.
        loops: cycles through a whole workspace, besides.
        processes: None: one a core, as far as the battery is long enough to be worth it.
        watch: told about the progress.
    """
    workers = processes or min(cores(), -(-(count + 10 * loops) // (2 * _BLOCK)))
    done: list[Cycle] = []
    through: list[Loop] = []
    for one in _run(count, loops, seed, tuple(makes), workers):
        if isinstance(one, Loop):
            through.append(one)
        else:
            done.append(one)
        if watch is not None:
            watch(len(done) + len(through))
    return Battery(seed, tuple(done), tuple(through))


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(
    count: int, loops: int, seed: int, makes: tuple[Make, ...], workers: int
) -> Iterator[Cycle | Loop]:
    one, through = partial(run_cycle, seed, makes), partial(run_loop, seed)
    if workers <= 1:
        yield from map(through, range(loops))
        yield from map(one, range(count))
        return
    # Spawned, because the query engine's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin)
    try:
        first = pool.map(through, range(loops))
        second = pool.map(one, range(count), chunksize=_BLOCK)
        yield from first
        yield from second
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave interrupts to the parent, and look for garbage less often.

    Cycles make many small records and no circles of them to speak of; going through all modules'
    objects again and again took a quarter of the time.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(_GARBAGE)


def run_cycle(seed: int, makes: tuple[Make, ...], number: int) -> Cycle:
    """One cycle: draw a situation, live through it, and let everybody judge."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    shares = np.array([_SHARES[make] for make in makes], dtype=float)
    make = makes[random.choice(len(makes), p=shares / shares.sum())]
    evidence = MAKES[make](random)
    return Cycle(evidence.setting, {LOOPQA: judged(evidence), **naive(evidence)})


def naive(evidence: Evidence) -> dict[str, dict[str, Outcome]]:
    """What the naive practices say by dimension; those that lack what they need say nothing."""
    compared = evidence.setting.design.comparison
    if any(len(arm.after) < 2 or len(arm.before) < 2 for arm in _needed(evidence, compared)):
        return {}
    return {
        name: {dimension: practice(*both) for dimension, both in evidence.arms.items()}
        for name, practice in PRACTICES.items()
        if compared or name not in NEEDS_COMPARISON
    }


def _needed(evidence: Evidence, compared: bool) -> Iterator[Arm]:
    for scope, comparison in evidence.arms.values():
        yield scope
        if compared:
            yield comparison
