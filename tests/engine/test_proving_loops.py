"""Cycles through a whole workspace: that they live through it, and that broken rules are seen."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from loopqa.engine.proving.effects import EFFECTS
from loopqa.engine.proving.loop_rules import action_should_be, finding_should_be, ledger
from loopqa.engine.proving.loop_summary import loop_table
from loopqa.engine.proving.loops import Desk, run_loop
from loopqa.engine.proving.worlds import Drift, Kind, Picked, World
from loopqa.engine.tick import TickReport
from loopqa.model.cycle import ActionState, FindingState
from loopqa.model.verdict import Outcome

UP, DOWN = Outcome.IMPROVED, Outcome.WORSENED
SAME, OPEN = Outcome.NO_CHANGE, Outcome.INCONCLUSIVE


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A large effect, lived through; its first follow-up is sparse."""
    world = World(np.random.default_rng(8), Kind(Drift.CALM, 0.8, Picked.LOWEST))
    made = Desk(tmp_path_factory.mktemp("desk"), world, comparison=True, sparse=True, again=True)
    made.live()
    return made


def books(desk, **changes):
    trace = replace(desk.trace, **changes)
    with desk._on(date(2026, 12, 1)) as ws, ws.reading() as reader:
        return ledger(reader, trace)


def test_a_cycle_keeps_all_rules(desk):
    loop = desk.outcome(EFFECTS[3])
    assert (loop.ledger.lost, loop.ledger.twice, loop.ledger.broken) == (0, 0, ())
    assert set(loop.said) == set(loop.truth)
    assert sorted(loop.truth.values())[-1] == 0.8
    assert loop.ledger.verdicts == loop.ledger.resurveys * len(loop.said)


def test_an_action_that_did_harm_in_its_first_round_is_settled_in_its_second(tmp_path):
    world = World(np.random.default_rng(103), Kind(Drift.CALM, -0.9, Picked.LOWEST))
    harmful = Desk(tmp_path, world, comparison=True, sparse=True, again=False)
    harmful.live()
    loop = harmful.outcome(EFFECTS[4])
    assert DOWN in loop.said.values()
    assert loop.ledger.resurveys == 2
    assert (loop.ledger.lost, loop.ledger.twice, loop.ledger.broken) == (0, 0, ())


def test_the_same_seed_and_number_give_the_same_cycle():
    assert run_loop(6, 1) == run_loop(6, 1)


def test_a_tick_that_failed_or_did_something_twice_is_seen(desk):
    assert books(desk, failures=["no case"]).broken == ("no tick fails",)
    busy = TickReport(begun=(SimpleNamespace(),))
    assert books(desk, idle=[busy]).broken == ("a second tick does nothing",)


def test_an_audit_chain_that_was_tampered_with_is_seen(desk, tmp_path):
    shutil.copytree(desk.root, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / ".loopqa" / "state.db") as state:
        names = [name for (name,) in state.execute("select name from sqlite_master")]
        table = next(name for name in names if name.startswith("audit"))
        state.execute(f"update {table} set actor = 'x' where rowid = 3")
    state.close()
    whole = desk.root
    desk.root = tmp_path / "copy"
    try:
        assert "the audit chain is whole" in books(desk).broken
    finally:
        desk.root = whole


def verdict(outcome: Outcome, target: bool | None = None, round: int = 1, name: str = "speed"):
    return SimpleNamespace(
        outcome=outcome,
        target_met=target,
        round=round,
        judgement=SimpleNamespace(dimension=name),
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([verdict(UP, True)], FindingState.RESOLVED),
        ([verdict(UP, False)], FindingState.CARRIED_OVER),
        ([verdict(UP)], FindingState.CARRIED_OVER),
        ([verdict(SAME, True)], FindingState.CARRIED_OVER),
        ([verdict(OPEN, True)], FindingState.CARRIED_OVER),
        ([verdict(OPEN), verdict(UP, True, 2)], FindingState.RESOLVED),
        ([verdict(SAME), verdict(UP, True, 2)], FindingState.CARRIED_OVER),
        ([verdict(OPEN), verdict(UP, True, name="attitude")], FindingState.CARRIED_OVER),
    ],
)
def test_findings_should_end_as_their_verdicts_say(verdicts, expected):
    assert finding_should_be(SimpleNamespace(dimension="speed"), verdicts) is expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([verdict(UP), verdict(OPEN)], ActionState.VERIFIED),
        ([verdict(UP), verdict(DOWN)], ActionState.INEFFECTIVE),
        ([verdict(SAME), verdict(SAME)], ActionState.INEFFECTIVE),
        ([verdict(SAME), verdict(OPEN)], ActionState.CLOSED),
        ([verdict(OPEN), verdict(UP, round=2)], ActionState.VERIFIED),
    ],
)
def test_an_action_should_end_as_its_verdicts_say(verdicts, expected):
    assert action_should_be(verdicts) is expected


def test_cycles_through_workspaces_are_summed_up_by_what_their_actions_did(desk):
    loop = desk.outcome(EFFECTS[3])
    placebo = replace(loop, size=0.0, said=dict.fromkeys(loop.said, UP))
    found = replace(loop, said=dict.fromkeys(loop.said, UP))
    table = loop_table([placebo, found])
    assert (table.false_improved.k, table.false_improved.n) == (1, 1)
    assert (table.found.k, table.found.n) == (1, 1)
    assert not table.broken or table.false_improved.above_promise
    spoilt = replace(loop, ledger=replace(loop.ledger, lost=1))
    assert loop_table([spoilt]).broken
