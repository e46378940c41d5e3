"""Intervals and Welch's difference against scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from loopqa.calc.intervals import (
    clopper_pearson,
    mean_interval,
    normal_quantile,
    t_quantile,
    two_sided_p,
    welch,
    wilson,
)
from loopqa.model.tally import Moments
from loopqa.model.verdict import Change

ratings = st.lists(st.integers(1, 5).map(float), min_size=0, max_size=60)


def spread_out(values: list[float]) -> bool:
    return len(set(values)) > 1


@pytest.mark.parametrize("p", [0.025, 0.05, 0.5, 0.9, 0.975])
@pytest.mark.parametrize("df", [1, 2.5, 10, 400, 5e6])
def test_quantiles_equal_scipys(p, df):
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9, abs=1e-12)
    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-12, abs=1e-12)
    assert two_sided_p(1.7, df) == pytest.approx(2 * stats.t.sf(1.7, df), rel=1e-9)


def test_infinite_degrees_of_freedom_are_the_normal_distribution():
    assert t_quantile(0.975, math.inf) == normal_quantile(0.975)
    assert two_sided_p(-1.96, math.inf) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.filterwarnings("ignore:Precision loss occurred:RuntimeWarning")
@given(ratings, ratings)
def test_welch_equals_scipy(before, after):
    change = welch(Moments.of(before), Moments.of(after))
    if len(before) < 2 or len(after) < 2 or not (spread_out(before) or spread_out(after)):
        assert change.interval is None
        assert change.p is None
        return
    expected = stats.ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert change.difference == pytest.approx(np.mean(after) - np.mean(before), abs=1e-9)
    assert change.p == pytest.approx(expected.pvalue, abs=1e-9)
    assert change.interval == pytest.approx((interval.low, interval.high), abs=1e-9)


@given(ratings, ratings)
def test_swapping_before_and_after_negates_the_change(before, after):
    change = welch(Moments.of(before), Moments.of(after))
    swapped = welch(Moments.of(after), Moments.of(before))
    if change.difference is None:
        assert swapped == Change(None, None, None)
        return
    assert swapped.difference == pytest.approx(-change.difference)
    assert swapped.p == pytest.approx(change.p) if change.p is not None else swapped.p is None
    if change.interval is not None:
        low, high = change.interval
        assert swapped.interval == pytest.approx((-high, -low))


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40).filter(spread_out))
def test_mean_intervals_equal_scipys(values):
    moments = Moments.of(values)
    if mean_interval(moments) is None:  # spread below what sums of squares can hold
        return
    expected = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert mean_interval(moments) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0], [0.1] * 30])
def test_without_answers_or_spread_there_is_no_interval(values):
    assert mean_interval(Moments.of(values)) is None


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [([], [1.0, 2.0], None), ([2.0], [1.0, 4.0], 0.5), ([3.0] * 4, [4.0] * 4, 1.0)],
)
def test_too_little_for_an_interval_still_gives_the_difference(before, after, difference):
    assert welch(Moments.of(before), Moments.of(after)) == Change(difference, None, None)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (35, 100), (50, 50), (1, 1)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_shares_equal_statsmodels(k, n, confidence):
    alpha = 1 - confidence
    assert wilson(k, n, confidence) == pytest.approx(
        proportion_confint(k, n, alpha, "wilson"), abs=1e-9
    )
    assert clopper_pearson(k, n, confidence) == pytest.approx(
        proportion_confint(k, n, alpha, "beta"), abs=1e-9
    )


@pytest.mark.parametrize(("k", "n"), [(0, 10), (7, 30), (30, 30)])
def test_one_sided_exact_bounds_equal_scipys(k, n):
    greater = stats.binomtest(k, n, alternative="greater").proportion_ci(0.95)
    less = stats.binomtest(k, n, alternative="less").proportion_ci(0.95)
    assert clopper_pearson(k, n, sided="lower") == pytest.approx((greater.low, 1.0))
    assert clopper_pearson(k, n, sided="upper") == pytest.approx((0.0, less.high))


@pytest.mark.parametrize(("limit", "n", "least"), [(0.1, 30, 7), (0.2, 50, 16), (0.3, 100, 39)])
def test_the_smallest_low_share_that_alarms_is_the_tabled_one(limit, n, least):
    alarms = [k for k in range(n + 1) if clopper_pearson(k, n, sided="lower")[0] > limit]
    assert min(alarms) == least


def test_shares_without_answers_have_no_interval():
    assert wilson(0, 0) is None
    assert clopper_pearson(0, 0) is None
