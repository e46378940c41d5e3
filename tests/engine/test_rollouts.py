"""Actions that begin in teams drawn by lot, from the line of YAML to the verdict."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import loopqa
from loopqa.calc.loop.assignment import in_drawn_order
from loopqa.engine.clock import Clock
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.re_evaluate import preview
from loopqa.engine.rollouts import RolloutWish
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.engine.workspace import Workspace
from loopqa.errors import RefusedMove, UsageError
from loopqa.model.cycle import ActionState
from loopqa.model.verdict import Outcome

RUBRIC = """\
rubric: desk
version: "1"
title: {en: Desk, zh: 服务台}
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 30}
dimensions:
  speed: {title: {en: Speed, zh: 速度}, column: speed}
"""

WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month}
history: 4 months
inputs:
  ratings: {type: csv, path: data/*.csv, rater: customer, map: {case: ticket, at: day}}
cluster: [team, agent]
detect: [{type: below_threshold}]
improve: IMPROVE
re_evaluate: {after: 1 month, from: ratings}
"""
HOLDOUT = "{holdout: 30%}"
STEPS = "{rollout: {by: team, steps: 3, seed: 7}}"


@dataclass
class Office:
    """A workspace of teams that all answer slowly, and the months as they go by."""

    root: Path
    teams: tuple[str, ...]

    def on(self, day: str) -> Workspace:
        moment = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        return Workspace.open(self.root, clock=Clock(moment), actor="li")

    def rate(self, month, starts=None, effect=0.0, n=24):
        """One month of ratings; teams whose day has come are better by ``effect``."""
        dice = random.Random(f"{month}")
        with (self.root / "data" / f"{month:%Y-%m}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["ticket", "day", "team", "agent", "speed"])
            for team in self.teams:
                level = 2.6 + random.Random(team).gauss(0, 0.2) + dice.gauss(0, 0.1)
                for number in range(n):
                    day = month + timedelta(dice.randrange(28))
                    begun = (starts or {}).get(team)
                    mean = level + (effect if begun and begun <= day else 0.0)
                    score = min(5, max(1, round(dice.gauss(mean, 0.9))))
                    rows.writerow([f"{month}{team}{number}", day, team, f"a{number % 3}", score])

    def act(self, wish=RolloutWish()):  # noqa: B008 - a frozen record
        """Run January, open and start an action on what it found; the action."""
        with self.on("2026-02-03") as ws:
            (finding,) = run_workflow(ws, "desk").opened
            action = open_action(ws, ActionDraft((finding.id,), "Second line", rollout=wish))
        with self.on("2026-02-05") as ws:
            return start_action(ws, action.id)

    def live(self, action, months, effect):
        """Routine months from February on, under the draw of the action."""
        for month in months:
            self.rate(date(2026, month, 1), action.rollout.starts, effect)
            with self.on(f"2026-{month + 1:02}-03") as ws:
                run_workflow(ws, "desk")


@pytest.fixture
def office(tmp_path):
    """Builds the workspace with the line of YAML that is asked for."""

    def build(improve, teams=10):
        for folder in ("rubrics", "workflows", "data"):
            (tmp_path / folder).mkdir()
        (tmp_path / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n")
        (tmp_path / "rubrics" / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
        flow = WORKFLOW.replace("IMPROVE", improve)
        (tmp_path / "workflows" / "desk.yaml").write_text(flow, encoding="utf-8")
        made = Office(tmp_path, tuple(f"T{number:02}" for number in range(teams)))
        for month in (9, 10, 11, 12):
            made.rate(date(2025, month, 1))
        made.rate(date(2026, 1, 1))
        return made

    return build


def test_a_hold_out_is_drawn_once_stays_untouched_and_gives_the_verdict(office):
    desk = office(HOLDOUT)
    action = desk.act()
    begun, held = action.rollout.steps
    assert (begun.starts_on, held.starts_on) == (date(2026, 2, 5), None)
    assert (len(begun.clusters), len(held.clusters)) == (7, 3)
    order = in_drawn_order(desk.teams, seed=0, action=action.id)
    assert set(held.clusters) == set(order[7:])
    with desk.on("2026-02-20") as ws:
        closed, resurvey = close_action(ws, action.id, "rota")
        assert closed.rollout == action.rollout
        assert resurvey.due_on == date(2026, 3, 20)
        assert preview(ws, resurvey.id).comparison
    desk.rate(date(2026, 4, 1), action.rollout.starts, 0.7)
    with desk.on("2026-05-02") as ws:
        (verdict,) = tick(ws).verdicts
        assert tick(ws).verdicts == ()
        with ws.reading() as reader:
            assert reader.verify_audit() is None
            entry = next(one for one in reader.audit() if one.event == "action.started")
            assert reader.action(action.id).state is ActionState.VERIFIED
    assert entry.details["rollout"]["steps"][1]["clusters"] == list(held.clusters)
    judged = verdict.judgement
    assert (judged.outcome, judged.design) == (Outcome.IMPROVED, "holdout")
    assert judged.interval[0] < 0.7 < judged.interval[1]
    assert judged.after.n == 7 * 24
    assert judged.confidence == pytest.approx(0.95)
    assert str(judged.assumptions[3]) == (
        "judged by all 120 ways in which lots among 10 values of team could have fallen; windows "
        "with and without the action: 1"
    )


def test_steps_are_judged_over_the_windows_before_everybody_has_begun(office):
    desk = office(STEPS)
    action = desk.act()
    assert [str(step.starts_on) for step in action.rollout.steps] == [
        "2026-02-05",
        "2026-04-01",
        "2026-05-01",
    ]
    desk.live(action, (2, 3, 4), 0.6)
    with desk.on("2026-04-28") as ws, pytest.raises(RefusedMove) as refused:
        close_action(ws, action.id, "rota")
    assert str(refused.value) == (
        "the last step of A-1 begins on 2026-05-01; it can't be closed before\n"
        "  hint: `loopqa action show A-1` lists the steps"
    )
    with desk.on("2026-05-06") as ws:
        _, resurvey = close_action(ws, action.id, "rota")
        assert resurvey.due_on == date(2026, 5, 6)
        assert str(preview(ws, resurvey.id).window) == "2026-04-01..2026-04-30"
        done = tick(ws)
        with ws.reading() as reader:
            assert len(reader.resurveys(action=action.id)) == 1
    (verdict,) = done.verdicts
    assert (verdict.outcome, verdict.judgement.design) == (Outcome.IMPROVED, "rollout")
    assert verdict.judgement.interval[0] < 0.6 < verdict.judgement.interval[1]
    assert verdict.judgement.after.n == 7 * 24
    assert str(verdict.judgement.assumptions[3]).endswith("windows with and without the action: 2")


def test_steps_that_brought_nothing_are_not_asked_again_when_nobody_is_left_to_compare(office):
    desk = office(STEPS)
    action = desk.act()
    desk.live(action, (2, 3, 4), 0.0)
    with desk.on("2026-05-06") as ws:
        close_action(ws, action.id, "rota")
        done = tick(ws)
    (verdict,) = done.verdicts
    assert verdict.outcome in {Outcome.INCONCLUSIVE, Outcome.NO_CHANGE}
    assert done.next_rounds == ()


def test_a_draw_that_is_repeated_is_the_same_and_another_action_has_its_own(office):
    teams = [f"T{number}" for number in range(12)]
    assert in_drawn_order(teams, 7, 1) == in_drawn_order(reversed(teams), 7, 1)
    orders = {in_drawn_order(teams, seed, action) for seed in range(5) for action in range(5)}
    assert len(orders) == 25


def test_an_action_may_override_what_the_workflow_says(office):
    desk = office(HOLDOUT)
    action = desk.act(RolloutWish({"by": "team", "steps": "2", "every": "2 months"}, 0.1))
    assert [str(step.starts_on) for step in action.rollout.steps] == [
        "2026-02-05",
        "2026-05-01",
        "None",
    ]
    assert [len(step.clusters) for step in action.rollout.steps] == [5, 4, 1]


def test_an_action_may_begin_everywhere_whatever_the_workflow_says(office):
    assert office(HOLDOUT).act(RolloutWish(everywhere=True)).rollout is None


def test_repeating_the_command_gives_the_same_action_and_another_roll_out_is_refused(office):
    desk = office(HOLDOUT)
    with desk.on("2026-02-03") as ws:
        (finding,) = run_workflow(ws, "desk").opened
        first = open_action(ws, ActionDraft((finding.id,), "Second line"))
        assert open_action(ws, ActionDraft((finding.id,), "Second line")) == first
        other = ActionDraft((finding.id,), "Second line", rollout=RolloutWish(everywhere=True))
        with pytest.raises(UsageError, match="already, but other details"):
            open_action(ws, other)


IMPOSSIBLE = [
    (
        4,
        RolloutWish(),
        "lots among 4 values of team can fall in 4 ways only: the smallest possible p is 0.25, "
        "above the 0.05 of a verdict\n"
        "  hint: --rollout steps=3 would do; or begin everywhere at once with --no-rollout: the "
        "verdict then rests on what lies outside the scope and on history",
    ),
    (
        3,
        RolloutWish({"steps": "4"}),
        "3 values of team are too few for 4 steps and the hold-out\n"
        "  hint: draw among something finer, or begin everywhere at once with --no-rollout: the "
        "verdict then rests on what lies outside the scope and on history",
    ),
    (
        10,
        RolloutWish({"by": "taem"}),
        "'taem' is neither a cluster nor a segment\n  hint: did you mean 'team'?",
    ),
    (10, RolloutWish({"step": "3"}), "a roll-out has no 'step'\n  hint: did you mean 'steps'?"),
    (
        10,
        RolloutWish({"steps": "three"}),
        "'three' is no number\n  hint: write it like --rollout by=team,steps=3",
    ),
    (
        10,
        RolloutWish({"every": "1 week"}),
        "steps follow each other faster than windows do\n"
        "  hint: a step needs at least one whole window to be seen",
    ),
    (
        10,
        RolloutWish(None, 0.2, everywhere=True),
        "an action begins either everywhere at once or in clusters drawn by lot\n"
        "  hint: leave out --no-rollout, or --rollout and --holdout",
    ),
]


@pytest.mark.parametrize(("teams", "wish", "message"), IMPOSSIBLE)
def test_a_roll_out_that_could_never_tell_anything_is_refused(office, teams, wish, message):
    desk = office(HOLDOUT, teams)
    with desk.on("2026-02-03") as ws:
        (finding,) = run_workflow(ws, "desk").opened
        with pytest.raises(UsageError) as refused:
            open_action(ws, ActionDraft((finding.id,), "Second line", rollout=wish))
        assert str(refused.value) == message
        with ws.reading() as reader:
            assert reader.actions() == ()


def killed_and_repeated(desk, day, fault, *arguments):
    """A command that dies at one place, and the same once more; the second exit code."""
    folder = str(Path(loopqa.__file__).parents[1])
    spoken = {"LOOPQA_NOW": f"{day}T12:00:00+00:00", "LOOPQA_ACTOR": "li", "PYTHONPATH": folder}
    codes = [
        subprocess.run(
            [sys.executable, "-m", "loopqa", *arguments],
            cwd=desk.root,
            env=os.environ | spoken | {"LOOPQA_FAULT": place},
            capture_output=True,
        ).returncode
        for place in (fault, "")
    ]
    assert codes[0] == -signal.SIGKILL
    return codes[1]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("fault", "repeated"), [("before-commit", 0), ("after-commit", 1)])
def test_a_start_that_is_killed_draws_once_and_the_same(office, fault, repeated):
    desk = office(HOLDOUT)
    with desk.on("2026-02-03") as ws:
        (finding,) = run_workflow(ws, "desk").opened
        open_action(ws, ActionDraft((finding.id,), "Second line"))
    assert killed_and_repeated(desk, "2026-02-05", fault, "action", "start", "A-1") == repeated
    with desk.on("2026-02-06") as ws, ws.reading() as reader:
        (action,) = reader.actions()
        assert [entry.event for entry in reader.audit()].count("action.started") == 1
    assert set(action.rollout.steps[1].clusters) == set(in_drawn_order(desk.teams, 0, 1)[7:])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["after-comparison", "after-verdicts"])
def test_the_re_survey_of_a_roll_out_is_neither_lost_nor_run_twice(office, fault):
    desk = office(HOLDOUT)
    action = desk.act()
    with desk.on("2026-02-20") as ws:
        close_action(ws, action.id, "rota")
    desk.rate(date(2026, 4, 1), action.rollout.starts, 0.7)
    killed_and_repeated(desk, "2026-05-02", fault, "tick")
    with desk.on("2026-05-04") as ws:
        tick(ws)
        with ws.reading() as reader:
            (verdict,) = reader.verdicts()
            assert len(reader.resurveys()) == 1
            assert reader.verify_audit() is None
    assert verdict.outcome is Outcome.IMPROVED
