"""Indicators: their intervals against statsmodels, targets in their own unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from loopqa.calc.scoring.indicators import grade, net_interval
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.model.coding import Coding, Histogram, LevelCoding, Score
from loopqa.model.rubric import ColumnMeasure, Measure
from loopqa.model.score import Grade, IndicatorScore
from tests.calc.small_rubrics import (
    HUNDRED,
    NOW,
    Case,
    answers,
    dimension,
    indicator,
    rubric,
    schemes_of,
    spread_out,
    tally_of,
    target,
)
from tests.shared_data import expected, needs_shared

ONE_TO_FIVE = ColumnMeasure(("rating",), low=1, high=5)
ZERO_TO_TEN = ColumnMeasure(("likely",), low=0, high=10)
SECONDS = ColumnMeasure(("seconds",))


def result(
    measure: Measure, score: Mapping[str, Any], cases: list[Case], **more: Any
) -> IndicatorScore:
    standard = rubric(
        dimension("d", indicator("it", measure=measure, score=score, **more)), scale=HUNDRED
    )
    card = scorecard(standard, schemes_of(standard), tally_of(standard, cases), window=NOW)
    return card.dimension("d").indicators[0]


def test_a_share_has_wilsons_interval() -> None:
    cases = spread_out("d.it", {5: 30, 4: 9, 2: 11})
    found = result(ONE_TO_FIVE, {"type": "csat", "top": [4, 5]}, cases)
    low, high = proportion_confint(39, 50, method="wilson")
    assert found.value == 78
    assert found.interval == pytest.approx((100 * low, 100 * high))


def test_a_rating_has_a_t_interval() -> None:
    found = result(ONE_TO_FIVE, {"type": "none"}, spread_out("d.it", {5: 30, 4: 9, 2: 11}))
    stats = DescrStatsW([5, 4, 2], weights=[30, 9, 11])
    assert found.interval == pytest.approx(stats.tconfint_mean())


def test_a_number_has_a_t_interval() -> None:
    seconds = [12.5, 19, 33.25, 60, 7]
    found = result(SECONDS, {"type": "none"}, answers("d.it", *seconds), unit="s")
    assert found.interval == pytest.approx(DescrStatsW(seconds).tconfint_mean())
    assert found.counts == {}


def test_a_median_lies_between_two_ordered_values() -> None:
    seconds = list(range(1, 102))
    options = {"type": "none"}
    found = result(SECONDS, options, answers("d.it", *seconds), unit="s", aggregate="median")
    assert found.value == 51
    assert found.interval == (40, 62)


def test_a_weighted_mean_has_fewer_answers_than_were_given() -> None:
    values, weights = [1, 2, 4, 5, 5], [1.0, 2.0, 0.5, 1.5, 1.0]
    cases = [
        {"d.it": value, "weight": weight} for value, weight in zip(values, weights, strict=True)
    ]
    found = result(ONE_TO_FIVE, {"type": "weighted_mean"}, cases)
    assert found.value == pytest.approx(np.average(values, weights=weights))
    effective = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    scaled = [weight * effective / sum(weights) for weight in weights]
    assert found.interval == pytest.approx(DescrStatsW(values, weights=scaled).tconfint_mean())


def test_a_net_promoter_interval_covers_95_percent() -> None:
    random = np.random.default_rng(11)
    truth, n, hits = 30.0, 40, 0
    for promoters, _, detractors in random.multinomial(n, [0.55, 0.2, 0.25], size=2000):
        low, high = net_interval(int(promoters), int(detractors), n) or (0.0, 0.0)
        hits += low <= truth <= high
    assert 0.93 <= hits / 2000 <= 0.97


def test_a_net_promoter_interval_is_never_a_point() -> None:
    low, high = net_interval(20, 0, 20) or (0.0, 0.0)
    assert low < 90
    assert high == 100
    assert net_interval(0, 0, 0) is None


@needs_shared
def test_the_net_promoter_score_of_the_airport() -> None:
    one = next(
        case
        for case in expected("golden_cases")["S2"]["definitions"]["NPS_cases"]
        if "promoters" in case
    )
    counts = {10: one["promoters"], 8: one["passives"], 0: one["detractors"]}
    found = result(ZERO_TO_TEN, {"type": "nps"}, spread_out("d.it", counts), weight=0.0)
    assert found.value == pytest.approx(one["nps"])
    assert found.score is None
    n = sum(counts.values())
    share = np.array([one["promoters"], one["detractors"]]) / n
    error = 100 * math.sqrt((share.sum() - (share[0] - share[1]) ** 2) / n)
    plain = (one["nps"] - 1.96 * error, one["nps"] + 1.96 * error)
    assert found.interval == pytest.approx(plain, abs=0.1)


@needs_shared
def test_actual_target_and_gap_are_in_the_units_of_the_assessment_report() -> None:
    units = {"首响时间": "s", "一次解决率": "%", "CSAT": "%", "NPS": "points"}
    for line in expected("golden_cases")["S2"]["gaps"]:
        lower = line["direction"] == "lower"
        found = result(
            SECONDS,
            {"type": "none"},
            answers("d.it", line["actual"]),
            unit=units[line["metric"]],
            target=target(f"{'<=' if lower else '>='} {line['target']}"),
        )
        sign = "+" if (found.gap or 0) > 0 else ""
        printed = f"{sign}{found.gap:g}{found.unit.replace('%', 'pp').replace('points', '')}"
        assert printed == line["gap_S1"]
        assert found.target == line["target"]
        assert found.grade is Grade.NOT_SHOWN  # one figure says nothing about its certainty


def test_a_share_misses_its_target_only_beyond_its_interval() -> None:
    def grade_of(good: int, n: int) -> Grade:
        cases = spread_out("d.it", {5: good, 1: n - good})
        options = {"type": "csat", "top": [4, 5]}
        return result(ONE_TO_FIVE, options, cases, target=target(">= 85")).grade

    assert grade_of(80, 100) is Grade.NOT_SHOWN
    assert grade_of(780, 1000) is Grade.MISSED
    assert grade_of(900, 1000) is Grade.MET


def test_grades_at_the_edge_of_a_target() -> None:
    at_least, below, exactly = target(">= 3"), target("< 3"), target("== 3")
    assert grade(3.5, (3.0, 4.0), at_least, believed=False) is Grade.MET
    assert grade(2.5, (2.0, 3.0), at_least, believed=False) is Grade.NOT_SHOWN
    assert grade(3.5, (3.0, 4.0), below, believed=False) is Grade.MISSED
    assert grade(3.1, (2.9, 3.3), exactly, believed=False) is Grade.NOT_SHOWN
    assert grade(3.5, (3.2, 3.8), exactly, believed=False) is Grade.MISSED
    assert grade(3.0, None, exactly, believed=True) is Grade.MET
    assert grade(None, None, at_least, believed=True) is Grade.NONE
    assert grade(3.0, None, None, believed=True) is Grade.NONE


class Highest:
    """A scheme of somebody else's, whose value is no mean."""

    unit = ""

    def code(self) -> Coding:
        return LevelCoding({level: level for level in (1.0, 2.0, 3.0)})

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        counts = inputs["value"].counts
        best = max(counts, default=None)
        return Score(best, best, sum(n for n, _ in counts.values()))


def test_a_value_that_is_no_mean_of_amounts_has_no_interval() -> None:
    standard = rubric(dimension("d", indicator("it")))
    counts = tally_of(standard, answers("d.it", 1, 2, 3))
    card = scorecard(standard, {"d.it": Highest()}, counts, window=NOW)
    found = card.dimension("d").indicators[0]
    assert (found.value, found.interval) == (3.0, None)
