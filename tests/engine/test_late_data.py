"""Late data and named windows: evidence is replaced openly, and no answer counts twice."""

from __future__ import annotations

from datetime import date

import pytest

from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.rounds import baseline_of, history_of
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.errors import UsageError
from loopqa.model.cycle import WaveKind
from loopqa.model.window import Window

FLOW = "desk-monthly"


def run(desk, day, window=None, *, again=False):
    with desk.on(day) as ws:
        named = Window.parse(window) if window else None
        return run_workflow(ws, FLOW, window=named, again=again)


def start(desk):
    """Run September and start an action on its finding."""
    run(desk, "2026-10-02")
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((1,), "Second line at noon"))
        start_action(ws, 1)


def close(desk):
    start(desk)
    with desk.on("2026-10-31") as ws:
        close_action(ws, 1, "rota of October")
    with desk.on("2026-11-30") as ws:
        tick(ws)


def test_late_data_of_the_baseline_are_what_the_verdict_starts_from(desk):
    close(desk)
    desk.rate(date(2026, 9, 1), {"phone": 4.4}, n=300, tag="late")
    revised = run(desk, "2026-12-02", "2026-09-01..2026-09-30", again=True).wave
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2027-01-02") as ws:
        (verdict,) = tick(ws).verdicts
    assert revised.revision == 2
    assert verdict.baseline == revised.id
    assert verdict.judgement.before.n == 420


@pytest.mark.parametrize("run_before", [True, False])
def test_late_data_of_the_follow_up_window_mark_its_verdict_stale(desk, run_before):
    close(desk)
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=300)
    with desk.on("2027-01-02") as ws:
        tick(ws)
    if run_before:
        run(desk, "2027-01-02")
        with desk.on("2027-01-02") as ws, ws.reading() as reader:
            assert not reader.verdict(1).stale
    desk.rate(date(2026, 12, 1), {"phone": 1.2}, n=300, tag="late")
    run(desk, "2027-01-20", again=True)
    with desk.on("2027-01-20") as ws, ws.reading() as reader:
        assert reader.verdict(1).stale
        assert reader.verify_audit() is None


def test_late_data_of_a_filled_in_month_replace_it_in_the_history(desk):
    run(desk, "2026-10-02")
    desk.rate(date(2026, 5, 1), {"phone": 1.0}, n=300, tag="late")
    renewed = run(desk, "2026-10-10", "2026-05-01..2026-05-31", again=True).wave
    with desk.on("2026-10-10") as ws, ws.reading() as reader:
        history = history_of(reader, reader.latest_wave(FLOW))
        filled_in = reader.waves(FLOW, WaveKind.BACKFILL, renewed.window, include_stale=True)
    assert [str(wave.window)[:7] for wave in history] == [f"2026-{n:02}" for n in range(1, 9)]
    assert history[4].id == renewed.id
    assert [wave.stale for wave in filled_in] == [True]


def test_windows_that_somebody_names_neither_fill_in_history_nor_count_as_months(desk):
    start(desk)
    special = run(desk, "2026-10-08", "2026-08-15..2026-09-14")
    desk.rate(date(2026, 10, 1), {})
    short = run(desk, "2026-10-08", "2026-10-01..2026-10-03")
    assert {special.wave.kind, short.wave.kind} == {WaveKind.SPECIAL}
    assert special.backfilled == ()
    with desk.on("2026-10-31") as ws:
        close_action(ws, 1, "rota of October")
        with ws.reading() as reader:
            baseline = baseline_of(reader, reader.action(1))
            history = history_of(reader, baseline)
    assert str(baseline.window) == "2026-09-01..2026-09-30"
    assert [str(wave.window)[:7] for wave in history] == [f"2026-{n:02}" for n in range(1, 9)]


def test_an_action_was_not_closed_before_what_it_answers(desk):
    run(desk, "2026-10-02")
    with desk.on("2026-10-10") as ws:
        open_action(ws, ActionDraft((1,), "Second line at noon"))
        start_action(ws, 1, date(2026, 1, 5))
        with pytest.raises(UsageError) as refused:
            close_action(ws, 1, "rota", date(2026, 2, 1))
    assert str(refused.value).splitlines()[0] == (
        "2026-02-01 lies before the end of window 2026-09-01..2026-09-30, in which F-1 was found"
    )
