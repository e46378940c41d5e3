"""The short form of `loopqa prove`: its bounds are what these seeds may miss by chance."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from loopqa.engine.proving.battery import LOOPQA, Battery, Cycle, battery, run_cycle
from loopqa.engine.proving.evidence import Design, Ground, Make, Setting, Situation
from loopqa.engine.proving.rows import Share, row
from loopqa.engine.proving.summary import summed_up
from loopqa.model.verdict import Asked, Outcome

UP, DOWN, OPEN = Outcome.IMPROVED, Outcome.WORSENED, Outcome.INCONCLUSIVE
DESIGN = Design(Asked.RANDOM, True, True)


@pytest.fixture(scope="module")
def short():
    """A short battery of all makes on one seed."""
    return battery(100, 2024, loops=1, processes=2)


def test_loopqa_is_seldom_fooled_where_a_higher_mean_nearly_always_is(short):
    proof = summed_up(short)
    rows = {row.name: row for row in proof.practices}
    assert proof.holds
    assert proof.loopqa.false_improved.k <= 5
    assert proof.loopqa.false_worsened.k <= 5
    assert proof.loopqa.wrong_sign.k <= 1
    assert rows["mean"].false_improved.interval[0] > 0.4
    assert rows["t-test"].false_improved.interval[0] > 0.1


def test_every_make_of_world_and_every_ground_occurs(short):
    assert {one.setting.make for one in short.cycles} == set(Make)
    assert {one.setting.ground for one in short.cycles} == set(Ground)
    hostile = [one for one in short.cycles if one.setting.situation is not Situation.PLAIN]
    assert 0.08 < len(hostile) / len(short.cycles) < 0.28  # two in five of the varied ones


def test_the_same_cycles_come_out_of_any_number_of_processes(short):
    alone = battery(12, 2024, processes=1)
    assert alone.cycles == short.cycles[:12]
    assert run_cycle(2024, tuple(Make), 3) == short.cycles[3]


def test_where_nothing_can_be_decided_nothing_is_claimed(short):
    bare = [one for one in short.cycles if not one.decidable]
    assert bare
    assert {said for one in bare for said in one.said[LOOPQA].values()} == {OPEN}


def test_plain_difference_in_differences_speaks_only_where_there_is_a_comparison(short):
    speaking = [
        one.setting.design.comparison
        for one in short.cycles
        if "plain difference in differences" in one.said
    ]
    assert speaking
    assert all(speaking)


def test_cycles_through_a_workspace_lose_and_double_nothing(short):
    loops = summed_up(short).loops
    assert loops.cycles == 1
    assert loops.verdicts >= loops.resurveys >= 1
    assert (loops.lost, loops.twice, loops.rules) == (0, 0, ())


def test_progress_is_told_cycle_by_cycle():
    heard: list[int] = []
    battery(3, 1, makes=(Make.STANDARD,), processes=1, watch=heard.append)
    assert heard == [1, 2, 3]


def test_worlds_of_one_make_can_be_asked_for():
    only = battery(4, 1, makes=(Make.KPI,), processes=1)
    assert {one.setting.make for one in only.cycles} == {Make.KPI}


def test_the_document_can_be_read_by_machines_and_names_every_part(short):
    document = json.loads(json.dumps(summed_up(short).to_dict(), allow_nan=False))
    assert document["schema"] == "loopqa.prove/1"
    assert document["loops"]["lost"] == 0
    for part in ("practices", "designs", "makes", "situations", "drifts", "measures", "unclear"):
        assert {"name", "false_improved", "found"} <= set(document[part][0])


def cycle(truth: dict[str, float], said: dict[str, Outcome], effect: str = "none") -> Cycle:
    setting = Setting(Make.VARIED, DESIGN, "calm", effect, truth, Ground.IDENTIFIED)
    return Cycle(setting, {LOOPQA: said})


def test_a_false_claim_on_any_dimension_counts_once():
    made = row(
        "x", [cycle({"a": 0.0, "b": 0.0}, {"a": UP, "b": UP}), cycle({"a": 0.0}, {"a": OPEN})]
    )
    assert made.false_improved == Share(1, 2)
    assert made.false_worsened == Share(0, 2)


def test_a_claim_on_an_unchanged_dimension_is_false_beside_a_real_effect_too():
    made = row("x", [cycle({"a": 0.4, "b": 0.0}, {"a": UP, "b": DOWN}, "medium")])
    assert made.found["medium"] == Share(1, 1)
    assert made.false_worsened == Share(1, 1)
    assert made.wrong_sign == Share(0, 1)


def test_an_effect_said_the_other_way_round_has_the_wrong_sign():
    made = row("x", [cycle({"a": -0.4}, {"a": UP}, "negative"), cycle({"a": 0.4}, {"a": DOWN})])
    assert made.wrong_sign == Share(2, 2)
    assert made.found["negative"] == Share(0, 1)


def test_a_large_effect_that_is_said_to_be_none_is_counted():
    said = {"a": Outcome.NO_CHANGE}
    assert row("x", [cycle({"a": 0.8}, said, "large")]).false_no_change == Share(1, 1)


def test_a_share_is_above_the_promise_only_where_its_interval_is():
    assert not Share(9, 100).above_promise
    assert Share(12, 100).above_promise
    assert Share(0, 0).to_dict() == {"k": 0, "n": 0, "share": None, "interval": None}


def many(wrong: int, right: int, situation: Situation = Situation.PLAIN) -> list[Cycle]:
    """Cycles without effect, some of them called improved."""
    made = [cycle({"a": 0.0}, {"a": UP})] * wrong + [cycle({"a": 0.0}, {"a": OPEN})] * right
    return [replace(one, setting=replace(one.setting, situation=situation)) for one in made]


def test_a_part_that_is_wrong_far_too_often_breaks_the_promise():
    told = [*many(2, 400), *many(9, 11, Situation.CEILING)]
    proof = summed_up(Battery(1, tuple(told)))
    assert not proof.loopqa.above_promise
    assert [one.name for one in proof.breaking] == ["comparison near the ceiling"]
    assert not proof.holds


def test_a_part_that_looks_bad_by_luck_does_not():
    told = [*many(2, 400), *many(3, 17, Situation.CEILING)]
    proof = summed_up(Battery(1, tuple(told)))
    assert any(one.above_promise for one in proof.situations)
    assert proof.holds


def test_a_verdict_where_none_is_possible_breaks_the_promise():
    one = cycle({"a": 0.4}, {"a": UP}, "medium")
    nowhere = replace(one, setting=replace(one.setting, ground=Ground.UNDECIDABLE))
    assert not summed_up(Battery(1, (nowhere,))).holds
