"""The after-sales story: generated data, a real action, a placebo, and the known truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loopqa.engine.demo.after_sales import PLACEBO, REAL, Told, after_sales
from loopqa.engine.demo.before_after import before_after
from loopqa.engine.demo.exports import write_month
from loopqa.engine.demo.service import DIMENSIONS, Effect, Service
from loopqa.engine.workspace import Workspace
from loopqa.model.verdict import Outcome

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    steps = list(after_sales(folder))
    days = [step.day for step in steps[:-1]]
    assert days == sorted(days)
    assert isinstance(steps[-1], Told)
    return folder, steps[-1]


def test_the_real_action_is_improved_and_the_placebo_is_not(told):
    real, placebo = told[1].lessons
    assert (real.verdict.outcome, placebo.verdict.outcome) == (
        Outcome.IMPROVED,
        Outcome.INCONCLUSIVE,
    )
    assert (real.effect, placebo.effect) == (REAL, PLACEBO)
    assert (round(real.truth, 2), placebo.truth) == (0.64, 0)
    for lesson in (real, placebo):
        low, high = lesson.verdict.judgement.interval
        assert low <= lesson.truth <= high


def test_a_naive_comparison_calls_both_improved(told):
    for lesson in told[1].lessons:
        assert lesson.naive.says is Outcome.IMPROVED
        assert lesson.naive.p < 0.001
        judged = lesson.verdict.judgement
        moved = judged.after.mean - judged.before.mean
        assert lesson.naive.difference == pytest.approx(moved, abs=1e-9), "the same two scores"


def test_both_actions_were_opened_on_findings_that_were_low(told):
    folder, _ = told
    with Workspace.open(folder) as ws, ws.reading() as reader:
        actions = reader.actions()
        found = {one.id: one for one in reader.findings()}
    assert len(actions) == 2
    assert all(found[one].score < 3 for action in actions for one in action.findings)
    assert all(action.illustrative for action in actions)


def test_the_story_ends_with_reports_in_both_languages(told):
    names = sorted(path.name for path in told[1].reports)
    assert names == [f"after-sales_2026-09-01_2026-09-30.{one}.html" for one in ("en", "zh")]
    assert all(path.exists() for path in told[1].reports)


def test_the_known_truth_is_what_many_customers_would_feel():
    effect = replace(REAL, since=JULY)
    means = {}
    for name, effects in (("with", (effect,)), ("without", ())):
        service, asked = Service(3, effects), []
        for _ in range(40):
            month = service.month(JULY)
            asked.append(month.ratings["responsiveness"][month.channel == 0])
        means[name] = np.concatenate(asked).mean()
    assert means["with"] - means["without"] == pytest.approx(service.truth(effect), abs=0.03)


def test_nothing_but_the_named_cell_changes():
    quiet, changed = Service(5), Service(5, (Effect("communication", "shop", 0.7, JUNE),))
    one, other = quiet.month(JUNE), changed.month(JUNE)
    for name in DIMENSIONS:
        here = (one.channel == 3) if name == "communication" else np.zeros_like(one.answered)
        assert (one.ratings[name] == other.ratings[name])[~here].all()
    assert other.ratings["communication"].sum() > one.ratings["communication"].sum()


def test_the_exported_times_give_back_the_levels_by_the_bands_of_the_rubric(tmp_path):
    month = Service(1).month(JUNE)
    answered = write_month(tmp_path, month)
    tickets = pd.read_csv(tmp_path / "tickets-2026-06.csv", parse_dates=["opened", "responded"])
    minutes = (tickets.responded - tickets.opened).dt.total_seconds() / 60
    level = 5 - np.searchsorted([15, 120, 480, 1440], minutes)
    assert (level == month.internal["responsiveness"]).all()
    ratings = pd.read_csv(tmp_path / "ratings-2026-06.csv")
    assert len(ratings) == answered == month.answered.sum()
    assert (ratings.communication == month.ratings["communication"][month.answered]).all()


def test_the_naive_comparison_is_a_plain_test_of_two_blended_means():
    service = Service(1)
    months = [service.month(JUNE), service.month(JULY)]
    said = before_after(*months, "compliance", "shop")
    here = [(one, one.channel == 3) for one in months]
    asked = [one.ratings["compliance"][at & one.answered] for one, at in here]
    seen = [one.internal["compliance"][at & one.reviewed] for one, at in here]
    before, after = (0.6 * a.mean() + 0.4 * b.mean() for a, b in zip(asked, seen, strict=True))
    errors = [0.6 * stats.sem(one) for one in asked] + [0.4 * stats.sem(one) for one in seen]
    assert said.difference == pytest.approx(after - before)
    z = (after - before) / np.sqrt(np.square(errors).sum())
    assert said.p == pytest.approx(2 * stats.norm.sf(abs(z)))
