"""Randomisation inference against brute force, and its promises in simulated teams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.calc.effect.randomisation import MOST_ENUMERATED, Inverted, Panel, drawn, prior
from loopqa.calc.loop.assignment import arrangements
from tests.calc.dealing import exposed, p_by_brute_force, world, z_by_least_squares

LEVEL = 0.05


def judged(panel, seed=1):
    early = panel.earlier
    return drawn(panel, prior(panel.means[:, early], panel.sampling[:, early], 0.0025, 0.01), seed)


def lots(random, sizes):
    return random.permutation(np.repeat(np.arange(len(sizes)), sizes))


@pytest.mark.parametrize(
    ("groups", "windows"),
    [((0, 0, 0, 1, 1, 1), 1), ((0, 0, 1, 1, 2, 2), 2), ((0, 1, 2, 3, 3), 3), ((0, 0, 0, 0, 1), 1)],
)
@pytest.mark.parametrize("missing", [False, True])
def test_p_and_interval_are_those_of_brute_force_over_all_dealings(groups, windows, missing):
    panel = world(len(groups) + windows, groups, windows=windows, effect=0.4)
    if missing:
        panel.means[1, 3] = panel.sampling[1, 3] = np.nan
        panel.means[2, 0] = panel.sampling[2, 0] = np.nan
    result = judged(panel)
    up, down = p_by_brute_force(panel, 0.0)
    assert (result.test.p_up(), result.test.p_down()) == pytest.approx((up, down))
    assert result.test.total == panel.ways
    alpha = 0.4
    low, high = result.test.lower(alpha), result.test.upper(alpha)
    assert p_by_brute_force(panel, low - 1e-4)[0] <= alpha < p_by_brute_force(panel, low + 1e-4)[0]
    assert (
        p_by_brute_force(panel, high + 1e-4)[1] <= alpha < p_by_brute_force(panel, high - 1e-4)[1]
    )


def test_the_estimate_is_that_of_generalised_least_squares():
    panel = world(5, (0, 0, 1, 1, 2, 2), windows=2, effect=0.5)
    early, later = panel.earlier, panel.later
    past = prior(panel.means[:, early], panel.sampling[:, early], 0.0025, 0.01)
    expected = z_by_least_squares(
        panel.means[:, later], panel.sampling[:, later], panel.exposure[:, later], past
    )[1]
    assert judged(panel).estimate == pytest.approx(expected)


SIZES = [(3, 3), (9, 1), (16, 4), (2, 2, 2), (4, 4, 4), (12, 12), (19, 1), (1, 1, 1, 1)]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_an_action_without_effect_is_called_something_in_five_of_a_hundred_at_most(sizes):
    """Heavy shocks of teams, teams of unequal size; the p-value may be conservative, never more."""
    worlds = 400 if arrangements(sizes) < 10_000 else 40
    p = [
        judged(world(seed, lots(np.random.default_rng([seed, 9]), sizes), windows=len(sizes) - 1))
        for seed in range(worlds)
    ]
    for one_sided in ([one.test.p_up() for one in p], [one.test.p_down() for one in p]):
        assert np.mean(np.array(one_sided) <= LEVEL) <= LEVEL + 2.6 * np.sqrt(0.05 * 0.95 / worlds)


def test_the_interval_covers_the_effect_as_often_as_it_says():
    held = []
    for seed in range(400):
        groups = lots(np.random.default_rng([seed, 8]), (6, 6))
        test = judged(world(seed, groups, effect=0.7)).test
        held.append((test.lower(LEVEL) <= 0.7, test.upper(LEVEL) >= 0.7))
    low, high = np.mean(held, axis=0)
    assert 0.92 <= low <= 0.985
    assert 0.92 <= high <= 0.985


def test_history_sharpens_the_test():
    found = {}
    for earlier in (1, 8):
        p = []
        for seed in range(150):
            groups = lots(np.random.default_rng([seed, 7]), (6, 6))
            panel = world(seed, groups, effect=0.35, shock=0.1, earlier=earlier, answers=(30, 60))
            p.append(judged(panel).test.p_up())
        found[earlier] = np.mean(np.array(p) <= LEVEL)
    assert found[8] > found[1] + 0.05
    assert found[8] > 0.75


def test_a_sample_of_dealings_comes_close_to_all_of_them(monkeypatch):
    panel = world(3, (0, 0, 0, 0, 0, 1, 1, 1, 1, 1), effect=0.3)
    every = judged(panel).test
    monkeypatch.setattr("loopqa.calc.effect.randomisation.MOST_ENUMERATED", 0)
    monkeypatch.setattr(
        "loopqa.calc.effect.randomisation._chunks",
        lambda panel, seed: [
            np.random.default_rng(seed).permuted(
                np.tile(np.array(panel.groups), (20_000, 1)), axis=1
            )
        ],
    )
    sampled = judged(panel).test
    assert sampled.total == 20_001
    assert sampled.p_up() == pytest.approx(every.p_up(), abs=0.006)
    assert sampled.lower(LEVEL) == pytest.approx(every.lower(LEVEL), abs=0.03)


def test_too_many_dealings_to_go_through_are_sampled_and_the_seed_repeats_them():
    panel = world(4, (0,) * 20 + (1,) * 20, effect=0.3)
    assert panel.ways > MOST_ENUMERATED
    first, again = judged(panel, seed=7), judged(panel, seed=7)
    assert first.test == again.test
    assert first.test.total == MOST_ENUMERATED + 1


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(7)), st.integers(0, 1000))
def test_the_names_and_the_order_of_the_teams_do_not_matter(order, seed):
    panel = world(seed, (0, 0, 0, 1, 1, 2, 2), windows=2, effect=0.2)
    order = list(order)
    shuffled = Panel(panel.means[order], panel.sampling[order], panel.exposure[order])
    one, other = judged(panel), judged(shuffled)
    assert one.estimate == pytest.approx(other.estimate)
    assert one.test.p_up() == other.test.p_up()
    assert one.test.lower(LEVEL) == pytest.approx(other.test.lower(LEVEL))


@settings(max_examples=40, deadline=None)
@given(st.floats(-3, 3), st.floats(0.1, 5), st.integers(0, 1000))
def test_shifting_and_stretching_the_scale_shifts_nothing_but_the_units(shift, stretch, seed):
    panel = world(seed, (0, 0, 0, 1, 1, 1), effect=0.2)
    early = panel.earlier
    other = Panel(shift + stretch * panel.means, stretch**2 * panel.sampling, panel.exposure)
    moved = drawn(
        other,
        prior(
            other.means[:, early], other.sampling[:, early], stretch**2 * 0.0025, stretch**2 * 0.01
        ),
        1,
    )
    assert moved.test.p_up() == judged(panel).test.p_up()
    assert moved.estimate == pytest.approx(stretch * judged(panel).estimate, abs=1e-9)


def test_all_answers_alike_are_as_extreme_whichever_way_the_lots_fall():
    panel = Panel(np.full((6, 4), 3.0), np.full((6, 4), 0.01), exposed((0, 0, 0, 1, 1, 1), 1))
    test = judged(panel).test
    assert (test.p_up(), test.p_down()) == (1.0, 1.0)


def test_where_every_team_begins_at_once_nothing_can_be_told():
    assert judged(world(1, (0, 0, 0, 0))) is None


def test_too_few_dealings_bound_nothing():
    test = Inverted(effects=(0.1, 0.2, 0.3), always=1)
    assert (test.lower(0.05), test.upper(0.05)) == (-np.inf, np.inf)
    assert test.lower(0.25) == 0.1
    assert test.upper(0.25) == 0.3
