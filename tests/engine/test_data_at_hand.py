"""Frames as people have them, and calls of score and compare that make no sense."""

from __future__ import annotations

import pandas as pd
import pytest

from loopqa import compare, score
from loopqa.errors import DataError, UsageError

RUBRIC = """\
rubric: desk
version: "1"
title: {en: Desk}
scale: {low: 1, high: 5}
dimensions:
  speed: {title: {en: Speed}, weight: 100%, column: speed}
"""


@pytest.fixture
def rubric(tmp_path):
    path = tmp_path / "desk.yaml"
    path.write_text(RUBRIC, encoding="utf-8")
    return path


@pytest.fixture
def answers():
    """Two months of twelve answers each, in three channels."""
    days = [f"2026-{month:02}-{day:02}" for month in (3, 5) for day in range(1, 13)]
    return pd.DataFrame({"day": days, "channel": [1, 2, 3] * 8, "speed": [1, 2, 3, 4] * 6})


def of(result):
    return result.to_dict()["dimensions"][0]["n"]


def test_a_column_of_numbers_and_texts_is_read_as_what_it_says(rubric, answers):
    mixed = [None, "2", 3, 4.0] * 6
    assert of(score(rubric, answers.assign(speed=mixed))) == 18


def test_two_columns_of_one_name_are_refused(rubric, answers):
    with pytest.raises(DataError, match="several columns are called speed"):
        score(rubric, pd.concat([answers, answers[["speed"]]], axis=1))


def test_a_single_column_is_no_frame(rubric, answers):
    with pytest.raises(UsageError, match="can't read data of type Series"):
        score(rubric, answers["speed"])


def test_numbers_may_name_what_a_column_holds(rubric, answers):
    assert of(score(rubric, answers, where={"channel": 1})) == 8
    assert of(score(rubric, answers, where={"channel": [1, 2]})) == 16


def test_times_with_a_zone_belong_to_the_day_that_they_name(rubric, answers):
    at_midnight = pd.to_datetime(answers["day"]).dt.tz_localize("Asia/Shanghai")
    march, may = "2026-03-01..2026-03-31", "2026-05-01..2026-05-31"
    result = compare(rubric, answers.assign(day=at_midnight), before=march, after=may, at="day")
    (verdict,) = result.to_dict()["verdicts"]
    assert (verdict["before"]["n"], verdict["after"]["n"]) == (12, 12)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"after": "2026-03-10..2026-03-20"}, "2026-03-01..2026-03-31 and 2026-03-10..2026-03-20"),
        ({"after": "2026-02-01..2026-02-28"}, "2026-03-01..2026-03-31 is not before 2026-02-01"),
        ({"history": ["2026-01-01..2026-01-31"] * 6}, "2026-01-31 and 2026-01-01"),
        ({"history": "2026-03-01..2026-03-31"}, "overlap"),
        ({"flagged": "worst"}, "flagged can't be 'worst'; it is one of lowest, below, named"),
        ({"material_change": -0.1}, "material_change can't be -0.1; it is 0 or above"),
        ({"local_drift": float("nan")}, "local_drift can't be nan; it is 0 or above"),
    ],
    ids=str,
)
def test_a_comparison_that_makes_no_sense_is_refused(rubric, answers, asked, message):
    windows = {"before": "2026-03-01..2026-03-31", "after": "2026-05-01..2026-05-31"}
    with pytest.raises(UsageError, match=message):
        compare(rubric, answers, at="day", **(windows | asked))
