"""Derived columns wherever one can be named: segments, findings, scope, cluster, when, --by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from loopqa import compare, score
from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from loopqa.errors import DataError

RUBRIC = """\
rubric: r
version: "1"
scale: {low: 1, high: 5}
boxes: {top: [4, 5], bottom: [1, 2]}
finding: {below: 3, min_n: 5}
dimensions:
  speed: {weight: 50%, column: speed}
  welcome: {weight: 50%, column: welcome, when: {tenure: new}}
"""

# The segments of a periodic satisfaction survey: new and old customers, how often they order,
# and what they are worth.
WORKFLOW = """\
workflow: w
rubric: r
window: month
inputs:
  ratings: {type: csv, path: data/*.csv, dates: "%d.%m.%Y", map: {at: answered, orders: orders_90d}}
segments: [tenure, frequency, value]
cluster: [tenure]
derive:
  tenure: {from: registered, bands: {new: "<= 3 months", old: "> 12 months"}, otherwise: growing}
  frequency: {from: orders, bands: {low: "<= 2", high: "> 2"}}
  value: {from: grade, values: {high value: [A, B], ordinary: [C]}}
"""


def rows(month: int):
    """Twelve customers a month: the new ones are unhappy with the speed."""
    for number in range(12):
        answered = date(2026, month, 10)
        age = (30, 200, 800)[number % 3]
        registered = answered - timedelta(days=age)
        yield (
            f"{answered:%d.%m.%Y}", f"{registered:%d.%m.%Y}", (0, 2, 3, 9)[number % 4],
            "ABCD"[number % 4], 2 if age == 30 else 4, 5,
        )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name in ("rubrics", "workflows", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n", encoding="utf-8")
    (tmp_path / "rubrics" / "r.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "workflows" / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
    lines = ["answered,registered,orders_90d,grade,speed,welcome"]
    lines += [",".join(map(str, one)) for month in (3, 4) for one in rows(month)]
    (tmp_path / "data" / "ratings.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def opened(folder):
    with Workspace.open(folder, clock=Clock(datetime(2026, 5, 4, tzinfo=UTC)), actor="li") as ws:
        return run_workflow(ws, "w")


def test_a_run_scores_derived_segments_and_opens_a_finding_in_one(folder):
    report = opened(folder)
    assert [(one.dimension, one.scope) for one in report.opened] == [
        ("speed", (("tenure", ("new",)),))
    ]
    segments = {next(iter(one["by"].items())): one for one in report.wave.scores["segments"]}
    sizes = {key: one["dimensions"][0]["n"] for key, one in segments.items()}
    assert sizes == {
        ("tenure", "growing"): 4, ("tenure", "new"): 4, ("tenure", "old"): 4,
        ("frequency", "high"): 6, ("frequency", "low"): 6,
        ("value", "high value"): 6, ("value", "ordinary"): 3, ("value", "other"): 3,
    }  # fmt: skip


def test_a_condition_of_the_rubric_may_name_a_derived_column(folder):
    welcome = opened(folder).wave.scores["dimensions"][1]["indicators"][0]
    assert (welcome["n"], welcome["states"]["not_applicable"]) == (4, 8)


def test_scores_and_comparisons_of_files_know_them_from_the_workflow(folder):
    rubric, data = folder / "rubrics" / "r.yaml", folder / "data" / "ratings.csv"
    workflow = folder / "workflows" / "w.yaml"
    result = score(rubric, data, workflow=workflow, by="tenure", where={"value": "high value"})
    assert {one.by["tenure"]: one.card.dimension("speed").n for one in result.segments} == {
        "growing": 4, "new": 4, "old": 4,
    }  # fmt: skip
    judged = compare(
        rubric, data, workflow=workflow, before="2026-03-01..2026-03-31",
        after="2026-04-01..2026-04-30", scope={"tenure": "new"}, dimensions="speed",
    )  # fmt: skip
    assert (judged.verdicts[0].before.n, judged.verdicts[0].after.n) == (4, 4)


def test_a_source_column_that_is_not_there_is_named_with_the_nearest_one(folder):
    path = folder / "workflows" / "w.yaml"
    path.write_text(WORKFLOW.replace("from: registered", "from: registred"), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        opened(folder)
    assert str(caught.value).splitlines() == [
        "data/ratings.csv: no column registred (tenure)",
        "  hint: did you mean registered (registred)? name the right column in the workflow's "
        "`map` or with --map",
    ]
