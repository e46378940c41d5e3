"""Re-surveys whose window is complete are claimed, compared and settled, one after the other.

The comparison is made outside any transaction. A process that dies meanwhile loses its lease; the
next tick takes the work over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.engine.settle import Settled, settle_round
from loopqa.engine.ticking.report import Failure
from loopqa.engine.work import REAL_WORK, Work
from loopqa.errors import LoopQAError, RunFailed
from loopqa.language import text
from loopqa.model.cycle import ReSurvey, resurvey_ref
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.rounds import Comparison
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.workspace import Workspace


def compare_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Compare what is ready, one at a time, so that a crash holds up one re-survey at most."""
    tried: set[int] = set()
    while not stop():
        with ws.writing() as writer:
            claims = writer.claim_due(limit=1, skip=tried)
        if not claims:
            return
        tried.update(one.id for one in claims)
        for claimed in claims:
            yield "claimed"
            yield from _one(ws, done, work, claimed, progress)


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
        _note(done, claimed, settled(ws, claimed, comparison))
    except Exception as error:
        done.failures.append(release(ws, claimed, error))
        yield "released"
        return
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
    """Give the claim back with what went wrong; the next tick tries again."""
    told = error if isinstance(error, LoopQAError) else _unexpected(claimed, error)
    with ws.writing() as writer:
        current = writer.resurvey(claimed.id)
        if current.version == claimed.version:
            current = writer.release_resurvey(claimed, failure=str(told))
    return Failure(current, told)


def _unexpected(claimed: ReSurvey, bug: Exception) -> RunFailed:
    return RunFailed(
        text(
            "comparing {resurvey} ended in an error of the program: {error}",
            resurvey=resurvey_ref(claimed.id),
            error=f"{type(bug).__name__}: {bug}",
        ),
        hint=text("please report it; the re-survey stays due"),
    )
