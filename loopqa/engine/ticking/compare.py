"""Re-surveys whose window is complete are claimed, compared and settled, one after the other.

The comparison is made outside any transaction. A process that dies meanwhile loses its lease; the
next tick takes the work over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.engine.leases import renewed
from loopqa.engine.settle import Settled, settle_round
from loopqa.engine.ticking.held_up import as_error, hold_up
from loopqa.engine.work import REAL_WORK, Work
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.rounds import Comparison
    from loopqa.engine.ticking.report import Done, Failure
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.workspace import Workspace
    from loopqa.model.cycle import ReSurvey


def compare_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Compare what is ready, one at a time, so that a crash holds up one re-survey at most."""
    after = None
    while not stop() and (after or _anything(ws)):
        with ws.writing() as writer:
            claims = writer.claim_due(limit=1, lease=work.patience.lease, after=after)
        if not claims:
            return
        for claimed in claims:
            after = (claimed.ready_at or ws.now(), claimed.id)
            yield "claimed"
            yield from _one(ws, done, work, claimed, progress)


def _anything(ws: Workspace) -> bool:
    """Whether there is anything to claim or to take back; an idle tick writes nothing."""
    with ws.reading() as reader:
        now = ws.now()
        return bool(reader.ready_resurveys(now, 1) or reader.lost_resurveys(now))


def _one(
    ws: Workspace, done: Done, work: Work, claimed: ReSurvey, progress: Progress | None
) -> Iterator[str]:
    try:
        comparison = compared(ws, claimed, work, progress)
    except Exception as error:
        # Neither missing data nor a bug that meets one re-survey may hold up all the others.
        done.failures.append(release(ws, claimed, error))
        yield "released"
        return
    yield "compared"
    try:
        led_to = settled(ws, claimed, comparison)
    except Exception as error:
        done.failures.append(release(ws, claimed, error))
        yield "released"
        return
    _note(done, claimed, led_to)
    yield "settled"


def _note(done: Done, claimed: ReSurvey, led_to: Settled) -> None:
    done.compared.append(claimed)
    done.verdicts += led_to.verdicts
    done.carried += led_to.carried
    done.next_rounds += [led_to.next_round] if led_to.next_round else []
    done.warnings += led_to.warnings


def compare_and_settle(
    ws: Workspace, claimed: ReSurvey, *, work: Work = REAL_WORK, progress: Progress | None = None
) -> Settled:
    """Compare a claimed re-survey outside any transaction, then write everything in one.

    Raises:
        StaleVersion: another process took the claim over; nothing was written.
        LoopQAError: the window has no cases, or definitions, sources or evidence fail.
    """
    return settled(ws, claimed, compared(ws, claimed, work, progress))


def compared(ws: Workspace, claimed: ReSurvey, work: Work, progress: Progress | None) -> Comparison:
    """The work on a claimed re-survey, outside any transaction."""
    fault("after-claim")
    with renewed(ws, lambda writer, lease: writer.renew_resurvey(claimed, lease), work.patience):
        comparison = work.compare(ws, claimed, progress)
    fault("after-comparison")
    return comparison


def settled(ws: Workspace, claimed: ReSurvey, comparison: Comparison) -> Settled:
    """All that follows from a comparison, in one transaction.

    Raises:
        StaleVersion: another process took the claim over; nothing was written.
    """
    with ws.reading() as reader:
        workflow = ws.workflow(reader.action(claimed.action).workflow)
    used = ws.standard(workflow)
    with ws.writing() as writer:
        return settle_round(ws, writer, used, claimed, comparison)


def release(ws: Workspace, claimed: ReSurvey, error: Exception) -> Failure:
    """Give the claim back with what went wrong; a later tick tries again."""
    with ws.writing() as writer:
        return hold_up(ws, writer, claimed, as_error(claimed, error))
