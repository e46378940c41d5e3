"""One re-survey is compared because a person asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.engine.re_evaluate import begin_asking
from loopqa.engine.ticking.compare import compare_and_settle, release
from loopqa.engine.work import REAL_WORK, Work
from loopqa.errors import LoopQAError, RefusedMove
from loopqa.language import text
from loopqa.model.cycle import ReSurvey, ReSurveyState, resurvey_ref

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.settle import Settled
    from loopqa.engine.workspace import Workspace


def resurvey_now(
    ws: Workspace, number: int, *, work: Work = REAL_WORK, progress: Progress | None = None
) -> Settled:
    """Compare one re-survey now, without waiting for the next tick, or for another try.

    Raises:
        RefusedMove: it has ended, or its window is not complete yet.
        LoopQAError: the comparison fails; the re-survey stays due.
    """
    with ws.reading() as reader:
        resurvey = reader.resurvey(number)
    if resurvey.state is ReSurveyState.SCHEDULED and resurvey.due_at <= ws.now():
        resurvey = begin_asking(ws, resurvey)
    _refuse_incomplete(ws, resurvey)
    with ws.writing() as writer:
        writer.reap_claims()
        claimed = writer.claim_resurvey(writer.resurvey(number), lease=work.patience.lease)
    try:
        return compare_and_settle(ws, claimed, work=work, progress=progress)
    except LoopQAError as error:
        release(ws, claimed, error)
        raise


def _refuse_incomplete(ws: Workspace, resurvey: ReSurvey) -> None:
    if resurvey.state is ReSurveyState.SCHEDULED:
        raise RefusedMove(
            text(
                "{resurvey} is not due before {day}",
                resurvey=resurvey_ref(resurvey.id),
                day=resurvey.due_on.isoformat(),
            ),
            hint=text(
                "on a copy of the workspace, LOOPQA_NOW shows what would happen on a later day"
            ),
        )
    if resurvey.ready_at is not None and resurvey.ready_at > ws.now():
        raise RefusedMove(
            text(
                "window {window} of {resurvey} is not complete before {day}",
                window=str(resurvey.window),
                resurvey=resurvey_ref(resurvey.id),
                day=ws.day_of(resurvey.ready_at).isoformat(),
            )
        )
