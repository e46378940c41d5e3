"""Control charts: the limits, the two rules, and how often they raise a false alarm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.detection.control_charts import (
    JUDGED_FROM,
    Limits,
    Point,
    Rule,
    baseline,
    judged,
    laney,
    limits_of,
    moving_range_df,
    xmr,
)


def points(values, n=100):
    return [Point(float(value), n) for value in values]


def alternating(k, around=3.5, step=0.1):
    return [around + step * (-1) ** number for number in range(k)]


def test_the_limits_are_266_mean_moving_ranges_from_the_mean():
    values = [3.2, 3.6, 3.1, 3.3, 3.9]
    limits = xmr(points(values))
    low, high = limits.at(100)
    reach = 2.66 * np.abs(np.diff(values)).mean()
    assert low == pytest.approx(np.mean(values) - reach, abs=1e-3)
    assert high == pytest.approx(np.mean(values) + reach, abs=1e-3)


def test_laneys_limits_agree_with_his_formula():
    shares, sizes = np.array([0.20, 0.26, 0.21, 0.18, 0.25]), np.array([400, 500, 450, 380, 900])
    limits = laney([Point(*one) for one in zip(shares, sizes.tolist(), strict=True)])
    common = (shares * sizes).sum() / sizes.sum()
    binomial = np.sqrt(common * (1 - common) / sizes)
    sigma = np.abs(np.diff((shares - common) / binomial)).mean() / 1.128
    low, high = limits.at(900)
    assert low == pytest.approx(common - 3 * sigma * binomial[-1])
    assert high == pytest.approx(common + 3 * sigma * binomial[-1])


def test_a_point_outside_the_limits_on_the_bad_side_is_a_signal():
    past = alternating(12)
    limits = xmr(points(past))
    low, high = limits.at(100)
    assert judged(points([*past, low - 0.01])).rule is Rule.LIMIT
    assert judged(points([*past, low + 0.01])).rule is None
    assert judged(points([*past, high + 1.0])).rule is None


def test_a_share_of_low_answers_is_bad_upwards():
    past = alternating(12, around=0.2, step=0.02)
    assert judged(points([*past, 0.40]), share=True).rule is Rule.LIMIT
    assert judged(points([*past, 0.01]), share=True).rule is None


def test_the_eighth_in_a_row_on_the_bad_side_is_a_signal_and_the_seventh_is_not():
    past, low = alternating(13), [3.45] * 8
    assert judged(points([*past, *low[:7]])).rule is None
    assert judged(points([*past, *low])).rule is Rule.RUN


def test_the_window_under_test_never_joins_its_own_limits():
    past = alternating(30)
    assert judged(points([*past, 3.5])).limits == judged(points([*past, 1.0])).limits


@pytest.mark.parametrize(
    ("earlier", "behind"), [(8, 8), (11, 11), (12, 12), (19, 12), (20, 13), (27, 20), (60, 24)]
)
def test_how_many_windows_lie_behind_the_limits(earlier, behind):
    found = baseline(points(range(earlier + 1)))
    assert len(found) == behind
    assert found[-1].value == max(min(earlier, JUDGED_FROM), earlier + 1 - 8) - 1


def test_below_eight_windows_there_is_no_chart_and_below_twelve_no_signal():
    for earlier in (0, 1, 2, 7):
        assert limits_of(points(alternating(earlier + 1))) is None
    for earlier in (8, 11):
        series = points([*alternating(earlier), 1.0])
        assert limits_of(series).provisional
        assert judged(series) is None
    assert judged(points([*alternating(12), 1.0])).rule is Rule.LIMIT


def test_limits_are_provisional_below_twenty_windows():
    assert Limits(3.5, 0.1, 19, share=False).provisional
    assert not Limits(3.5, 0.1, 20, share=False).provisional


@pytest.mark.parametrize("values", [[], [3.0], [3.0] * 40, [0.1 + 0.2] * 13 + [0.3]])
def test_what_never_moved_sets_no_limits(values):
    assert xmr(points(values[:-1])) is None
    assert laney(points([0.0] * 20)) is None
    assert laney(points([1.0] * 20)) is None
    assert laney([]) is None


@given(st.lists(st.floats(1, 5), min_size=0, max_size=40), st.booleans())
def test_no_series_makes_a_chart_fall_over(values, share):
    series = points([value / 5 for value in values] if share else values)
    found = judged(series, share=share)
    if found is not None:
        assert found.low <= found.limits.centre <= found.high
        assert 0 <= found.p <= 1


@given(st.lists(st.floats(1, 4), min_size=13, max_size=30), st.floats(-2, 2))
def test_a_shift_of_the_scale_moves_the_limits_along(values, shift):
    plain, moved = judged(points(values)), judged(points([one + shift for one in values]))
    if plain is not None and moved is not None:
        assert moved.limits.centre == pytest.approx(plain.limits.centre + shift)
        assert moved.limits.sigma == pytest.approx(plain.limits.sigma, abs=1e-9)


def test_degrees_of_freedom_of_the_moving_range_agree_with_a_simulation():
    rng = np.random.default_rng(3)
    for k in (12, 24):
        sigma = np.abs(np.diff(rng.normal(size=(40_000, k)), axis=1)).mean(axis=1) / 1.128
        assert moving_range_df(k) == pytest.approx(1 / (2 * sigma.var()), rel=0.05)


def _alarms(worlds, months, *, rules=(Rule.LIMIT, Rule.RUN)):
    """Share of worlds with a signal on the bad side in the last ``months`` windows."""
    hits = 0
    for world in worlds:
        series = points(world)
        ends = range(len(series) - months + 1, len(series) + 1)
        hits += any((found := judged(series[:end])) and found.rule in rules for end in ends)
    return hits / len(worlds)


def test_false_alarms_in_a_year_are_those_of_the_table():
    """k = 12, both sides together: 15.2 % by rule 1, 19.7 % with the run of eight."""
    worlds = np.random.default_rng(11).normal(size=(1500, 24))
    either = [*worlds, *-worlds]  # the bad side of the mirrored worlds is the good side of these
    # a world alarms on both sides in hardly 1 %: twice one side is both sides together
    assert 2 * _alarms(either, 12, rules=(Rule.LIMIT,)) == pytest.approx(0.155, abs=0.03)
    assert 2 * _alarms(either, 12) == pytest.approx(0.21, abs=0.035)


def test_a_lasting_drop_of_one_sigma_is_seen_as_often_as_in_the_table():
    worlds = np.random.default_rng(12).normal(size=(1500, 24))
    worlds[:, 12:] -= 1
    assert _alarms(worlds, 12) == pytest.approx(0.60, abs=0.04)


def test_a_p_prime_chart_keeps_its_word_where_the_classical_p_chart_raves():
    """Monthly sd of 2 points at 20 %: the p chart alarms in 96 % of years at n = 2000."""
    rng = np.random.default_rng(13)
    n, k = 2000, 24
    true = np.clip(rng.normal(0.2, 0.02, size=(500, k + 12)), 0.01, 0.99)
    shares = rng.binomial(n, true) / n
    ours = classical = 0
    for world in shares:
        limits = laney(points(world[:k], n))
        low, high = limits.at(n)
        ours += any((world[k:] < low) | (world[k:] > high))
        mean = world[:k].mean()
        reach = 3 * np.sqrt(mean * (1 - mean) / n)
        classical += any(np.abs(world[k:] - mean) > reach)
    assert ours / 500 == pytest.approx(0.10, abs=0.04)
    assert classical / 500 > 0.9
