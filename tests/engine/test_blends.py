"""A blend whose raters rated the same cases: the covariance enters, checked on single cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loopqa import compare
from loopqa.errors import DataError

RUBRIC = """\
rubric: blend
version: "1"
title: {en: Blend}
scale: {low: 1, high: 5}
raters: {customer: {}, internal: {}}
blend: {customer: 60%, internal: 40%}
dimensions:
  care:
    title: {en: Care}
    indicators:
      asked: {rater: customer, column: asked}
      checked: {rater: internal, column: checked}
"""
WORKFLOW = """\
workflow: blend
rubric: blend
window: {previous: month}
inputs:
  ratings: {type: csv, path: ratings.csv, rater: customer, map: {case: case, at: at}}
  reviews: {type: csv, path: reviews.csv, rater: internal, map: {case: case, at: at}}
"""
MONTHS = {"before": "2026-01-01..2026-01-31", "after": "2026-02-01..2026-02-28"}


@pytest.fixture
def rubric(tmp_path):
    path = tmp_path / "blend.yaml"
    path.write_text(RUBRIC, encoding="utf-8")
    return path


def cases(seed=0, correlated=True):
    random = np.random.default_rng(seed)
    rows = []
    for month in (1, 2):
        for number in range(300):
            z = random.normal()
            other = z if correlated else random.normal()
            rows.append(
                {
                    "at": f"2026-{month:02}-10",
                    "case": f"{month}-{number}",
                    "channel": ("phone", "chat", "mail")[number % 3],
                    "asked": int(np.clip(round(3 + z + random.normal(0, 0.5)), 1, 5)),
                    "checked": int(np.clip(round(3 + other + random.normal(0, 0.5)), 1, 5)),
                }
            )
    return pd.DataFrame(rows)


def width(judged):
    low, high = judged.change.interval
    return high - low


def test_the_change_of_one_input_has_the_variance_of_the_cases_own_blends(rubric):
    rows = cases()
    (judged,) = compare(rubric, rows, at="at", **MONTHS).verdicts
    own = (0.6 * rows.asked + 0.4 * rows.checked).groupby(rows["at"].str[5:7])
    error = np.sqrt((own.var() / own.size()).sum())
    assert width(judged) == pytest.approx(2 * 1.962 * error, rel=0.01)


def test_raters_of_other_cases_have_no_covariance(rubric):
    correlated, apart = cases(), cases(correlated=False)
    (first,) = compare(rubric, correlated, at="at", **MONTHS).verdicts
    (second,) = compare(rubric, apart, at="at", **MONTHS).verdicts
    # .36 + .16 + 2 * .24 r against .36 + .16
    assert width(first) / width(second) == pytest.approx(np.sqrt(1 + 0.48 * 0.8 / 0.52), abs=0.07)


def test_two_inputs_that_share_case_ids_give_what_one_input_gives(rubric, tmp_path):
    rows = cases()
    rows[["at", "case", "channel", "asked"]].to_csv(tmp_path / "ratings.csv", index=False)
    rows[["at", "case", "channel", "checked"]].to_csv(tmp_path / "reviews.csv", index=False)
    flow = tmp_path / "flow.yaml"
    flow.write_text(WORKFLOW, encoding="utf-8")
    scope = {"scope": {"channel": "phone"}, "flagged": "named"}
    (one,) = compare(rubric, rows, at="at", **MONTHS, **scope).verdicts
    files = [f"customer={tmp_path / 'ratings.csv'}", f"internal={tmp_path / 'reviews.csv'}"]
    (two,) = compare(rubric, files, workflow=flow, at="at", **MONTHS, **scope).verdicts
    assert two.change.interval == pytest.approx(one.change.interval)
    assert two.interval == pytest.approx(one.interval)


def test_the_contrast_counts_cases_rated_twice(rubric):
    """Placebo worlds without clusters: the interval of the effect is as wide as chance asks."""
    scope = {"scope": {"channel": "phone"}, "flagged": "named", "local_drift": 0.0}
    estimates, errors = [], []
    for seed in range(40):
        (judged,) = compare(rubric, cases(seed), at="at", **MONTHS, **scope).verdicts
        estimates.append(judged.estimate)
        errors.append((judged.interval[1] - judged.interval[0]) / (2 * 1.65))
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.3)
    (apart,) = compare(rubric, cases(correlated=False), at="at", **MONTHS, **scope).verdicts
    assert np.mean(errors) > 1.15 * (apart.interval[1] - apart.interval[0]) / (2 * 1.65)


def test_without_case_ids_a_blend_says_what_it_takes_for_granted(rubric, tmp_path):
    rows = cases()
    halves = []
    for rater, column in (("customer", "asked"), ("internal", "checked")):
        path = tmp_path / f"{rater}.csv"
        rows[["at", "channel", column]].to_csv(path, index=False)
        halves.append(f"{rater}={path}")
    call = {"at": "at", "scope": {"channel": "phone"}, **MONTHS}
    (apart,) = compare(rubric, halves, **call).verdicts
    (together,) = compare(rubric, rows, **call).verdicts
    assert any("are taken to be independent" in one.template for one in apart.assumptions)
    assert not any("are taken to be independent" in one.template for one in together.assumptions)


def test_bare_files_name_the_column_of_cases(rubric, tmp_path):
    rows = cases().rename(columns={"case": "ticket"})
    rows[["at", "ticket", "asked"]].to_csv(tmp_path / "ratings.csv", index=False)
    rows[["at", "ticket", "checked"]].to_csv(tmp_path / "reviews.csv", index=False)
    data = [f"customer={tmp_path / 'ratings.csv'}", f"internal={tmp_path / 'reviews.csv'}"]
    (told,) = compare(rubric, data, at="at", case="ticket", **MONTHS).verdicts
    (whole,) = compare(rubric, cases(), at="at", **MONTHS).verdicts
    (untold,) = compare(rubric, data, at="at", **MONTHS).verdicts
    assert width(told) == pytest.approx(width(whole))
    assert width(told) > width(untold)
    with pytest.raises(DataError, match="no column tiket"):
        compare(rubric, data, at="at", case="tiket", **MONTHS)
