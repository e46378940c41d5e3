"""Two actions on one finding: giving one of them up leaves the finding where the other one is."""

from __future__ import annotations

from loopqa.engine.improve import (
    ActionDraft,
    cancel_action,
    close_action,
    open_action,
    start_action,
)
from loopqa.engine.re_evaluate import cancel_resurvey
from loopqa.engine.run import run_workflow
from loopqa.model.cycle import FindingState
from loopqa.store.laws import check_laws


def found(desk):
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, "desk-monthly")
    with desk.on("2026-10-05") as ws:
        for title in ("Second line", "Call back"):
            open_action(ws, ActionDraft((1,), title))
        for number in (1, 2):
            start_action(ws, number)


def state_of(ws):
    with ws.reading() as reader:
        assert check_laws(reader, ws.now()) == ()
        return reader.finding(1).state


def test_the_other_one_is_still_at_work(desk):
    found(desk)
    with desk.on("2026-10-20") as ws:
        close_action(ws, 1, "rota")
        assert state_of(ws) is FindingState.AWAITING_VERDICT
        cancel_action(ws, 1, "rota was wrong")
        assert state_of(ws) is FindingState.IN_ACTION


def test_the_other_one_waits_for_its_verdict(desk):
    found(desk)
    with desk.on("2026-10-20") as ws:
        close_action(ws, 1, "rota")
        open_action(ws, ActionDraft((1,), "A third idea"))
        cancel_action(ws, 2, "too dear")
        assert state_of(ws) is FindingState.IN_ACTION
        cancel_action(ws, 3, "too dear")
        assert state_of(ws) is FindingState.AWAITING_VERDICT


def test_the_other_one_will_never_have_a_verdict(desk):
    found(desk)
    with desk.on("2026-10-20") as ws:
        close_action(ws, 1, "rota")
        cancel_resurvey(ws, 1, "nobody to ask")
        cancel_action(ws, 2, "too dear")
        assert state_of(ws) is FindingState.OPEN
