"""Slices against the rest: what is named, in which order, and how often wrongly."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

from loopqa.calc.analysis.shrinking import between_variance, shrunk
from loopqa.calc.analysis.slices import Group, Slice, look_into
from loopqa.calc.detection.cells import Estimate

effects = st.lists(st.floats(1, 5), min_size=1, max_size=12)


def group(values):
    values = np.asarray(values, dtype=float)
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Group(len(values), Estimate(values.mean(), error, max(len(values) - 1, 1)))


def cut(parts, column="area"):
    """Every part against all others; ``parts``: value → scores."""
    return [
        Slice(
            ((column, (name,)),),
            group(scores),
            group(np.concatenate([other for key, other in parts.items() if key != name])),
        )
        for name, scores in parts.items()
    ]


def test_the_between_variance_is_that_of_statsmodels_and_solves_its_equation():
    rng, compared = np.random.default_rng(1), 0
    for _ in range(20):
        k = rng.integers(2, 15)
        variances = rng.uniform(0.005, 0.2, k)
        values = rng.normal(3, rng.choice([0.05, 0.4]), k) + rng.normal(0, np.sqrt(variances))
        ours = between_variance(values.tolist(), variances.tolist())
        weights = 1 / (variances + ours)
        squares = weights @ (values - weights @ values / weights.sum()) ** 2
        assert squares == pytest.approx(k - 1) if ours else squares <= k - 1
        oracle = combine_effects(values, variances, method_re="iterated", atol=1e-12).tau2
        if oracle > 0:  # its iteration gives up at 0 in some cases that have a solution
            assert ours == pytest.approx(oracle, abs=1e-6)
            compared += 1
    assert compared > 8


@given(effects)
def test_shrinking_pulls_towards_the_common_mean_and_keeps_the_order(values):
    pulled = shrunk(values, [0.1] * len(values))
    assert min(values) - 1e-9 <= min(pulled)
    assert max(pulled) <= max(values) + 1e-9
    order = sorted(range(len(values)), key=lambda at: values[at])
    assert all(pulled[a] <= pulled[b] + 1e-9 for a, b in pairwise(order))


def test_the_p_values_and_the_selection_are_those_of_scipy_and_statsmodels():
    rng = np.random.default_rng(2)
    parts = {f"a{i}": rng.normal(3.4 - 0.7 * (i < 2), 1.0, rng.integers(12, 80)) for i in range(9)}
    found = look_into(cut(parts))
    p = []
    for name, scores in parts.items():
        rest = np.concatenate([other for key, other in parts.items() if key != name])
        p.append(stats.ttest_ind(scores, rest, equal_var=False, alternative="less").pvalue)
    chosen = multipletests(p, alpha=0.10, method="fdr_bh")[0]
    assert {one.scope[0][1][0] for one in found.low} == {
        name for name, is_in in zip(parts, chosen, strict=True) if is_in
    }
    assert sorted(one.p for one in found.low) == pytest.approx(sorted(np.array(p)[chosen]))


def test_the_largest_contribution_comes_first_not_the_lowest_mean():
    rng = np.random.default_rng(3)
    parts = {
        "large": rng.normal(2.9, 1, 400),
        "small": rng.normal(2.4, 1, 25),
        "fine": rng.normal(3.6, 1, 600),
    }
    low = look_into(cut(parts)).low
    assert [one.scope[0][1][0] for one in low] == ["large", "small"]
    first = low[0]
    assert first.contribution == pytest.approx(400 / 1025 * (first.rest - first.shrunk))
    assert low[1].mean < low[1].shrunk < low[1].rest


def test_slices_with_fewer_than_ten_answers_are_skipped_and_counted():
    parts = {"few": [1.0] * 9, "many": [4.0, 3.0, 5.0] * 10, "other": [4.0, 3.0, 5.0] * 10}
    found = look_into(cut(parts))
    assert (found.tested, found.skipped, found.found) == (2, 1, 0)


@pytest.mark.parametrize(
    "parts",
    [
        {"a": [3.0], "b": [2.0]},
        {"a": [3.0] * 20, "b": [3.0] * 20},
        {"a": [3.0] * 20, "b": [2.0] * 20},
        {"a": [3.0] * 20, "b": [2.0, 3.0] * 20, "c": [4.0] * 15},
    ],
)
def test_ties_and_tiny_groups_do_not_fall_over(parts):
    found = look_into(cut(parts))
    assert all(math.isfinite(one.shrunk) for one in found.low)


def test_nothing_to_look_into_is_no_error():
    found = look_into([])
    assert (found.tested, found.skipped, found.found, found.low) == (0, 0, 0, ())


@given(st.permutations(range(5)))
def test_neither_order_nor_names_matter(order):
    rng = np.random.default_rng(4)
    scores = [rng.normal(3.5 - 0.8 * (i == 2), 1, 40) for i in range(5)]
    plain = look_into(cut({f"a{i}": one for i, one in enumerate(scores)}))
    moved = look_into(cut({f"z{i}": scores[i] for i in order}))
    assert [one.p for one in plain.low] == pytest.approx([one.p for one in moved.low])
    assert [one.contribution for one in plain.low] == pytest.approx(
        [one.contribution for one in moved.low]
    )


def test_a_slice_inside_a_named_one_is_told_only_if_it_is_lower_still():
    phone = np.tile([1.6, 2.6, 3.6, 2.6], 50)
    rest = np.tile([2.6, 3.6, 4.6], 100)
    whole = Slice((("channel", ("phone",)),), group(phone), group(rest))
    half = Slice(
        (("channel", ("phone",)), ("tenure", ("new",))),
        group(phone[:100]),
        group(np.concatenate([phone[100:], rest])),
    )
    found = look_into([whole, half])
    assert found.found == 2
    assert [one.scope for one in found.low] == [whole.scope]
    worse = phone.copy()
    worse[:100] -= 1.2
    lower = Slice(half.scope, group(worse[:100]), group(np.concatenate([worse[100:], rest])))
    both = look_into([Slice(whole.scope, group(worse), group(rest)), lower])
    assert {one.scope for one in both.low} == {whole.scope, half.scope}


def _world(rng, drop):
    sizes = rng.integers(8, 151, 40)
    means = np.full(40, 3.1)
    means[:4] -= drop
    return {
        f"s{i:02}": np.clip(np.round(rng.normal(means[i], 1.1, sizes[i])), 1, 5) for i in range(40)
    }


@pytest.mark.parametrize(("drop", "found_from", "found_to"), [(0.4, 0.35, 0.7), (0.8, 0.8, 1.0)])
def test_false_slices_among_those_named_are_as_rare_as_promised(drop, found_from, found_to):
    """40 slices, four really low: some 5 % of those named are false, most large ones found."""
    rng = np.random.default_rng(6)
    shares, hits = [], []
    for _ in range(60):
        named = {one.scope[0][1][0] for one in look_into(cut(_world(rng, drop))).low}
        false = {name for name in named if int(name[1:]) >= 4}
        shares.append(len(false) / len(named) if named else 0.0)
        hits.append((len(named) - len(false)) / 4)
    assert np.mean(shares) < 0.10
    assert found_from < np.mean(hits) < found_to


def test_where_nothing_is_low_a_slice_is_named_in_one_wave_of_ten():
    rng = np.random.default_rng(7)
    named = sum(bool(look_into(cut(_world(rng, 0.0))).low) for _ in range(150))
    assert named / 150 < 0.16
