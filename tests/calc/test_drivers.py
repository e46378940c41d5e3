"""Relative weights against averaging over all orders, their intervals, and the matrix."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.analysis.drivers import (
    Joint,
    drivers_of_composite,
    drivers_of_outcome,
    moments,
    relative_weights,
)
from loopqa.calc.analysis.importance import Quarter, placed


def lmg(between, outcome):
    """Average gain in R2 over all orders (Lindeman, Merenda & Gold 1980), by all subsets."""
    k = len(outcome)

    def r2(some):
        if not some:
            return 0.0
        at = list(some)
        return outcome[at] @ np.linalg.solve(between[np.ix_(at, at)], outcome[at])

    shares = np.zeros(k)
    for one in range(k):
        others = [at for at in range(k) if at != one]
        for size in range(k):
            weight = factorial(size) * factorial(k - size - 1) / factorial(k)
            for some in combinations(others, size):
                shares[one] += weight * (r2((*some, one)) - r2(some))
    return shares


def answers(rng, n, betas=(0.5, 0.3, 0.2, 0.1), common=0.5):
    """Correlated 1..5 answers and an outcome that hangs on them."""
    k = len(betas)
    latent = np.sqrt(common) * rng.normal(size=(n, 1)) + np.sqrt(1 - common) * rng.normal(
        size=(n, k)
    )
    outcome = latent @ np.array(betas) + 0.6 * rng.normal(size=n)
    return np.clip(np.round(3.4 + np.column_stack([latent, outcome])), 1, 5)


def joint_of(rows, names=None):
    counted = Counter(tuple(None if np.isnan(one) else one for one in row) for row in rows)
    values = np.array(
        [[np.nan if one is None else one for one in row] for row in counted], dtype=float
    )
    names = names or (*(f"d{at}" for at in range(rows.shape[1] - 1)), "outcome")
    return Joint(tuple(names), values, np.array(list(counted.values())))


def test_the_weights_add_up_to_r2():
    rng = np.random.default_rng(1)
    rows = answers(rng, 500)
    r = np.corrcoef(rows.T)
    weights = relative_weights(r[:-1, :-1], r[:-1, -1])
    x = np.column_stack([np.ones(500), rows[:, :-1]])
    fitted = x @ np.linalg.lstsq(x, rows[:, -1], rcond=None)[0]
    residual = rows[:, -1] - fitted
    assert weights.sum() == pytest.approx(1 - residual.var() / rows[:, -1].var())


def test_the_shares_agree_with_averaging_over_all_orders():
    rng = np.random.default_rng(2)
    for _ in range(20):
        rows = answers(rng, 400, betas=rng.uniform(0.05, 0.6, 5))
        r = np.corrcoef(rows.T)
        ours, oracle = relative_weights(r[:-1, :-1], r[:-1, -1]), lmg(r[:-1, :-1], r[:-1, -1])
        assert np.abs(ours / ours.sum() - oracle / oracle.sum()).max() < 0.02


def test_correlations_are_those_of_numpy_and_use_every_pair_that_is_there():
    rng = np.random.default_rng(3)
    rows = answers(rng, 300)
    full = moments(joint_of(rows).values, joint_of(rows).counts)
    assert full.r == pytest.approx(np.corrcoef(rows.T))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    found = moments(joint_of(rows).values, joint_of(rows).counts)
    both = ~np.isnan(rows[:, 0]) & ~np.isnan(rows[:, 1])
    assert found.n[0, 1] == both.sum()
    assert found.r[0, 1] == pytest.approx(np.corrcoef(rows[both, 0], rows[both, 1])[0, 1])


def test_drivers_are_ordered_and_add_up_to_one():
    found = drivers_of_outcome(
        joint_of(answers(np.random.default_rng(4), 3000, betas=(0.9, 0.3, 0.05))),
        "outcome",
        np.random.default_rng(0),
    )
    assert [one.name for one in found.drivers] == ["d0", "d1", "d2"]
    assert sum(one.share for one in found.drivers) == pytest.approx(1)
    assert [one.rank for one in found.drivers] == [1, 2, 3]
    assert all(one.interval[0] < one.share < one.interval[1] for one in found.drivers)
    assert found.n == 3000


def test_what_chance_could_turn_round_is_called_a_tie():
    rows = answers(np.random.default_rng(5), 250, betas=(0.4, 0.4, 0.05))
    found = drivers_of_outcome(joint_of(rows), "outcome", np.random.default_rng(0))
    assert {one.name for one in found.leading} == {"d0", "d1"}


def test_the_intervals_cover_the_true_share():
    truth = answers(np.random.default_rng(6), 200_000)
    r = np.corrcoef(truth.T)
    weights = relative_weights(r[:-1, :-1], r[:-1, -1])
    true = dict(zip(("d0", "d1", "d2", "d3"), weights / weights.sum(), strict=True))
    rng, covered = np.random.default_rng(7), []
    for _ in range(60):
        found = drivers_of_outcome(joint_of(answers(rng, 400)), "outcome", rng)
        covered += [one.interval[0] <= true[one.name] <= one.interval[1] for one in found.drivers]
    assert 0.89 < np.mean(covered) < 0.985


def test_the_composite_is_explained_by_its_parts_alone():
    rows = answers(np.random.default_rng(8), 500)[:, :-1]
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    names = tuple("abcd")
    found = drivers_of_composite(joint_of(rows, names), weights, np.random.default_rng(0))
    r = np.corrcoef(np.column_stack([rows, rows @ weights]).T)
    oracle = lmg(r[:-1, :-1], r[:-1, -1])
    assert found.r2 == pytest.approx(1)
    assert {one.name: one.share for one in found.drivers} == pytest.approx(
        dict(zip(names, oracle, strict=True)), abs=0.02
    )


def test_the_same_numbers_come_from_the_same_seed():
    joint = joint_of(answers(np.random.default_rng(9), 300))
    first, second = (drivers_of_outcome(joint, "outcome", np.random.default_rng(5)) for _ in "ab")
    assert first == second


@given(st.permutations(range(4)))
def test_the_order_of_the_columns_does_not_matter(order):
    rows = answers(np.random.default_rng(10), 300)
    r = np.corrcoef(rows.T)
    plain = relative_weights(r[:-1, :-1], r[:-1, -1])
    moved = relative_weights(r[np.ix_(order, order)], r[list(order), -1])
    assert moved == pytest.approx(plain[list(order)])


def test_answers_that_never_differ_do_not_fall_over():
    rows = np.full((300, 3), 4.0)
    found = drivers_of_outcome(
        joint_of(rows, ("a", "b", "outcome")), "outcome", np.random.default_rng(0)
    )
    assert [one.share for one in found.drivers] == [0.5, 0.5]
    assert found.r2 == 0


@pytest.mark.parametrize(
    ("share", "score", "quarter"),
    [
        (0.4, 3.0, Quarter.FIRST),
        (0.4, 4.0, Quarter.KEEP),
        (0.1, 3.0, Quarter.LATER),
        (0.1, 4.0, Quarter.ENOUGH),
    ],
)
def test_the_four_quarters(share, score, quarter):
    near = (share - 0.05, share + 0.05), 0.25, score, (score - 0.1, score + 0.1), 3.5
    assert placed(share, *near).quarter is quarter
    assert not placed(share, *near).borderline


def test_a_point_whose_interval_crosses_a_line_is_borderline():
    assert placed(0.3, (0.2, 0.4), 0.25, 3.0, (2.9, 3.1), 3.5).borderline
    assert placed(0.3, (0.27, 0.4), 0.25, 3.4, (3.2, 3.6), 3.5).borderline
    assert not placed(0.3, (0.27, 0.4), 0.25, 3.4, None, 3.5).borderline
