"""Which cells fall short: bounds against scipy, the tables of false alarms, grades."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from loopqa.calc.detection.cells import (
    BottomShare,
    Estimate,
    bottom_share_of,
    cells,
    estimate_of,
    graded,
    p_below,
    p_drop,
    p_missed,
    upper_bound,
)
from loopqa.calc.detection.findings import merge
from loopqa.language import text
from loopqa.model.cycle import Candidate, FindingGrade, Reason, Scope
from loopqa.model.rubric import Condition
from loopqa.model.score import Composite, DimensionScore, Grade, ScoreCard, Segment


def score(
    name: str = "speed",
    *,
    n: int = 100,
    mean: float | None = 2.8,
    sd: float | None = 1.0,
    interval: tuple[float, float] | None = None,
    bottom: float | None = None,
) -> DimensionScore:
    return DimensionScore(
        name, n, mean, sd, None, bottom, interval, mean, None, None, Grade.NONE, ()
    )


def card(*scores: DimensionScore) -> ScoreCard:
    return ScoreCard(scores, Composite(None, 0, None))


# Means


def test_p_below_is_the_one_sided_t_test() -> None:
    random = np.random.default_rng(1)
    sample = random.normal(2.8, 1.1, 50)
    estimate = Estimate(float(sample.mean()), float(sample.std(ddof=1) / math.sqrt(50)), 49)
    oracle = stats.ttest_1samp(sample, 3.0, alternative="less")
    assert p_below(estimate, 3.0) == pytest.approx(oracle.pvalue, rel=1e-9)
    assert upper_bound(estimate) == pytest.approx(oracle.confidence_interval(0.95).high, rel=1e-9)


@given(st.floats(1, 5), st.floats(0.01, 2), st.integers(1, 500), st.floats(1, 5))
def test_p_is_below_five_percent_exactly_where_the_upper_bound_is_below(
    centre: float, error: float, df: int, threshold: float
) -> None:
    estimate = Estimate(centre, error, df)
    bound = upper_bound(estimate)
    if abs(bound - threshold) > 1e-9:
        assert (p_below(estimate, threshold) < 0.05) == (bound < threshold)


def test_answers_without_spread_are_below_or_not() -> None:
    assert p_below(Estimate(2.0, 0.0, 9), 3.0) == 0.0
    assert p_below(Estimate(3.0, 0.0, 9), 3.0) == 1.0


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_answers_say_nothing(n: int) -> None:
    assert estimate_of(score(n=n, sd=None)) is None


def test_the_error_of_a_blend_comes_from_its_interval() -> None:
    half = stats.t.ppf(0.975, 29) * 0.2
    found = estimate_of(score(n=30, sd=None, mean=2.9, interval=(2.9 - half, 2.9 + half)))
    assert found is not None
    assert (found.centre, found.df) == (2.9, 29)
    assert found.error == pytest.approx(0.2)


def test_p_drop_is_welchs_test() -> None:
    random = np.random.default_rng(2)
    before, after = random.normal(3.4, 1, 80), random.normal(3.1, 1.3, 50)
    estimates = [
        Estimate(float(one.mean()), float(one.std(ddof=1) / math.sqrt(len(one))), len(one) - 1)
        for one in (before, after)
    ]
    oracle = stats.ttest_ind(after, before, equal_var=False, alternative="less")
    assert p_drop(*estimates) == pytest.approx(oracle.pvalue, rel=1e-9)


def test_a_drop_without_any_spread_is_a_drop() -> None:
    assert p_drop(Estimate(4, 0, 9), Estimate(3, 0, 9)) == 0.0
    assert p_drop(Estimate(4, 0, 9), Estimate(4, 0, 9)) == 1.0


# Shares


@pytest.mark.parametrize(
    ("limit", "smallest"),
    [
        (0.10, {10: 4, 20: 5, 30: 7, 50: 10, 100: 16, 200: 28}),
        (0.20, {10: 5, 20: 8, 30: 11, 50: 16, 100: 28, 200: 50}),
        (0.30, {10: 6, 20: 10, 30: 14, 50: 21, 100: 39, 200: 72}),
    ],
)
def test_the_smallest_counts_that_alarm(limit: float, smallest: dict[int, int]) -> None:
    for n, wanted in smallest.items():
        found = next(k for k in range(n + 1) if BottomShare(k, n).lower_bound > limit)
        assert found == wanted
        assert BottomShare(found, n).p_above(limit) <= 0.05
        assert BottomShare(found - 1, n).p_above(limit) > 0.05


@given(st.integers(1, 200), st.data(), st.floats(0.01, 0.99))
def test_p_above_is_the_exact_binomial_test(n: int, data: st.DataObject, limit: float) -> None:
    low = data.draw(st.integers(0, n))
    oracle = stats.binomtest(low, n, limit, alternative="greater").pvalue
    assert BottomShare(low, n).p_above(limit) == pytest.approx(oracle, rel=1e-7, abs=1e-12)


def test_shares_of_limits_at_the_ends() -> None:
    assert BottomShare(3, 10).p_above(0.0) == 0.0
    assert BottomShare(10, 10).p_above(1.0) == 1.0
    assert BottomShare(0, 10).p_above(0.3) == 1.0
    assert BottomShare(0, 0).lower_bound == 0.0


def test_low_answers_are_counted_in_cases() -> None:
    assert bottom_share_of(score(n=30, bottom=7 / 30)) == BottomShare(7, 30)
    assert bottom_share_of(score(n=30, bottom=None)) is None
    assert bottom_share_of(score(n=0, bottom=0.5)) is None


# Targets


def test_p_missed_is_two_and_a_half_percent_where_the_interval_touches_the_target() -> None:
    at_least = Condition(">=", 85)
    assert p_missed(80, (75, 85), at_least) == pytest.approx(0.025)
    assert p_missed(80, (75, 84), at_least) < 0.025
    assert p_missed(90, (88, 92), at_least) == 1.0
    assert p_missed(80, None, at_least) == 0.0
    assert p_missed(19, (17, 21), Condition("<=", 15)) < 0.001


# Cells and grades


def test_cells_are_all_scores_of_the_whole_and_of_named_segments() -> None:
    found = cells(
        card(score("speed"), score("care", mean=None)),
        [
            Segment({"channel": "phone"}, card(score("speed", mean=2.0))),
            Segment({"channel": ""}, card(score("speed", mean=1.0))),
        ],
    )
    assert [(cell.dimension, cell.scope, cell.value) for cell in found] == [
        ("speed", (), 2.8),
        ("speed", (("channel", ("phone",)),), 2.0),
    ]


def cell(name: str) -> tuple[str, Scope]:
    return name, ()


def test_grades_are_corrected_for_all_cells_that_were_large_enough() -> None:
    p = {cell("a"): 0.01, cell("b"): 0.03, cell("c"): 0.4, cell("d"): None, cell("e"): 0.0001}
    n = {cell("a"): 50, cell("b"): 50, cell("c"): 50, cell("d"): 50, cell("e"): 29}
    assert graded(p, n, 30) == {
        cell("a"): FindingGrade.CONFIRMED,
        cell("b"): FindingGrade.OBSERVED,
        cell("c"): FindingGrade.OBSERVED,
        cell("d"): FindingGrade.OBSERVED,
        cell("e"): FindingGrade.WATCH,
    }


def test_healthy_cells_are_confirmed_in_fewer_than_one_of_twenty_surveys() -> None:
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(1000):
        samples = random.normal(3.0, 1.1, (15, 40))
        p = {
            cell(str(number)): p_below(
                Estimate(float(one.mean()), float(one.std(ddof=1) / math.sqrt(40)), 39), 3.0
            )
            for number, one in enumerate(samples)
        }
        alarms += FindingGrade.CONFIRMED in graded(p, dict.fromkeys(p, 40), 30).values()
    assert alarms / 1000 <= 0.065


@pytest.mark.parametrize(
    ("mean", "n", "share"), [(2.7, 30, 0.41), (2.7, 100, 0.83), (2.9, 200, 0.33), (3.0, 50, 0.05)]
)
def test_a_single_cell_is_confirmed_as_often_as_the_table_says(
    mean: float, n: int, share: float
) -> None:
    random = np.random.default_rng(4)
    samples = random.normal(mean, 1.1, (1500, n))
    confirmed = [
        p_below(Estimate(float(one.mean()), float(one.std(ddof=1) / math.sqrt(n)), n - 1), 3.0)
        <= 0.05
        for one in samples
    ]
    assert np.mean(confirmed) == pytest.approx(share, abs=0.05)


# Merging


def candidate(
    detector: str, grade: FindingGrade, dimension: str = "speed", scope: Scope = ()
) -> Candidate:
    reason = Reason(detector, grade, text("{share} % low answers", share=1))
    return Candidate(dimension, dimension, scope, reason, 40, 2.5)


def test_what_several_detectors_say_about_one_cell_is_one_finding() -> None:
    phone: Scope = (("channel", ("phone",)),)
    found = merge(
        [
            candidate("drop", FindingGrade.OBSERVED),
            candidate("drop", FindingGrade.WATCH, scope=phone),
            candidate("below_threshold", FindingGrade.CONFIRMED),
            candidate("bottom_share", FindingGrade.OBSERVED),
            candidate("drop", FindingGrade.OBSERVED, dimension="care"),
        ]
    )
    assert [
        (one.lineage, one.scope, one.grade, [reason.detector for reason in one.reasons])
        for one in found
    ] == [
        ("speed", (), FindingGrade.CONFIRMED, ["below_threshold", "drop", "bottom_share"]),
        ("care", (), FindingGrade.OBSERVED, ["drop"]),
        ("speed", phone, FindingGrade.WATCH, ["drop"]),
    ]


def test_nothing_merges_to_nothing() -> None:
    assert merge([]) == ()
