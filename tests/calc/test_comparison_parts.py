"""The parts of a verdict against scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from loopqa.calc.effect.contrast import among_clusters, contrast, paired, unpaired
from loopqa.calc.effect.drift import lag_drift, local_shock, series
from loopqa.calc.effect.fits import Fit, Part, satterthwaite
from loopqa.calc.effect.flag import Flag, Picked, corrected, log_upper_tail
from loopqa.calc.effect.regression import RHO_RANGE, beyond_regression, correlation, retest_line
from loopqa.calc.verdict.families import benjamini_hochberg, holm
from loopqa.model.tally import Moments
from loopqa.model.verdict import PairMoments, Period

RANDOM = np.random.default_rng(11)


def ratings(n: int, mean: float = 3.0) -> list[float]:
    return np.clip(np.round(RANDOM.normal(mean, 1.1, n)), 1, 5).tolist()


def pair_moments(x, y) -> PairMoments:
    return PairMoments(
        len(x), sum(x), sum(y), float(np.dot(x, x)), float(np.dot(y, y)), float(np.dot(x, y))
    )


def test_the_team_contrast_is_weighted_least_squares_on_the_table_of_teams():
    # Teams far apart, so that the variance among them is the one in force.
    arms = [
        {
            f"T{i}": (ratings(30 + 5 * i, 2.5 + 0.4 * i), ratings(40 - i, 4 - 0.4 * i))
            for i in range(4)
        },
        {
            f"U{i}": (ratings(25 + 3 * i, 3.5 - 0.3 * i), ratings(35 + i, 2.5 + 0.4 * i))
            for i in range(5)
        },
    ]
    changes = [
        unpaired(
            {name: Moments.of(before) for name, (before, _) in teams.items()},
            {name: Moments.of(after) for name, (_, after) in teams.items()},
        )
        for teams in arms
    ]
    rows = [
        (np.mean(after) - np.mean(before), scope, 1 / (1 / len(after) + 1 / len(before)))
        for scope, teams in zip((1, 0), arms, strict=True)
        for before, after in teams.values()
    ]
    delta, scope, weight = (np.array(column) for column in zip(*rows, strict=True))
    fit = sm.WLS(delta, sm.add_constant(scope), weights=weight).fit()
    assert contrast(*changes).estimate == pytest.approx(fit.params[1])
    assert among_clusters(changes) == Part(pytest.approx(fit.scale), fit.df_resid)


def test_without_clusters_the_contrast_has_the_pooled_variance_of_single_answers():
    before, after = ratings(40), ratings(60, 3.4)
    result = contrast(unpaired({"": Moments.of(before)}, {"": Moments.of(after)}), [])
    expected = stats.ttest_ind(after, before)
    assert result.estimate / math.sqrt(result.sampling.variance) == pytest.approx(
        expected.statistic
    )
    assert result.sampling.df == expected.df


def test_clusters_without_answers_in_both_periods_take_no_part():
    before = {"T1": Moments.of(ratings(20)), "T2": Moments.of(ratings(20)), "T3": Moments()}
    after = {"T1": Moments.of(ratings(20)), "T3": Moments.of(ratings(20)), "T4": Moments()}
    assert len(unpaired(before, after)) == 1
    assert contrast([], []) is None


def test_paired_changes_are_those_of_the_differences():
    x, y = ratings(30), ratings(30)
    (change,) = paired({"T1": pair_moments(x, y)})
    difference = np.subtract(y, x)
    assert change.delta == pytest.approx(difference.mean())
    assert change.deviations == pytest.approx(difference.var() * 30)


def test_low_scorers_on_their_regression_line_have_not_changed():
    x = [1.0, 2.0, 2.0, 1.0]
    rho, mean = 0.4, 3.2
    y = [rho * value + (1 - rho) * mean for value in x]
    (change,) = beyond_regression(
        {"T1": pair_moments(x, y)}, {"T1": Moments(9, 9 * mean, 100)}, rho
    )
    assert change.delta == pytest.approx(0.0)


def test_the_retest_line_is_fishers_interval_and_the_usual_range_without_retests():
    x = ratings(60)
    y = np.clip(np.round(0.5 * np.array(x) + RANDOM.normal(1.5, 0.9, 60)), 1, 5).tolist()
    retest = pair_moments(x, y)
    expected = stats.pearsonr(x, y)
    assert correlation(retest) == pytest.approx(expected.statistic)
    line = retest_line(retest)
    interval = expected.confidence_interval(0.9)
    assert (line.low, line.high) == pytest.approx((interval.low, interval.high))
    assert line.measured
    few = retest_line(pair_moments(x[:9], y[:9]))
    assert ((few.low, few.high), few.measured) == (RHO_RANGE, False)


def month(number: int, scope: list[float], comparison: list[float] | None = None) -> Period:
    rest = {} if comparison is None else {"": Moments.of(comparison)}
    return Period({"": Moments.of(scope)}, rest, day=30 * number)


def test_a_local_shock_is_what_sampling_does_not_explain():
    months = [
        month(number, ratings(50, 3 + 0.5 * (-1) ** number), ratings(80)) for number in range(8)
    ]
    points = series(months, comparison=True)
    shock = local_shock([(points, 1.0)], floor=0.0025)
    levels = [point.level for point in points]
    sampling = np.mean([point.chance for point in points])
    spread = np.var(levels, ddof=1)
    # The difference is as uncertain as the spread, which seven degrees of freedom tell; the floor
    # cuts off what little of that lies below it.
    normal = np.random.default_rng(3).normal(spread - sampling, spread * np.sqrt(2 / 7), 400_000)
    uncertain = np.var(np.maximum(0.0025, normal))
    assert shock.variance == pytest.approx(spread - sampling)
    assert shock.df == pytest.approx(2 * shock.variance**2 / uncertain, rel=0.01)
    assert shock.df < 7
    calm = series(
        [month(number, [2.0, 3.0, 4.0] * 20, [2.0, 4.0] * 30) for number in range(8)], True
    )
    assert local_shock([(calm, 1.0)], floor=0.0025).variance == 0.0025


def test_lag_drift_looks_only_at_windows_that_far_apart():
    slope = [[2.0 + 0.1 * number, 4.0 + 0.1 * number] * 5000 for number in range(8)]
    points = [(series([month(number, scope) for number, scope in enumerate(slope)], False), 1.0)]
    assert lag_drift(points, 90, 0.0).variance == pytest.approx(0.3**2, abs=0.001)
    assert lag_drift(points, 30, 0.0).variance == pytest.approx(0.1**2, abs=0.001)
    assert lag_drift(points, 0, 0.0).variance == lag_drift(points, 90, 0.0).variance
    assert lag_drift(points, 30, 1.0) == Part(2.0, 3.0)


def test_other_dimensions_join_in_the_drift_by_what_they_count_for():
    def windows(step: float) -> list[Period]:
        return [month(k, [2.0 + step * k, 4.0 + step * k] * 9000) for k in range(8)]

    own, other = series(windows(0.1), False), series(windows(0.3), False)
    both = lag_drift([(own, 1.0), (other, 0.5)], 30, 0.0)
    assert both.variance == pytest.approx((0.1**2 + 0.5 * 0.3**2) / 1.5, abs=0.001)
    assert local_shock([(own, 1.0), (other, 0.5)], 0.0).df == pytest.approx(7 * 1.5)


def test_answers_of_one_cluster_make_a_window_less_sure():
    alike = {name: Moments.of(ratings(n)) for name, n in (("T1", 30), ("T2", 10))}
    (point,) = series([Period(alike, day=0)], False)
    everybody = alike["T1"] + alike["T2"]
    assert point.sampling(0.0) == pytest.approx(everybody.variance / 40)
    assert point.sampling(0.02) == pytest.approx(everybody.variance / 40 * (1 + 0.02 * 25))


def test_windows_without_dates_count_as_months():
    undated = [Period({"": Moments.of([2.0, 3.0])}) for _ in range(3)]
    assert [point.day for point in series(undated, False)] == [-91, -61, -30]


p_values = st.lists(st.floats(0.0001, 1), min_size=1, max_size=12)


@given(p_values)
def test_families_are_those_of_statsmodels(values):
    named = dict(enumerate(values))
    rejected = multipletests(values, 0.05, "holm")[0]
    assert holm(named, 0.05) == {i for i, passed in enumerate(rejected) if passed}
    rejected = multipletests(values, 0.10, "fdr_bh")[0]
    assert benjamini_hochberg(named, 0.10) == {i for i, passed in enumerate(rejected) if passed}


def test_empty_families_pass_nothing():
    assert holm({}) == set()
    assert benjamini_hochberg({}) == set()


@pytest.mark.parametrize("z", [-40, -3, 0, 3, 9.9, 10.1, 20, 45])
def test_the_upper_tail_equals_scipys(z):
    assert log_upper_tail(z) == pytest.approx(stats.norm.logsf(z), rel=1e-6, abs=1e-12)


def test_a_picked_estimate_is_judged_by_the_truncated_normal():
    picked = Picked(Fit(0.6, 0.04), cut=0.3)
    assert picked.p_up() == pytest.approx(stats.norm.sf(0.6, 0, 0.2) / stats.norm.sf(0.3, 0, 0.2))
    low = picked.lower(0.05)
    assert stats.norm.sf(0.6, low, 0.2) / stats.norm.sf(0.3, low, 0.2) == pytest.approx(0.05)
    assert low < Fit(0.6, 0.04).lower(0.05)
    assert picked.upper(0.05) == Fit(0.6, 0.04).upper(0.05)


def test_satterthwaite_is_welchs_where_there_are_two_means():
    a, b = ratings(20), ratings(50)
    total = satterthwaite([Part(np.var(a, ddof=1) / 20, 19), Part(np.var(b, ddof=1) / 50, 49)])
    assert total.df == pytest.approx(stats.ttest_ind(a, b, equal_var=False).df)
    assert satterthwaite([Part(0.0, 3.0)]) == Part(0.0, math.inf)


fits = st.builds(Fit, st.floats(-2, 2), st.floats(0.001, 1), st.sampled_from([3.0, 10.0, math.inf]))
flags = st.builds(
    Flag,
    cell=st.floats(1, 5),
    cells=st.lists(st.floats(1, 5), max_size=20),
    shared=st.floats(0, 0.5),
    cut=st.none() | st.floats(1, 5),
)


@given(fits, flags, st.sampled_from([0.025, 0.05]))
def test_the_flag_correction_only_ever_takes_away(fit, flag, alpha):
    plain, estimate = corrected(fit, None), corrected(fit, flag)
    low, high = estimate.interval(alpha)
    assert low <= estimate.value <= high
    assert low <= plain.interval(alpha)[0] + 1e-9
    assert estimate.p_up() >= plain.p_up() - 1e-9
    # With many cells half the luck may move the upper bound, never more than that.
    if len(flag.cells) < 8:
        assert high >= plain.interval(alpha)[1] - 1e-9
        assert estimate.p_down() >= plain.p_down() - 1e-9
