"""Samples for the windows by which actions are judged: drawn when such a window is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loopqa.engine.drawing import Drawing, draw_missing
from loopqa.engine.reviewing import not_drawn
from loopqa.engine.waves import Read, workflow_of
from loopqa.language import Text
from loopqa.model.cycle import ReSurvey, ReSurveyState

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.verdict import Judgement


def draw_follow_ups(
    ws: Workspace, compared: Sequence[ReSurvey], progress: Progress | None = None
) -> tuple[tuple[Drawing, ...], tuple[Text, ...]]:
    """Draw the samples of follow-up windows that are over and have none, and say which can't be.

    Those that still settle get theirs now, so that reviewers have the time until they are compared;
    those that were just compared get it after that, or reviews made without it would not count.
    """
    with ws.reading() as reader:
        settling = reader.resurveys(states=(ReSurveyState.ASKING,))
    over = [one for one in settling if _settles(ws, one)]
    drawings: list[Drawing] = []
    warnings: list[Text] = []
    for one in (*compared, *over):
        drawing, why_not = _drawn(ws, one, progress)
        warnings += why_not
        drawings += [drawing] if drawing is not None and drawing.fresh else []
    return tuple(drawings), tuple(warnings)


def _settles(ws: Workspace, one: ReSurvey) -> bool:
    """Whether its window is over and can't be compared yet; ready ones are compared first."""
    if one.window is None or one.ready_at is None:
        return False
    return one.window.end < ws.today() and ws.now() < one.ready_at


def _drawn(
    ws: Workspace, one: ReSurvey, progress: Progress | None
) -> tuple[Drawing | None, tuple[Text, ...]]:
    with ws.reading() as reader:
        action = reader.action(one.action)
    if one.window is None:
        return None, ()
    return draw_missing(ws, ws.workflow(action.workflow), one.window, progress)


def with_unsampled(
    judgements: Sequence[Judgement], used: Standard, read: Read
) -> tuple[Judgement, ...]:
    """The judgements; those that rest on reviews of no sample say so."""
    told = not_drawn(used, read)
    rule = workflow_of(used).sample
    if rule is None or not told:
        return tuple(judgements)
    reviewed = {key.partition(".")[0] for key in read.cases[rule.for_input].indicators}
    return tuple(
        replace(one, assumptions=(*one.assumptions, *told)) if one.dimension in reviewed else one
        for one in judgements
    )
