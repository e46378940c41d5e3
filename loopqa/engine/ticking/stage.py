"""What every stage of a tick looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace

Stop = Callable[[], bool]
"""Whether the tick is to end after the item in hand."""


def never() -> bool:
    """The tick goes on until nothing is due any more."""
    return False


class Stage(Protocol):
    """One kind of work that falls due: a generator that yields between two transactions.

    Each item is claimed, worked on and settled before the next one; ``stop`` is asked between two
    of them. Whoever abandons the generator at a yield acts as a crash does: what is left to do must
    be in the state, and nothing may be written on the way out. A failure of one item is noted on
    its row and told; it never ends the stage.
    """

    def __call__(
        self, ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
    ) -> Iterator[str]:
        """Do what is due; yield the name of each point that was reached."""
