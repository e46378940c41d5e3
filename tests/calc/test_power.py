"""The planner against statsmodels and the tabled numbers of answers."""

from __future__ import annotations

import pytest
from statsmodels.stats.power import TTestIndPower, TTestPower

from loopqa.calc.power import (
    Layout,
    answers_needed,
    design_detects,
    detectable_change,
    follow_up_needed,
)

SD, RETEST = 1.14, 0.45


@pytest.mark.parametrize(
    ("change", "expected"),
    [(0.1, (1607, 884, 904, 3214, 1768, 1808)), (0.5, (65, 36, 37, 129, 71, 73))],
)
def test_answers_needed_are_the_tabled_ones(change, expected):
    needed = [answers_needed(change, SD, layout, retest=RETEST) for layout in Layout]
    assert needed == pytest.approx(expected, abs=1)


def test_answers_needed_agree_with_statsmodels():
    two = TTestIndPower().solve_power(0.2 / SD, alpha=0.05, power=0.8, alternative="larger")
    assert answers_needed(0.2, SD, Layout.UNPAIRED) == pytest.approx(two, abs=1)
    sd = SD * (2 * (1 - RETEST)) ** 0.5
    one = TTestPower().solve_power(0.2 / sd, alpha=0.05, power=0.8, alternative="larger")
    assert answers_needed(0.2, SD, Layout.PAIRED, retest=RETEST) == pytest.approx(one, abs=2)


def test_clusters_multiply_the_answers():
    plain = answers_needed(0.2, SD, Layout.UNPAIRED)
    assert answers_needed(0.2, SD, Layout.UNPAIRED, design_effect=1.5) == pytest.approx(
        1.5 * plain, abs=1
    )


@pytest.mark.parametrize("layout", list(Layout))
def test_the_detectable_change_of_the_answers_needed_is_the_change(layout):
    n = answers_needed(0.3, SD, layout)
    assert detectable_change(n, SD, layout) == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize(("change", "sd"), [(0, 1), (-0.1, 1), (0.2, 0)])
def test_a_change_or_spread_of_nothing_is_refused(change, sd):
    with pytest.raises(ValueError, match="change and sd must be positive"):
        answers_needed(change, sd, Layout.UNPAIRED)


def test_a_design_detects_less_where_it_is_known_by_few_degrees_of_freedom():
    assert design_detects(0.01, 1e9, 0.05) == pytest.approx(0.2486, abs=1e-3)
    assert design_detects(0.01, 3, 0.05) > 0.3


def test_more_follow_up_answers_help_only_as_far_as_drift_allows():
    assert follow_up_needed(100, 0.02, 0.5, 0.0, 0.5, 2.5) == 34
    assert follow_up_needed(100, 0.02, 0.5, 0.04, 0.5, 2.5) is None
