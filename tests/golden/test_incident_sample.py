"""A sample of the real incidents, drawn by priority: as many of each as the reference says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.drawing import draw_sample, drawn_cases
from loopqa.engine.workspace import Workspace
from loopqa.model.window import Window
from tests.golden.incident_log import needs_log, unpacked
from tests.shared_data import expected

pytestmark = [needs_log, pytest.mark.timeout(120)]

REVIEWS = """\
  reviews: {type: csv, path: reviews.csv, rater: internal, map: {case: number, at: opened}}
sample: {draw_from: INPUT, for: reviews, strata: [priority], share: 10%, at_least: 30, per: total}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = unpacked(tmp_path_factory.mktemp("desk"))
    flow = folder / "workflows" / "service-desk.yaml"
    written = flow.read_text("utf-8")
    start = written.index("inputs:\n") + len("inputs:\n")
    name = written[start:].partition(":")[0].strip()
    inputs, sample = REVIEWS.replace("INPUT", name).split("sample:", 1)
    flow.write_text(f"{written[:start]}{inputs}{written[start:]}\nsample:{sample}", "utf-8")
    return folder


def test_all_incidents_are_sampled_in_proportion_and_priority_1_gets_27(desk):
    wanted = expected("incident_log")["stratified_by_priority"]
    with Workspace.open(desk, clock=Clock(datetime(2017, 6, 1, tzinfo=UTC)), actor="li") as ws:
        drawing = draw_sample(ws, "service-desk", window=Window.parse("2016-01-01..2017-05-31"))
        cases = drawn_cases(ws, drawing.sample)
    assert drawing.sample.population == wanted["N"]
    assert {one.stratum: one.drawn for one in drawing.sample.quotas} == wanted["allocation"]
    assert cases.num_rows == len(set(cases["case"].to_pylist())) == wanted["n"]
