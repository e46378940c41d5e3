"""One tick of the clock: everything that has fallen due is done once, late or not.

Each stage is a module in :mod:`loopqa.engine.ticking`; one more stage is one more line in
:data:`STAGES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.engine.outbox.delivering import delivery_steps
from loopqa.engine.ticking.begin import begin_steps
from loopqa.engine.ticking.compare import compare_and_settle, compare_steps
from loopqa.engine.ticking.deadlines import deadline_steps
from loopqa.engine.ticking.now import resurvey_now
from loopqa.engine.ticking.report import Done, Failure, TickReport
from loopqa.engine.ticking.reviews import review_steps
from loopqa.engine.ticking.slots import slot_steps
from loopqa.engine.ticking.stage import Stage, Stop, never
from loopqa.engine.ticking.windows import window_steps
from loopqa.engine.work import REAL_WORK, Work

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.workspace import Workspace

__all__ = [
    "Done",
    "Failure",
    "TickReport",
    "compare_and_settle",
    "resurvey_now",
    "tick",
    "tick_steps",
]

STAGES: tuple[Stage, ...] = (
    slot_steps,
    begin_steps,
    compare_steps,
    window_steps,
    deadline_steps,
    review_steps,
    delivery_steps,  # last: what the others have just written is told at once
)
"""What a tick does, in this order."""

TOLD = 20  #: re-surveys that wait for another try, of which a report tells


def tick(
    ws: Workspace,
    *,
    work: Work = REAL_WORK,
    progress: Progress | None = None,
    stop: Stop = never,
) -> TickReport:
    """Do all that is due; see :func:`tick_steps`."""
    done = Done()
    for _ in tick_steps(ws, done, work=work, progress=progress, stop=stop):
        pass
    with ws.reading() as reader:
        done.held_up = list(reader.held_up_resurveys(ws.now(), TOLD))
    return done.report()


def tick_steps(
    ws: Workspace,
    done: Done,
    *,
    work: Work = REAL_WORK,
    progress: Progress | None = None,
    stop: Stop = never,
) -> Iterator[str]:
    """Do all that is due, and yield the name of each point between two transactions.

    ``stop`` is asked between two items; once it says so, the rest is left to the next tick.
    Abandoning the generator at any point is a crash at that point: the next tick finishes the job.
    """
    for stage in STAGES:
        if stop():
            return
        yield from stage(ws, done, work, progress=progress, stop=stop)
