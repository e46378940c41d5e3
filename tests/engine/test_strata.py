"""Samples drawn by strata of known size: scores, changes and verdicts, from rows to figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from loopqa.engine.evaluate import compare, score
from loopqa.errors import DataError

RUBRIC = """\
rubric: desk
version: "1"
title: Desk
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 5}
dimensions:
  wait:
    title: Waiting
    indicators:
      rating: {rater: customer, title: Rating, measure: {column: rating}}
"""
WORKFLOW = """\
workflow: desk
rubric: desk
inputs:
  survey:
    type: csv
    path: survey.csv
    rater: customer
    map: {at: day, stratum: area, population: cases}
"""

Answers = Sequence[tuple[str, int, Sequence[int]]]
"""(stratum, cases it has, ratings of those drawn)."""


def rows(answers: Answers, **more: Any) -> list[dict[str, Any]]:
    return [
        {"area": area, "cases": cases, "rating": str(rating), **more}
        for area, cases, ratings in answers
        for rating in ratings
    ]


def frame(of: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist([{name: str(value) for name, value in row.items()} for row in of])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "desk.yaml").write_text(RUBRIC)
    (folder / "workflow.yaml").write_text(WORKFLOW)
    return {"rubric": folder / "desk.yaml", "workflow": folder / "workflow.yaml"}


def wait(desk: dict[str, Path], of: list[dict[str, Any]], **more: Any) -> Any:
    return score(desk["rubric"], frame(of), workflow=desk["workflow"], **more).card.dimension(
        "wait"
    )


SMALL: Answers = [("gold", 10, [5, 4, 4, 3, 4]), ("plain", 90, [1, 2, 3, 2, 2, 3])]


def test_the_score_is_the_textbook_estimate(desk):
    found = wait(desk, rows(SMALL))
    means, variances = (4.0, 13 / 6), (0.5, 17 / 30)
    mean = 0.1 * means[0] + 0.9 * means[1]
    parts = [0.1**2 * (1 - 5 / 10) * variances[0] / 5, 0.9**2 * (1 - 6 / 90) * variances[1] / 6]
    df = sum(parts) ** 2 / (parts[0] ** 2 / 4 + parts[1] ** 2 / 5)
    half = stats.t.ppf(0.975, df) * math.sqrt(sum(parts))
    assert found.score == pytest.approx(mean)
    assert found.interval == pytest.approx((mean - half, mean + half))
    assert found.effective_n == pytest.approx(100**2 / (5 * 2**2 + 6 * 15**2))
    assert found.top_share == pytest.approx(0.1 * 4 / 5)
    assert found.bottom_share == pytest.approx(0.9 * 4 / 6)
    assert found.n == 11


def test_strata_drawn_at_one_rate_of_a_huge_population_are_a_plain_sample(desk):
    ratings = [5, 4, 3, 3, 1, 2, 4, 5]
    plain = score(desk["rubric"], frame(rows([("", 1, ratings)]))).card.dimension("wait")
    found = wait(desk, rows([("all", 10**8, ratings)]))
    assert found.score == plain.score
    assert found.interval == pytest.approx(plain.interval)
    assert (found.top_share, found.bottom_share) == (plain.top_share, plain.bottom_share)


def test_a_census_has_an_interval_of_no_width_and_the_order_of_rows_does_not_matter(desk):
    found = wait(desk, rows([("a", 3, [1, 2, 2]), ("b", 2, [5, 4])])[::-1])
    assert found.score == pytest.approx(2.8)
    assert found.interval == pytest.approx((2.8, 2.8))


def test_a_part_of_the_cases_keeps_the_weights_of_the_whole_sample(desk):
    both = rows(SMALL, team="T1") + rows([("plain", 90, [5, 5, 4, 5])], team="T2")
    result = score(desk["rubric"], frame(both), workflow=desk["workflow"], by="team")
    chosen = score(desk["rubric"], frame(both), workflow=desk["workflow"], where={"team": "T1"})
    one = result.segments[0].card.dimension("wait")
    # plain answers stand for 9 cases each, gold ones for 2
    assert one.score == pytest.approx((2 * 20 + 9 * 13) / (2 * 5 + 9 * 6))
    assert chosen.card.dimension("wait").to_dict() == one.to_dict()


def test_intervals_cover_the_population_as_often_as_they_say_and_need_the_correction(desk):
    random = np.random.default_rng(4)
    people = [random.integers(3, 6, 30), random.integers(1, 5, 120)]
    truth = np.concatenate(people).mean()
    covered, widths, plain_widths = 0, [], []
    for _ in range(150):
        drawn = [random.permutation(of)[:n] for of, n in zip(people, (15, 60), strict=True)]
        areas: Answers = [
            (area, len(of), [int(one) for one in some])
            for area, of, some in zip("ab", people, drawn, strict=True)
        ]
        low, high = wait(desk, rows(areas)).interval
        covered += low <= truth <= high
        widths.append(high - low)
        low, high = wait(desk, rows(times(10**6, areas))).interval
        plain_widths.append(high - low)
    assert 0.90 <= covered / 150 <= 0.99
    assert np.mean(plain_widths) / np.mean(widths) == pytest.approx(math.sqrt(2), rel=0.02)


BEFORE: Answers = [("gold", 10, [4, 4, 5, 3, 4, 4]), ("plain", 60, [2, 3, 2, 1] * 10)]
AFTER: Answers = [("gold", 12, [4, 5, 5, 5, 4, 4]), ("plain", 44, [3, 3, 2, 2] * 11)]


def moved(desk: dict[str, Path], before: Answers, after: Answers) -> Any:
    """The verdict on team T1, whose cases these are; at T2 nothing changes."""
    calm = [(f"other {area}", cases, ratings) for area, cases, ratings in before]
    result = compare(
        desk["rubric"],
        before=frame(rows(before, team="T1") + rows(calm, team="T2")),
        after=frame(rows(after, team="T1") + rows(calm, team="T2")),
        scope={"team": "T1"},
        workflow=desk["workflow"],
        flagged="named",
    )
    return result.verdicts[0]


def times(factor: int, answers: Answers) -> Answers:
    return [(area, factor * cases, ratings) for area, cases, ratings in answers]


def test_a_change_knows_of_the_finite_population_and_the_verdict_does_not(desk):
    found = moved(desk, BEFORE, AFTER)
    large = moved(desk, times(10**6, BEFORE), times(10**6, AFTER))
    means = [
        sum(cases * np.mean(r) for _, cases, r in one) / sum(cases for _, cases, _ in one)
        for one in (BEFORE, AFTER)
    ]
    variance = sum(
        (cases / sum(c for _, c, _ in one)) ** 2 * (1 - len(r) / cases) * np.var(r, ddof=1) / len(r)
        for one in (BEFORE, AFTER)
        for _, cases, r in one
    )
    assert found.change.difference == pytest.approx(means[1] - means[0])
    half = (found.change.interval[1] - found.change.interval[0]) / 2
    assert half / math.sqrt(variance) == pytest.approx(2.02, abs=0.06)
    assert large.change.interval[0] < found.change.interval[0]
    assert found.estimate == pytest.approx(means[1] - means[0]) == large.estimate
    assert found.interval == pytest.approx(large.interval)
    assert any("drawn by strata" in str(one) for one in found.assumptions)


def test_two_censuses_tell_exactly_how_far_the_month_moved_but_not_what_did_it(desk):
    before: Answers = [("all", 12, [2, 3, 2, 3, 1, 4] * 2)]
    after: Answers = [("all", 12, [2, 3, 2, 3, 2, 4] * 2)]
    found = moved(desk, before, after)
    assert found.change.interval == pytest.approx((1 / 6, 1 / 6))
    assert found.score_change.value == "up"
    assert found.outcome.value == "inconclusive"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            [("gold", 2, [1, 2, 3])],
            "-:3:population: 3 rows were drawn from stratum 'gold', which has 2 cases",
        ),
        (
            [("gold", 9, [1, 2]), ("gold", 8, [3])],
            "-:3:population: stratum 'gold' has 8 cases here and 9 in row 1",
        ),
    ],
)
def test_sizes_that_contradict_the_rows_are_refused(desk, answers, message):
    with pytest.raises(DataError) as refused:
        wait(desk, rows(answers))
    told, hint = str(refused.value).splitlines()
    assert told == message
    assert hint.startswith("  hint: ")
