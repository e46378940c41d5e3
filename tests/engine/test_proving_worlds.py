"""The varied worlds and those of tickets: that their truth is what they say it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loopqa.engine.proving.drifts import FIRST, Moves, drawn_drift
from loopqa.engine.proving.effects import EFFECTS
from loopqa.engine.proving.evidence import Design, Ground, Situation, judged
from loopqa.engine.proving.grounds import Facts, ground, unclear
from loopqa.engine.proving.kpi_cycle import DIMENSIONS, lived, worth
from loopqa.engine.proving.organisation import drawn_layout
from loopqa.engine.proving.staging import Staging, drawn_staging
from loopqa.engine.proving.tickets import MEASURES, TicketWorld
from loopqa.engine.proving.varied import VariedWorld
from loopqa.engine.proving.varied_cycle import Stage
from loopqa.engine.proving.varied_evidence import facts_of, put_before
from loopqa.model.verdict import Asked, Flagged

NONE, LARGE = EFFECTS[0], EFFECTS[3]
PLAIN = Staging(
    NONE, 0.0, Moves.CALM, Situation.PLAIN, Asked.RANDOM, True, (), 3, Flagged.LOWEST, 3, 1
)


def world(seed: int, plan: Staging = PLAIN, volume: float = 1.0) -> VariedWorld:
    random = np.random.default_rng(seed)
    layout = drawn_layout(random, volume)
    while layout.channels < 3:
        layout = drawn_layout(random, volume)
    return VariedWorld(random, layout, drawn_drift(random, plan.moves, plan.lag), plan.dimensions)


def cycle(seed: int, plan: Staging = PLAIN, volume: float = 1.0):
    made = world(seed, plan, volume)
    return Stage(made.random, plan, made).lived()


def change(one, dimension: int | None = None) -> float:
    """Of the scope against the comparison, in points."""
    at = one.target.flagged if dimension is None else dimension
    scope, comparison = next(
        arms for name, arms in put_before(one).arms.items() if name == f"d{at + 1}"
    )
    return scope.change - comparison.change


def test_organisations_are_of_many_shapes():
    layouts = [drawn_layout(np.random.default_rng(seed)) for seed in range(200)]
    assert {one.channels for one in layouts} == set(range(2, 9))
    of_channel = [
        len(np.unique(one.team[one.channel == c])) for one in layouts for c in range(one.channels)
    ]
    assert (min(of_channel), max(of_channel)) == (1, 8)
    of_team = [n for one in layouts for n in np.bincount(one.team)]
    assert (min(of_team), max(of_team)) == (1, 10)
    volumes = [np.bincount(one.channel, one.answers) for one in layouts]
    assert np.median([one.max() / one.min() for one in volumes]) > 2


def test_a_known_effect_comes_back_from_a_huge_world():
    plan = replace(PLAIN, effect=LARGE, size=0.8, flagged=Flagged.NAMED)
    got = [change(cycle(seed, plan, volume=30)) for seed in range(12)]
    assert 0.45 < np.mean(got) < 0.95
    assert min(got) > 0.2


def test_a_placebo_has_no_effect_where_the_cell_was_not_picked_for_being_low():
    got = [change(cycle(seed, replace(PLAIN, flagged=Flagged.NAMED))) for seed in range(60)]
    assert abs(np.mean(got)) < 3 * np.std(got) / np.sqrt(len(got))


def test_a_cell_that_was_picked_for_being_low_rises_by_itself():
    got = [change(cycle(seed)) for seed in range(80)]
    assert np.mean(got) > 2 * np.std(got) / np.sqrt(len(got))


def test_only_what_the_action_changes_is_called_changed():
    plan = replace(PLAIN, effect=LARGE, size=0.8, dimensions=4, judged=4)
    for seed in range(6):
        truth = put_before(cycle(seed, plan)).setting.truth
        assert len(truth) == 4
        assert next(iter(truth.values())) == 0.8
        assert set(truth.values()) <= {0.0, 0.8}


def test_who_answers_depends_on_what_he_feels():
    gaps = []
    for seed in range(40):
        made = world(seed)
        people = made.people()
        made.answering = replace(made.answering, tilt=0.12, curve=0.0)
        happy = people.stays.mean(axis=1)
        answered = np.isin(people.number, made.survey(people, 0).by.number)
        gaps.append(happy[answered].mean() - happy[~answered].mean())
    assert np.mean(gaps) > 0.1


def test_low_scorers_rise_although_nothing_was_done():
    got = [put_before(cycle(seed, replace(PLAIN, asked=Asked.LOW))) for seed in range(15)]
    assert np.mean([next(iter(one.arms.values()))[0].change for one in got]) > 0.4


@pytest.mark.parametrize("moves", list(Moves))
def test_worlds_move_in_the_way_they_are_named_after(moves):
    drift = drawn_drift(np.random.default_rng(3), moves, 3)
    steps, year = np.diff(drift.shared), drift.shared[12:] - drift.shared[:-12]
    assert (drift.channel > 0) == (moves is Moves.SHOCKS)
    if moves in (Moves.SEASON, Moves.PEAK):
        assert np.allclose(year, 0)
        assert np.ptp(drift.shared) > 0.1
    elif moves is Moves.TREND:
        assert np.allclose(steps, steps[0])
    elif moves is Moves.WALK:
        assert 0.02 < steps.std() < 0.2
    else:
        assert not drift.shared.any()
    assert drift.at(FIRST) == drift.shared[0]


def test_another_action_that_is_told_of_is_left_out_of_the_comparison():
    plan = replace(PLAIN, situation=Situation.OTHER_ACTION)
    one = cycle(4, plan)
    assert one.excluded is not None
    left_out = one.layout.channel == one.excluded
    assert set(one.side[left_out]) == {0}
    assert put_before(one).asked["exclude"] == {"channel": f"channel-{one.excluded}"}


def test_missing_ids_are_missing_every_time_and_as_often_as_wished():
    plan = replace(PLAIN, situation=Situation.IDS_MISSING, asked=Asked.SAME)
    for seed in range(10):
        one = cycle(seed, plan)
        customers = put_before(one).asked["data"].column("customer")
        share = 1 - customers.null_count / len(customers)
        assert share == pytest.approx(one.known, abs=0.08)
        assert facts_of(one).known == one.known


def test_a_comparison_near_the_ceiling_is_near_the_ceiling():
    plan = replace(PLAIN, situation=Situation.CEILING)
    means = [
        next(iter(put_before(cycle(seed, plan)).arms.values()))[1].before.mean()
        for seed in range(15)
    ]
    assert np.mean(means) > 3.9


def test_two_in_five_plans_are_hostile_and_every_situation_occurs():
    random = np.random.default_rng(1)
    plans = [drawn_staging(random) for _ in range(800)]
    hostile = [one for one in plans if one.situation is not Situation.PLAIN]
    assert len(hostile) / len(plans) == pytest.approx(0.4, abs=0.05)
    assert {one.situation for one in plans} == set(Situation)
    assert {one.asked for one in plans} == set(Asked)
    assert max(len(one.history) for one in plans) > 18


FULL = Facts(Design(Asked.RANDOM, True, True), 100, 12, 1.0, tuple(range(-8, 0)))
ALONE = replace(FULL, design=Design(Asked.RANDOM, False, True))
NEW = replace(FULL, design=Design(Asked.RANDOM, True, False), history=())


@pytest.mark.parametrize(
    ("plan", "facts", "expected"),
    [
        ({}, FULL, Ground.IDENTIFIED),
        ({}, replace(FULL, answers=9), Ground.UNDECIDABLE),
        ({}, replace(NEW, design=Design(Asked.SAME, False, False)), Ground.UNDECIDABLE),
        ({}, replace(NEW, teams=2), Ground.UNDECIDABLE),
        ({"situation": Situation.MODE_IN_SCOPE}, FULL, Ground.UNDECIDABLE),
        ({"situation": Situation.MODE_EVERYWHERE}, FULL, Ground.IDENTIFIED),
        ({"situation": Situation.MODE_EVERYWHERE}, ALONE, Ground.UNDECIDABLE),
        ({"situation": Situation.MODE_EVERYWHERE, "asked": Asked.LOW}, FULL, Ground.UNDECIDABLE),
        ({"asked": Asked.LOW}, replace(FULL, known=0.0), Ground.UNDECIDABLE),
        ({"asked": Asked.SAME}, replace(FULL, known=0.0), Ground.IDENTIFIED),
        ({"moves": Moves.SHOCKS}, FULL, Ground.IDENTIFIED),
        ({"moves": Moves.SHOCKS}, NEW, Ground.UNIDENTIFIED),
        ({"situation": Situation.HIDDEN_ACTION}, FULL, Ground.UNIDENTIFIED),
        ({"situation": Situation.HIDDEN_ACTION}, ALONE, Ground.IDENTIFIED),
        ({"situation": Situation.FEWER_RESPOND}, ALONE, Ground.UNIDENTIFIED),
        ({"situation": Situation.FEWER_RESPOND}, NEW, Ground.IDENTIFIED),
        ({"moves": Moves.PEAK}, ALONE, Ground.UNIDENTIFIED),
        ({"moves": Moves.PEAK}, replace(ALONE, history=tuple(range(-12, 0))), Ground.IDENTIFIED),
    ],
)
def test_what_evidence_can_carry_follows_the_decision_table(plan, facts, expected):
    staged = replace(PLAIN, **plan)
    assert ground(staged, facts) is expected
    assert bool(unclear(staged, facts)) == (expected is Ground.UNIDENTIFIED) or (
        expected is Ground.UNDECIDABLE
    )


def tickets(seed: int, volume: float = 1.0) -> TicketWorld:
    random = np.random.default_rng(seed)
    layout = drawn_layout(random, volume)
    while layout.teams < 4:
        layout = drawn_layout(random, volume)
    return TicketWorld(random, layout, drawn_drift(random, Moves.CALM, 3))


def test_an_effect_on_times_is_a_fixed_ratio():
    made = tickets(1, volume=40)
    before = made.tickets(0)
    made.lifted = {0: np.full(made.layout.agents, 0.5)}
    after = made.tickets(3)
    ratio = np.exp(np.log(after.minutes).mean() - np.log(before.minutes).mean())
    assert ratio == pytest.approx(np.exp(-0.5 * made.spread), rel=0.08)


def test_measures_of_tickets_lie_where_they_can():
    one = tickets(2).tickets(0)
    assert one.minutes.min() > 0
    assert set(np.unique(worth(one, 1))) == {0.0, 1.0}
    told = one.recommends[~np.isnan(one.recommends)]
    assert set(told) <= set(range(11))
    assert 0.2 < len(told) / len(one.recommends) < 0.7


@pytest.mark.parametrize("measure", range(len(MEASURES)))
def test_a_cycle_of_tickets_is_judged_on_the_measure_that_was_acted_on(measure):
    design = Design(Asked.RANDOM, True, True)
    evidence = lived(tickets(5), design, LARGE, measure, Flagged.LOWEST)
    assert evidence.setting.ground is Ground.IDENTIFIED
    assert evidence.setting.truth[DIMENSIONS[measure]] >= 0.55
    assert list(judged(evidence)) == [DIMENSIONS[measure]]
    scope, comparison = evidence.arms[DIMENSIONS[measure]]
    assert scope.change > comparison.change
