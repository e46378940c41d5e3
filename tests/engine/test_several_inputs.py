"""Several inputs in one workflow: columns that one of them lacks, samples that differ in size."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from loopqa import compare, score
from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from loopqa.errors import DataError

RUBRIC = """\
rubric: r
version: "1"
scale: {low: 0, high: 100}
finding: {below: 60, min_n: 10}
dimensions:
  experience:
    weight: 70%
    indicators:
      csat: {measure: {column: csat, low: 1, high: 5}, aggregate: share, unit: "%",
             score: {type: attainment, floor: 0, target: 100, of: [4, 5]}}
      nps: {measure: {column: nps, low: 0, high: 10}, aggregate: nps, unit: points,
            score: {type: attainment, floor: -100, target: 100}}
  speed:
    weight: 30%
    indicators:
      seconds: {measure: {column: seconds, low: 0, high: 900}, unit: s,
                score: {type: attainment, floor: 60, target: 0, direction: lower_is_better}}
"""

WORKFLOW = """\
workflow: w
rubric: r
window: month
inputs:
  csat: {type: csv, path: data/csat.csv}
  nps: {type: csv, path: data/nps.csv}
  calls: {type: csv, path: data/calls.csv}
segments: [channel]
"""


def table(header, rows):
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)])


@pytest.fixture
def folder(tmp_path):
    for name in ("rubrics", "workflows", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "loopqa.yaml").write_text("time_zone: UTC\n", encoding="utf-8")
    (tmp_path / "rubrics" / "r.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "workflows" / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
    channel = ["phone", "chat"]
    csat = [("2026-03-05", channel[n % 2], 5 if n % 4 else 2) for n in range(400)]
    (tmp_path / "data" / "csat.csv").write_text(table("at,channel,csat", csat), encoding="utf-8")
    nps = [("2026-03-06", 10 if n % 2 else 3) for n in range(20)]
    (tmp_path / "data" / "nps.csv").write_text(table("at,nps", nps), encoding="utf-8")
    calls = [("2026-03-07", channel[n % 2], 6 + n % 13) for n in range(100)]
    (tmp_path / "data" / "calls.csv").write_text(
        table("at,channel,seconds", calls), encoding="utf-8"
    )
    return tmp_path


def run(folder, **options):
    with Workspace.open(folder, clock=Clock(datetime(2026, 4, 4, tzinfo=UTC)), actor="li") as ws:
        return run_workflow(ws, "w", **options)


def dimension(document, name):
    return next(one for one in document["dimensions"] if one["id"] == name)


def test_a_dimension_of_two_samples_is_as_sure_as_both_and_counts_the_smaller(folder):
    experience = dimension(run(folder).scores, "experience")
    assert experience["n"] == 20
    assert experience["score"] == pytest.approx((75 + 50) / 2)
    assert experience["mean"] == pytest.approx(experience["score"])
    csat = np.where(np.arange(400) % 4, 100.0, 0.0)
    nps = np.where(np.arange(20) % 2, 100.0, 0.0)  # worth 0..100 on the rubric's scale
    error = np.sqrt(csat.var(ddof=1) / 400 + nps.var(ddof=1) / 20) / 2
    low, high = experience["interval"]
    assert high - low == pytest.approx(2 * 2.0930 * error, rel=1e-3)  # t of 19 degrees of freedom


def test_a_slice_without_one_of_the_dimension_s_samples_has_no_score_of_it(folder):
    report = run(folder)
    segments = {one["by"]["channel"]: one for one in report.wave.scores["segments"]}
    assert sorted(segments) == ["", "chat", "phone"]
    for name in ("chat", "phone"):
        experience = dimension(segments[name], "experience")
        assert (experience["score"], experience["interval"]) == (None, None)
        assert [one["n"] for one in experience["indicators"]] == [200, 0]
        assert dimension(segments[name], "speed")["score"] is not None
    assert [str(one) for one in report.warnings] == [
        "nps has no column for channel: its cases belong to no segment of these"
    ]
    assert not [one for one in report.opened if one.scope and one.dimension == "experience"]


def test_a_column_that_no_input_has_is_refused(folder):
    path = folder / "workflows" / "w.yaml"
    path.write_text(WORKFLOW.replace("[channel]", "[chanel]"), encoding="utf-8")
    with pytest.raises(DataError, match="none of csat, nps, calls has a column for chanel"):
        run(folder)


def test_a_file_that_is_missing_at_run_time_is_named_and_nothing_is_written(folder):
    (folder / "data" / "nps.csv").unlink()
    with pytest.raises(DataError) as caught:
        run(folder)
    assert "data/nps.csv" in str(caught.value)
    assert not (folder / ".loopqa" / "evidence").exists()


def test_an_input_without_rows_in_the_window_leaves_its_indicator_without_a_value(folder):
    text = (folder / "data" / "nps.csv").read_text(encoding="utf-8").replace("2026-03", "2026-02")
    (folder / "data" / "nps.csv").write_text(text, encoding="utf-8")
    report = run(folder)
    nps = next(one for one in report.changes if one.indicator == "nps")
    assert (nps.n, nps.value) == (0, None)
    assert "nps has no case in 2026-03-01..2026-03-31: its indicators have no value there" in [
        str(one) for one in report.warnings
    ]


def test_scores_of_files_of_several_raters_may_be_split_by_a_column_of_one(folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = score("rubrics/r.yaml", workflow="workflows/w.yaml", by="channel")
    assert [one.by["channel"] for one in result.segments] == ["", "chat", "phone"]


MONTHS = {"before": "2026-02-01..2026-02-28", "after": "2026-03-01..2026-03-31"}


def test_more_answers_to_one_question_are_no_change_of_the_dimension(folder, monkeypatch):
    """The mails got ten times as many answers and all figures stay: pooled, the mean would fall."""
    channel = ["phone", "chat"]
    days = [("2026-02-05", 400, 40), ("2026-03-05", 400, 400)]
    csat = [(day, channel[n % 2], 5 if n % 4 else 2) for day, many, _ in days for n in range(many)]
    nps = [(day, 10 if n % 2 else 3) for day, _, many in days for n in range(many)]
    (folder / "data" / "csat.csv").write_text(table("at,channel,csat", csat), encoding="utf-8")
    (folder / "data" / "nps.csv").write_text(table("at,nps", nps), encoding="utf-8")
    monkeypatch.chdir(folder)
    judged = compare(
        "rubrics/r.yaml", workflow="workflows/w.yaml", dimensions="experience", **MONTHS
    ).verdicts
    assert [one.indicator for one in judged] == ["experience.csat", "experience.nps"]
    assert [one.change.difference for one in judged] == [0.0, 0.0]
    assert [one.change_unit for one in judged] == ["pp", "NPS points"]
