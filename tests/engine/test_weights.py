"""Case weights in verdicts and scores: weighted means with Kish's effective number of answers."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from loopqa import compare, score
from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace

RUBRIC = """\
rubric: weighted
version: "1"
title: {en: Weighted}
scale: {low: 1, high: 5}
dimensions:
  care: {title: {en: Care}, column: care, score: weighted_mean}
"""
WORKFLOW = """\
workflow: weighted
rubric: weighted
window: {previous: month}
inputs:
  ratings: {type: csv, path: ratings.csv, rater: customer, map: {weight: w, at: at}}
"""
MONTHS = {"before": "2026-01-01..2026-01-31", "after": "2026-02-01..2026-02-28"}


@pytest.fixture
def weighted(tmp_path):
    random = np.random.default_rng(2)
    rows = pd.DataFrame(
        {
            "at": [f"2026-{month:02}-10" for month in (1, 2) for _ in range(240)],
            "channel": ["phone", "chat", "mail"] * 160,
            "care": random.integers(1, 6, 480),
            "w": random.choice([0.5, 1.0, 4.0], 480),
        }
    )
    path, flow, data = (tmp_path / name for name in ("weighted.yaml", "flow.yaml", "ratings.csv"))
    path.write_text(RUBRIC, encoding="utf-8")
    flow.write_text(WORKFLOW, encoding="utf-8")
    rows.to_csv(data, index=False)
    return path, data, flow, rows


def kish(rows):
    mean = np.average(rows.care, weights=rows.w)
    n = rows.w.sum() ** 2 / (rows.w**2).sum()
    variance = np.average((rows.care - mean) ** 2, weights=rows.w) * n / (n - 1)
    return mean, n, variance


def test_the_change_of_a_weighted_mean_has_kishs_variance(weighted):
    path, data, flow, rows = weighted
    (judged,) = compare(path, data, workflow=flow, at="at", **MONTHS).verdicts
    (first, n, v), (second, m, u) = (kish(of) for _, of in rows.groupby("at"))
    assert judged.before.mean == pytest.approx(first)
    assert judged.after.mean == pytest.approx(second)
    assert (judged.before.n, judged.after.n) == (int(n), int(m))
    half = (judged.change.interval[1] - judged.change.interval[0]) / 2
    assert half == pytest.approx(1.966 * np.sqrt(v / n + u / m), rel=0.005)
    assert any("are weighted" in one.template for one in judged.assumptions) or judged.reason


def test_the_effect_is_a_contrast_of_weighted_means(weighted):
    path, data, flow, rows = weighted
    scope = {"scope": {"channel": "phone"}, "flagged": "named"}
    (judged,) = compare(path, data, workflow=flow, at="at", **MONTHS, **scope).verdicts
    inside = rows.channel == "phone"
    means = {(arm, day): kish(of)[0] for (arm, day), of in rows.groupby([inside, rows["at"]])}
    (first, last) = sorted(rows["at"].unique())
    expected = means[True, last] - means[True, first] - means[False, last] + means[False, first]
    assert judged.estimate == pytest.approx(expected)
    assert any("are weighted" in one.template for one in judged.assumptions)


def test_the_score_of_a_dimension_has_kishs_interval(weighted):
    path, data, flow, rows = weighted
    dimension = score(path, data, workflow=flow).card.dimension("care")
    mean, n, variance = kish(rows)
    assert (dimension.n, dimension.score) == (480, pytest.approx(mean))
    assert dimension.mean == pytest.approx(mean)
    half = (dimension.interval[1] - dimension.interval[0]) / 2
    assert half == pytest.approx(1.969 * np.sqrt(variance / n), rel=0.005)


def test_the_effect_size_counts_answers_by_their_weights(weighted):
    path, data, flow, rows = weighted
    (judged,) = compare(path, data, workflow=flow, at="at", **MONTHS).verdicts
    first, second = (of for _, of in rows.groupby("at"))
    better = np.sign(second.care.to_numpy()[:, None] - first.care.to_numpy()[None, :])
    pairs = second.w.to_numpy()[:, None] * first.w.to_numpy()[None, :]
    expected = ((better > 0) + 0.5 * (better == 0)) * pairs
    assert judged.effect_size.p_superiority == pytest.approx(expected.sum() / pairs.sum())
    plain = ((better > 0) + 0.5 * (better == 0)).mean()
    assert abs(judged.effect_size.p_superiority - plain) > 1e-3
    low, high = judged.effect_size.interval
    assert low < judged.effect_size.p_superiority < high


def test_weights_reach_segments_and_findings(weighted, tmp_path):
    path, data, flow, rows = weighted
    result = score(path, data, workflow=flow, by="channel")
    means = {one.by["channel"]: one.card.dimension("care").mean for one in result.segments}
    assert means == {
        channel: pytest.approx(np.average(of.care, weights=of.w))
        for channel, of in rows.groupby("channel")
    }
    root = tmp_path / "workspace"
    for name, text in (
        ("loopqa.yaml", "time_zone: UTC\n"),
        ("rubrics/weighted.yaml", RUBRIC + "finding: {below: 5, min_n: 10}\n"),
        ("workflows/weighted.yaml", WORKFLOW.replace("ratings.csv", str(data))),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    with Workspace.open(root, clock=Clock(datetime(2026, 3, 4, tzinfo=UTC)), actor="li") as ws:
        (finding,) = run_workflow(ws, "weighted").opened
    last = rows[rows["at"] == "2026-02-10"]
    assert finding.score == pytest.approx(np.average(last.care, weights=last.w))
