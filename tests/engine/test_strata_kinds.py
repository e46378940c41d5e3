"""Strata beside everything else a rubric can ask: shares, NPS, times, medians, blends, weights."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from scipy import stats

from loopqa.engine.evaluate import compare, score

RUBRIC = """\
rubric: kinds
version: "1"
title: Kinds
scale: {low: 1, high: 5}
dimensions:
  kind:
    title: Kind
    indicators:
      it: {rater: customer, title: It, measure: {column: it}, MORE}
"""
WORKFLOW = """\
workflow: kinds
rubric: kinds
inputs:
  survey: {type: csv, path: survey.csv, rater: customer, map: {stratum: area, population: cases}}
"""
AREAS = {"gold": 20, "plain": 180}
ANSWERS = {"gold": [0, 1, 1, 0, 1, 1, 1, 1], "plain": [0, 0, 1, 0, 0, 1, 0, 0, 0, 1]}


def table(answers: dict[str, list[Any]], sizes: dict[str, int] = AREAS) -> Any:
    return pa.Table.from_pylist(
        [
            {"area": area, "cases": str(sizes[area]), "it": str(one)}
            for area, several in answers.items()
            for one in several
        ]
    )


@pytest.fixture
def kinds(tmp_path):
    """The only indicator's score, defined with these words."""

    def call(more: str, answers: dict[str, list[Any]], sizes: dict[str, int] = AREAS) -> Any:
        (tmp_path / "kinds.yaml").write_text(RUBRIC.replace("MORE", more))
        (tmp_path / "flow.yaml").write_text(WORKFLOW)
        data = table(answers, sizes)
        found = score(tmp_path / "kinds.yaml", data, workflow=tmp_path / "flow.yaml")
        return found.card.dimension("kind").indicators[0]

    return call


def test_a_share_has_wilsons_interval_with_as_many_answers_as_the_strata_are_worth(kinds):
    found = kinds("score: {type: share}, weight: 0", ANSWERS)
    share = 0.1 * 6 / 8 + 0.9 * 3 / 10
    variance = 0.1**2 * (1 - 8 / 20) * (6 / 8 * 2 / 8 * 8 / 7) / 8
    variance += 0.9**2 * (1 - 10 / 180) * (0.3 * 0.7 * 10 / 9) / 10
    n = share * (1 - share) / variance
    z = stats.norm.ppf(0.975)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    assert found.value == pytest.approx(100 * share)
    assert found.interval == pytest.approx((100 * (centre - half), 100 * (centre + half)))
    assert found.n == 18


def test_the_share_of_a_census_is_known_exactly(kinds):
    found = kinds(
        "score: {type: share}, weight: 0", {"gold": [1, 0], "plain": [1]}, {"gold": 2, "plain": 1}
    )
    assert found.value == pytest.approx(200 / 3)
    assert found.interval == pytest.approx((200 / 3, 200 / 3))


def test_promoters_and_detractors_count_by_strata(kinds):
    answers = {"gold": [10, 9, 8, 6], "plain": [3, 9, 5, 7, 6]}
    found = kinds("score: {type: nps}, weight: 0", answers)
    assert found.value == pytest.approx(100 * (0.1 * 0.25 + 0.9 * -0.4))
    assert -100 <= found.interval[0] < found.value < found.interval[1] <= 100


def test_means_and_medians_of_times_are_those_of_the_population(kinds):
    answers = {"gold": [1.5, 2.5, 3.0, 4.0], "plain": [10.0, 12.0, 14.0, 16.0, 20.0]}
    mean = kinds("score: {type: none}, aggregate: mean, unit: min", answers)
    median = kinds("score: {type: none}, aggregate: median, unit: min", answers)
    assert mean.value == pytest.approx(0.1 * 2.75 + 0.9 * 14.4)
    assert mean.interval[0] < mean.value < mean.interval[1]
    assert median.value == pytest.approx(14.0)
    assert median.interval[0] <= 14.0 <= median.interval[1]


def test_a_stratum_with_a_single_answer_is_as_spread_as_the_others_and_singles_alone_say_nothing(
    kinds,
):
    assert kinds("", {"gold": [5], "plain": [1, 2, 3, 2]}).interval is not None
    assert kinds("", {"gold": [5], "plain": [2]}).interval is None


def test_a_weighted_mean_is_judged_by_strata_once_not_twice(tmp_path):
    before = {"gold": [4, 5, 4, 5, 3, 4] * 3, "plain": [2, 3, 1, 3, 2] * 12}
    after = {"gold": [4, 5, 5, 5, 4, 4] * 3, "plain": [3, 3, 2, 3, 3] * 12}
    found = []
    for scheme in ("rating", "weighted_mean"):
        words = f"score: {{type: {scheme}}}"
        (tmp_path / "kinds.yaml").write_text(RUBRIC.replace("MORE", words))
        (tmp_path / "flow.yaml").write_text(WORKFLOW)
        sides = {"before": table(before), "after": table(after)}
        judged = compare(tmp_path / "kinds.yaml", workflow=tmp_path / "flow.yaml", **sides)
        found.append(judged.verdicts[0].to_dict())
    for part in ("before", "after", "change"):
        assert found[0][part] == found[1][part]


def test_the_effect_size_counts_answers_by_their_strata(tmp_path):
    (tmp_path / "kinds.yaml").write_text(RUBRIC.replace("MORE", "score: {type: rating}"))
    (tmp_path / "flow.yaml").write_text(WORKFLOW)
    before = {"gold": [4, 5, 5, 4, 3, 4], "plain": [1, 2, 2, 3, 1, 2]}
    after = {"gold": [5, 5, 5, 5, 4, 4], "plain": [2, 1, 2, 2, 2, 1]}
    (judged,) = compare(
        tmp_path / "kinds.yaml", before=table(before), after=table(after),
        workflow=tmp_path / "flow.yaml",
    ).verdicts  # fmt: skip
    better = total = 0.0
    for area, several in after.items():
        for one in several:
            for other, earlier in before.items():
                for two in earlier:
                    weight = AREAS[area] / len(several) * AREAS[other] / len(earlier)
                    total += weight
                    better += weight * ((one > two) + 0.5 * (one == two))
    assert judged.effect_size.p_superiority == pytest.approx(better / total)
