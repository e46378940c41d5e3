"""Samples of so many cases that they come in pages, and what their list says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.drawing import draw_sample, drawn_cases
from loopqa.engine.review_lists import review_list
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from loopqa.evidence import ingest, paging, snapshots, tallying
from tests.engine.reviewed_desk import build

PAGED: tuple[ModuleType, ...] = (ingest, paging, snapshots, tallying)


def test_the_list_says_the_day_of_the_draw_as_the_workspace_counts_days(tmp_path: Path) -> None:
    desk = build(tmp_path)
    night = datetime(2026, 10, 2, 20, tzinfo=UTC)  # the third of October in Shanghai
    with Workspace.open(desk.root, clock=Clock(night), actor="li") as ws:
        lines = review_list(ws, draw_sample(ws, "desk").sample).lines
    assert lines[0].render("en") == "S-1: 90 of 700 cases, drawn on 2026-10-03"


def test_a_sample_of_many_pages_is_drawn_handed_out_and_weighed_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = []
    for pages in ("whole", "paged"):
        if pages == "paged":
            for module in PAGED:
                monkeypatch.setattr(module, "PAGE_ROWS", 20)
        desk = build(tmp_path / pages)
        desk.review(
            [desk.draw("2026-10-02", "list.csv")],
            lambda case, kind: 1 + int(case[-2:]) % 5,
            [["T09-enquiry-9999", "2026-09-05", "enquiry", "1"]],
        )
        with desk.on("2026-10-05") as ws:
            report = run_workflow(ws, "desk")
            again = draw_sample(ws, "desk")
            numbers = drawn_cases(ws, again.sample).column("case").to_pylist()
        assert (again.fresh, report.coverage.outside) == (False, 1)
        scores.append((report.wave.scores["dimensions"], report.coverage, numbers))
    assert scores[0] == scores[1]
