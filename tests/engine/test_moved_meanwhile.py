"""A re-survey that a person moves while a tick is about to begin it."""

from __future__ import annotations

from datetime import date

from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.re_evaluate import begin_asking, reschedule
from loopqa.engine.run import run_workflow
from loopqa.model.cycle import ReSurveyState


def test_a_re_survey_that_was_moved_meanwhile_does_not_begin(desk):
    with desk.on("2026-10-05") as ws:
        (finding, *_) = run_workflow(ws, "desk-monthly").opened
        action = open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
        start_action(ws, action.id)
        _, due = close_action(ws, action.id, "rota")
    with desk.on("2026-11-10") as ws:
        moved = reschedule(ws, due.id, date(2026, 11, 20))
        assert begin_asking(ws, due) == moved
    with desk.on("2026-11-20") as ws:
        assert begin_asking(ws, moved).state is ReSurveyState.ASKING
