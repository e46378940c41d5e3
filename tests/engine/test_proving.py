"""The standard worlds and the naive practices: that they measure what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from loopqa.engine.proving.evidence import Design, Evidence
from loopqa.engine.proving.months import month_window
from loopqa.engine.proving.practices import (
    Arm,
    differences,
    mean,
    rank_sum_z,
    rank_test,
    signed_rank_z,
    t_test,
    t_test_p,
)
from loopqa.engine.proving.standard import gathered, table_of
from loopqa.engine.proving.worlds import (
    CHANNELS,
    DIMENSIONS,
    HISTORY,
    Drift,
    Kind,
    Picked,
    World,
    cell_means,
)
from loopqa.model.verdict import Asked, Outcome

CALM = Kind(Drift.CALM, 0.0, Picked.LOWEST)


def world(seed: int, kind: Kind = CALM) -> World:
    return World(np.random.default_rng(seed), kind)


def seen(seed: int, asked: Asked) -> Evidence:
    return gathered(world(seed), Design(asked, True, False), "none")


def arms_of(evidence: Evidence) -> tuple[Arm, Arm]:
    return next(iter(evidence.arms.values()))


@pytest.mark.parametrize("picked", list(Picked))
def test_the_cell_that_is_acted_on_was_low_in_the_baseline(picked):
    for seed in range(8):
        made = world(seed, Kind(Drift.SHOCK, 0.0, picked))
        means = cell_means(made.baseline)
        assert means[made.cell] < 3
        if picked is Picked.LOWEST:
            assert means[made.cell] == means.min()


def test_worlds_are_of_the_size_and_spread_they_are_meant_to_be():
    sizes, spreads = [], []
    for seed in range(20):
        baseline = world(seed).baseline
        sizes.append(len(baseline.by.number) / CHANNELS)
        spreads.append(baseline.ratings.std(axis=0).mean())
    assert np.mean(sizes) == pytest.approx(127, abs=8)
    assert np.mean(spreads) == pytest.approx(1.1, abs=0.05)


def test_the_effect_moves_the_flagged_cell_and_nothing_else():
    moved = []
    for seed in range(60):
        plain, better = world(seed).fresh(), world(seed, Kind(Drift.CALM, 0.8, Picked.LOWEST))
        cell, after = better.cell, better.fresh()
        channel = after.by.channel == cell[0]
        moved.append(
            after.ratings[channel, cell[1]].mean()
            - plain.ratings[plain.by.channel == cell[0], cell[1]].mean()
        )
        other = (cell[1] + 1) % DIMENSIONS
        assert abs(after.ratings[:, other].mean() - plain.ratings[:, other].mean()) < 0.25
    assert np.mean(moved) == pytest.approx(0.85, abs=0.1)


def test_the_same_customers_and_the_low_scorers_answered_the_baseline():
    made = world(3)
    same, low = made.again(), made.again(2)
    assert set(same.by.number) <= set(made.baseline.by.number)
    asked = made.baseline.ratings[np.isin(made.baseline.by.number, low.by.number), made.cell[1]]
    assert asked.max() <= 2
    assert not set(made.fresh().by.number) & set(made.baseline.by.number)


def test_low_scorers_rise_although_nothing_was_done():
    evidence = [seen(seed, Asked.LOW) for seed in range(20)]
    assert np.mean([arms_of(one)[0].change for one in evidence]) > 0.5


def test_surveys_become_one_table_with_a_month_each():
    made = world(1)
    table = table_of([*made.history(), made.baseline])
    months = table.column("month").unique().to_pylist()
    assert len(months) == HISTORY + 1
    assert (months[0], months[-1]) == (month_window(-HISTORY).start, month_window(0).start)
    assert str(month_window(0)) == "2026-04-01..2026-04-30"
    assert str(month_window(-8)) == "2025-08-01..2025-08-31"
    assert str(month_window(3, 4)) == "2026-07-01..2026-08-31"


def test_scores_of_the_same_customers_are_matched():
    made = world(5)
    baseline, (channel, dimension) = made.baseline, made.cell
    evidence = gathered(made, Design(Asked.SAME, True, False), "none")
    scope, comparison = arms_of(evidence)
    table = evidence.asked["data"].to_pandas()
    after = table[table.month == month_window(3).start]
    before = dict(zip(baseline.by.number, baseline.ratings[:, dimension], strict=True))
    own = after[after.channel == f"C{channel}"]
    assert list(scope.before) == [before[one] for one in own.customer]
    assert len(scope.before) + len(comparison.before) == len(after)


def ratings(seed: int, *, paired: bool, shift: float = 0.3) -> Arm:
    random = np.random.default_rng(seed)
    before = random.integers(1, 6, 60).astype(float)
    after = np.clip(np.rint(random.normal(3 + shift, 1.2, 60 if paired else 45)), 1, 5)
    return Arm(before, after, paired)


@pytest.mark.parametrize("seed", range(5))
def test_the_naive_tests_are_those_of_scipy(seed):
    free, paired = ratings(seed, paired=False), ratings(seed, paired=True)
    welch = stats.ttest_ind(free.after, free.before, equal_var=False)
    assert t_test_p(free) == pytest.approx(welch.pvalue)
    assert t_test_p(paired) == pytest.approx(stats.ttest_rel(paired.after, paired.before).pvalue)
    ranks = stats.mannwhitneyu(free.after, free.before, method="asymptotic")
    assert 2 * stats.norm.sf(abs(rank_sum_z(free))) == pytest.approx(ranks.pvalue)
    signed = stats.wilcoxon(paired.after - paired.before, method="approx", correction=False)
    assert 2 * stats.norm.sf(abs(signed_rank_z(paired))) == pytest.approx(signed.pvalue)


@pytest.mark.parametrize("paired", [False, True])
def test_the_naive_practices_claim_what_is_significant_and_in_which_direction(paired):
    still = ratings(1, paired=paired, shift=0.0)
    up, down = ratings(2, paired=paired, shift=1.5), ratings(3, paired=paired, shift=-1.5)
    for practice in (t_test, rank_test, differences):
        assert practice(up, still) is Outcome.IMPROVED
        assert practice(down, still) is Outcome.WORSENED
        assert practice(still, still) is Outcome.INCONCLUSIVE
    assert mean(up, still) is Outcome.IMPROVED
    assert mean(down, still) is Outcome.WORSENED


def test_difference_in_differences_is_the_z_test_of_four_means():
    scope, comparison = ratings(7, paired=False), ratings(8, paired=False)
    samples = (scope.after, scope.before, comparison.after, comparison.before)
    error = np.sqrt(sum(stats.sem(one) ** 2 for one in samples))
    z = (scope.change - comparison.change) / error
    assert (differences(scope, comparison) is Outcome.INCONCLUSIVE) == (abs(z) < 1.95996)
    assert scope.variance + comparison.variance == pytest.approx(error**2)


@pytest.mark.parametrize("paired", [False, True])
def test_where_nothing_varies_no_naive_test_claims_anything(paired):
    flat = Arm(np.full(10, 3.0), np.full(10, 3.0), paired)
    for practice in (mean, t_test, rank_test, differences):
        assert practice(flat, flat) is Outcome.INCONCLUSIVE
