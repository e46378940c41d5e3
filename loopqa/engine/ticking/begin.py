"""Re-surveys whose day has come name the window that will be compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.engine.re_evaluate import begin_asking
from loopqa.engine.ticking.report import Failure
from loopqa.errors import LoopQAError
from loopqa.model.cycle import ReSurvey, ReSurveyState

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace


def begin_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Begin what is due; what can't be is told, stays due and holds nothing else up."""
    with ws.reading() as reader:
        due = reader.resurveys(states=(ReSurveyState.SCHEDULED,), due_before=ws.now())
    for resurvey in due:
        if stop():
            return
        try:
            done.begun.append(begin_asking(ws, resurvey))
        except LoopQAError as error:
            done.failures.append(Failure(_note_failure(ws, resurvey, str(error)), error))
            yield "held-up"
        else:
            yield "begun"


def _note_failure(ws: Workspace, resurvey: ReSurvey, failure: str) -> ReSurvey:
    """Keep what holds a due re-survey up, once, however often the clock ticks."""
    with ws.writing() as writer:
        current = writer.resurvey(resurvey.id)
        if current.state is not ReSurveyState.SCHEDULED or current.failure == failure:
            return current
        return writer.change_resurvey(current, event="resurvey.held_up", failure=failure)
