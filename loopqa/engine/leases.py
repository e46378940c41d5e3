"""Work that takes longer than its lease keeps the claim, as long as its process is alive.

A thread renews the lease while the work is done, but not for ever: a plugin that hangs loses it in
the end, and another process takes the work over. What makes the work happen once is not the lease
but the version of the claimed record, which whoever finishes must still hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from loopqa.errors import LoopQAError
from loopqa.store.leases import LEASE

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.store.door import Writer

Renew = Callable[["Writer", timedelta], bool]
"""Lets a claim last longer by so much; False where it was lost."""


@dataclass(frozen=True)
class Patience:
    """How long a claim holds while its work is done."""

    lease: timedelta = LEASE  #: until another process may take the work over
    renewed_every: timedelta = LEASE / 3  #: real time between two renewals
    longest: timedelta = timedelta(
        hours=2
    )  #: real time after which it is renewed no more; 0: never


USUAL_PATIENCE = Patience()


@contextmanager
def renewed(ws: Workspace, renew: Renew, patience: Patience) -> Iterator[None]:
    """Renew a claim while the block runs; it must hold no transaction when it ends.

    ``renew`` is for example ``lambda writer, lease: writer.renew_slot(claimed, lease)``.
    """
    if not patience.longest:
        yield
        return
    over = Event()
    thread = Thread(
        target=_renew_until, args=(ws, renew, patience, over), name="lease", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew_until(ws: Workspace, renew: Renew, patience: Patience, over: Event) -> None:
    end = monotonic() + patience.longest.total_seconds()
    while not over.wait(patience.renewed_every.total_seconds()):
        if monotonic() > end:
            return
        try:
            with ws.writing() as writer:
                if not renew(writer, patience.lease):
                    return
        except LoopQAError:
            continue  # the state may be back at the next turn; until then the lease runs on
