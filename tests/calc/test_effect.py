"""The effect size against scipy's and statsmodels' Brunner-Munzel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.nonparametric import rank_compare_2ordinal

from loopqa.calc.verdict.effect_size import superiority
from loopqa.model.verdict import EffectSize

counts = st.lists(st.integers(0, 20), min_size=5, max_size=5)


def histogram(of):
    return {float(level): n for level, n in enumerate(of, start=1) if n}


@given(counts, counts)
def test_it_equals_statsmodels_wherever_that_can_tell(before, after):
    size = superiority(histogram(before), histogram(after))
    if not sum(before) or not sum(after):
        assert size == EffectSize(None, None)
        return
    if size.interval is None:
        return
    expected = rank_compare_2ordinal(np.array(after), np.array(before))
    low, high = expected.conf_int(alpha=0.05)
    assert size.p_superiority == pytest.approx(expected.prob1)
    assert size.interval == pytest.approx((max(0.0, low), min(1.0, high)), abs=1e-9)


def test_the_interval_leaves_out_a_half_where_scipys_test_rejects():
    before, after = {1: 12, 2: 9, 3: 7, 4: 5}, {2: 6, 3: 8, 4: 11, 5: 9}
    size = superiority(before, after)
    test = stats.brunnermunzel(
        [level for level, n in before.items() for _ in range(n)],
        [level for level, n in after.items() for _ in range(n)],
    )
    assert test.pvalue < 0.05
    assert size.interval[0] > 0.5


@given(counts, counts)
def test_swapping_before_and_after_mirrors_it(before, after):
    size = superiority(histogram(before), histogram(after))
    swapped = superiority(histogram(after), histogram(before))
    if size.p_superiority is None:
        assert swapped.p_superiority is None
        return
    assert swapped.p_superiority == pytest.approx(1 - size.p_superiority)


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [({3: 10}, {3: 10}, 0.5), ({1: 10}, {5: 10}, 1.0), ({2: 1}, {3: 5}, 1.0), ({}, {3: 5}, None)],
)
def test_without_spread_or_answers_there_is_no_interval(before, after, share):
    assert superiority(before, after) == EffectSize(share, None)
