"""Samples for the windows by which actions are judged: drawn when such a window is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.model.cycle import ReSurvey, ReSurveyState

if TYPE_CHECKING:
    from loopqa.engine.drawing import Drawing
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace
    from loopqa.language import Text


def sample_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Draw the samples of follow-up windows that are over and have none, and say which can't be.

    Those that still settle get theirs now, so that reviewers have the time until they are compared;
    those that were just compared get it after that, or reviews made without it would not count.
    """
    with ws.reading() as reader:
        settling = reader.resurveys(states=(ReSurveyState.ASKING,))
    for one in (*done.compared, *(one for one in settling if _settles(ws, one))):
        if stop():
            return
        drawing, why_not = _drawn(ws, work, one, progress)
        done.warnings += why_not
        if drawing is not None and drawing.fresh:
            done.drawings.append(drawing)
            yield "drawn"


def _settles(ws: Workspace, one: ReSurvey) -> bool:
    """Whether its window is over and can't be compared yet; ready ones are compared first."""
    if one.window is None or one.ready_at is None:
        return False
    return one.window.end < ws.today() and ws.now() < one.ready_at


def _drawn(
    ws: Workspace, work: Work, one: ReSurvey, progress: Progress | None
) -> tuple[Drawing | None, tuple[Text, ...]]:
    with ws.reading() as reader:
        action = reader.action(one.action)
    if one.window is None:
        return None, ()
    return work.draw(ws, ws.workflow(action.workflow), one.window, progress)
