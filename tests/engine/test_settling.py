"""Windows are read as they stood when they were settled, however late that is done."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.evaluate import compare
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.engine.workspace import Workspace
from loopqa.errors import UsageError
from loopqa.model.cycle import Wave
from loopqa.model.window import Window

RUBRIC = """\
rubric: desk
scale: {low: 1, high: 5}
raters: {internal: {}}
finding: {below: 3.5, min_n: 10}
dimensions:
  resolution:
    weight: 1
    indicators:
      time:
        measure: {hours: {from: opened, to: resolved, open: pending}, valid: ">= 0"}
        score: {type: bands, bands: {5: "<= 24", 1: "> 24"}}
  lasting:
    weight: 0
    indicators:
      back: {weight: 0, repeat: {by: customer, after: resolved, within: 48 hours}, score: share}
"""
WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month, settle: 3 days}
history: 2 months
inputs: {log: {type: csv, path: log.csv, rater: internal, map: {at: opened}}}
re_evaluate: {after: 1 month, comparison: none}
"""
SOLVED_AFTER = (timedelta(hours=5), timedelta(days=2), timedelta(days=35))


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Six months, in each 30 cases: a third solved at once, one slowly, one five weeks later."""
    for kind in ("rubrics", "workflows"):
        (tmp_path / kind).mkdir()
    (tmp_path / "loopqa.yaml").write_text("time_zone: Europe/Berlin\n", "utf-8")
    (tmp_path / "rubrics" / "desk.yaml").write_text(RUBRIC, "utf-8")
    (tmp_path / "workflows" / "desk.yaml").write_text(WORKFLOW, "utf-8")
    with (tmp_path / "log.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "customer", "opened", "resolved"])
        for month in range(1, 7):
            for number in range(30):
                opened = datetime(2026, month, 2 + number % 20, 9, tzinfo=UTC)
                solved = opened + SOLVED_AFTER[number % 3]
                customer = f"{month}-{number}"
                rows.writerow([customer, customer, stamp(opened), stamp(solved)])
    return tmp_path


def on(root: Path, day: str) -> Workspace:
    moment = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
    return Workspace.open(root, clock=Clock(moment), actor="li")


def states(wave: Wave, indicator: str = "resolution.time") -> dict[str, Any]:
    dimension, name = indicator.split(".")
    (found,) = (one for one in wave.scores["dimensions"] if one["id"] == dimension)
    return {
        state: n
        for one in found["indicators"]
        if one["id"] == name
        for state, n in one["states"].items()
        if n
    }


def month_of(number: int) -> Window:
    return Window.parse(
        f"2026-{number:02}-01..2026-{number:02}-{(31, 28, 31, 30, 31, 30)[number - 1]}"
    )


def test_an_old_window_and_a_fresh_one_are_read_at_the_same_age(desk: Path) -> None:
    with on(desk, "2026-07-20") as ws:
        report = run_workflow(ws, "desk", window=month_of(5))
    assert report.wave is not None
    waves = [*report.backfilled, report.wave]
    assert [str(one.window) for one in waves] == [str(month_of(month)) for month in (3, 4, 5)]
    assert [states(one) for one in waves] == [{"answered": 20, "pending": 10}] * 3
    assert [states(one, "lasting.back") for one in waves] == [{"answered": 20, "pending": 10}] * 3


def test_a_window_read_on_its_first_day_and_months_later_is_the_same(desk: Path) -> None:
    with on(desk, "2026-05-04") as ws:
        first = run_workflow(ws, "desk", window=month_of(4)).wave
    with on(desk, "2026-07-20") as ws:
        again = run_workflow(ws, "desk", window=month_of(4), again=True)
    assert again.unchanged
    assert again.wave == first


def test_without_settling_nothing_is_cut(desk: Path) -> None:
    file = desk / "workflows" / "desk.yaml"
    file.write_text(file.read_text("utf-8").replace(", settle: 3 days", ""), "utf-8")
    with on(desk, "2026-07-20") as ws:
        report = run_workflow(ws, "desk", window=month_of(4))
    assert report.wave is not None
    assert states(report.wave) == {"answered": 30}


def test_compare_cuts_its_windows_at_the_same_age_as_the_workflow(desk: Path) -> None:
    def sizes(**wishes: Any) -> tuple[int, int]:
        (judged,) = compare(
            desk / "rubrics" / "desk.yaml",
            desk / "log.csv",
            before=str(month_of(3)),
            after=str(month_of(5)),
            dimensions="resolution",
            **wishes,
        ).verdicts
        return judged.before.n, judged.after.n

    assert sizes(workflow=desk / "workflows" / "desk.yaml") == (20, 20)
    assert sizes(at="opened") == (30, 30)


def test_a_re_survey_waits_until_its_window_is_settled_and_is_judged_at_equal_age(
    desk: Path,
) -> None:
    with on(desk, "2026-03-04") as ws:
        with pytest.raises(UsageError, match="can't be evaluated before 2026-04-04"):
            run_workflow(ws, "desk", window=month_of(3))
        report = run_workflow(ws, "desk", window=month_of(2))
        (finding,) = (one for one in report.opened if one.dimension == "resolution")
        action = open_action(ws, ActionDraft((finding.id,), "A second line at noon"))
        start_action(ws, action.id)
    with on(desk, "2026-03-20") as ws:
        close_action(ws, action.id, "the rota of March")
    for day in ("2026-05-31", "2026-06-01", "2026-06-03"):
        with on(desk, day) as ws:
            assert tick(ws).verdicts == ()
    with on(desk, "2026-06-04") as ws:
        verdict = tick(ws).verdicts[0]
    assert verdict.judgement.before.n == verdict.judgement.after.n == 20
