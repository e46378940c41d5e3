"""A randomised roll-out judged from data at hand, against brute force over the raw rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loopqa import compare
from loopqa.calc.effect.randomisation import Panel
from loopqa.errors import DataError, UsageError
from tests.calc.dealing import p_by_brute_force

RUBRIC = """\
rubric: desk
version: "1"
title: {en: Desk}
scale: {low: 1, high: 5}
decide: {material_change: 0.25}
dimensions:
  speed: {title: {en: Speed}, column: speed}
"""
MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04"]
JANUARY, APRIL = "2026-01-01..2026-01-31", "2026-04-01..2026-04-30"
BETWEEN = ["2026-02-01..2026-02-28", "2026-03-01..2026-03-31"]
STARTS = {"T0": "2026-03-01", "T1": "2026-03-01", "T2": "2026-04-01", "T3": "2026-04-01"} | {
    "T4": None,
    "T5": "",
}


@pytest.fixture
def rubric(tmp_path):
    path = tmp_path / "desk.yaml"
    path.write_text(RUBRIC, encoding="utf-8")
    return path


def answers(effect=0.8, teams=6, seed=3):
    """Unequal numbers of answers in six teams and four months."""
    random = np.random.default_rng(seed)
    rows = []
    for team in range(teams):
        level = random.normal(3, 0.3)
        for month in MONTHS:
            shock = random.normal(0, 0.1)
            for _ in range(random.integers(15, 60)):
                day = f"{month}-{random.integers(1, 28):02}"
                start = STARTS.get(f"T{team}")
                mean = level + shock + (effect if start and start <= day else 0)
                score = int(np.clip(round(random.normal(mean, 0.8)), 1, 5))
                rows.append((day, f"T{team}", "mail" if team % 2 else "phone", score))
    return pd.DataFrame(rows, columns=["day", "team", "channel", "speed"])


def judged(rubric, data, **asked):
    windows = {"before": JANUARY, "after": APRIL, "history": BETWEEN}
    (verdict,) = compare(rubric, data, at="day", **(windows | asked)).to_dict()["verdicts"]
    return verdict


def begun(team, month):
    return bool(STARTS[team]) and STARTS[team] <= f"{month}-01"


def panel_of(data):
    """The panel straight from the rows; the variance of an answer is pooled within the cells."""
    cells = data.groupby(["team", data["day"].str[:7]])["speed"]
    means, n = cells.mean().unstack(), cells.size().unstack()
    spread = (cells.var() * (cells.size() - 1)).sum() / (cells.size() - 1).sum()
    exposure = np.array(
        [
            [float(bool(STARTS[team]) and STARTS[team] <= f"{m}-01") for m in MONTHS]
            for team in means.index
        ]
    )
    return Panel(means[MONTHS].to_numpy(), spread / n[MONTHS].to_numpy(), exposure)


@pytest.mark.parametrize("effect", [0.0, 0.8, -0.8])
def test_verdict_and_interval_are_those_of_brute_force_over_the_rows(rubric, effect):
    data = answers(effect)
    verdict = judged(rubric, data, rollout={"team": STARTS})
    panel = panel_of(data)
    (low, high), level, step = verdict["interval"], 0.05, 1e-4
    assert p_by_brute_force(panel, low - step)[0] <= level < p_by_brute_force(panel, low + step)[0]
    assert p_by_brute_force(panel, high + step)[1] <= level
    assert p_by_brute_force(panel, high - step)[1] > level
    p_up, p_down = p_by_brute_force(panel, 0.0)
    assert (verdict["verdict"] == "improved") == (p_up <= level)
    assert (verdict["verdict"] == "worsened") == (p_down <= level)
    assert verdict["design"] == "rollout+holdout"
    assert verdict["after"]["n"] == int((data["team"] <= "T3").where(data["day"] > "2026-04").sum())


def test_a_file_says_the_same_as_a_mapping(rubric, tmp_path):
    data = answers()
    file = tmp_path / "starts.csv"
    lines = [f"{team},{start or ''}" for team, start in STARTS.items()]
    file.write_text("team,start\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert judged(rubric, data, rollout=str(file)) == judged(rubric, data, rollout={"team": STARTS})


def test_the_order_of_rows_and_the_names_of_teams_do_not_matter(rubric):
    data = answers()
    renamed = data.assign(team="team-" + data["team"].map(lambda name: f"{9 - int(name[1])}"))
    starts = {f"team-{9 - int(name[1])}": start for name, start in STARTS.items()}
    one = judged(rubric, data, rollout={"team": STARTS})
    other = judged(rubric, renamed.sample(frac=1, random_state=1), rollout={"team": starts})
    assert other["interval"] == pytest.approx(one["interval"])
    assert other["estimate"] == pytest.approx(one["estimate"])
    assert other["verdict"] == one["verdict"]


def test_teams_that_no_lot_was_drawn_for_do_not_count(rubric):
    stray = answers().query("team == 'T0'").assign(team="T9", speed=1)
    data = answers()
    with_stray = pd.concat([data, stray])
    assert judged(rubric, with_stray, rollout={"team": STARTS}) == judged(
        rubric, data, rollout={"team": STARTS}
    )


def test_where_lots_are_too_few_the_smallest_p_is_told(rubric):
    verdict = judged(rubric, answers(), rollout={"team": {"T0": "2026-04-01", "T1": None}})
    assert (verdict["verdict"], verdict["design"]) == ("inconclusive", "holdout")
    assert verdict["reason"] == (
        "lots among 2 values of team can fall in 2 ways only: the smallest possible p is 0.5, "
        "above the 0.05 of a verdict"
    )
    assert verdict["remedy"] == "draw among more values of team, or begin in more steps"


def test_a_mode_that_changed_with_the_action_can_not_be_told_from_it(rubric):
    verdict = judged(rubric, answers(), rollout={"team": STARTS}, mode_changed="scope")
    assert verdict["reason"] == "the survey's mode or wording changed in the scope only"
    both = judged(rubric, answers(), rollout={"team": STARTS}, mode_changed="both")
    assert both["verdict"] == "improved"
    assert "survey mode or wording changed alike in scope and comparison" in both["assumptions"]


def test_answers_all_alike_and_few_answers_are_inconclusive(rubric):
    data = answers()
    alike = judged(rubric, data.assign(speed=3), rollout={"team": STARTS})
    assert alike["reason"] == "all answers are alike: how sure a difference is can't be told"
    few = judged(
        rubric, data.groupby(["team", data["day"].str[:7]]).head(1), rollout={"team": STARTS}
    )
    assert few["reason"] == (
        "only 6 answers with the action, or without it at the same time, or before it; the least "
        "is 10"
    )


def test_a_window_that_began_before_a_team_did_counts_for_the_days_since(rubric):
    late = {team: "2026-04-16" if team < "T3" else None for team in STARTS}
    whole = {team: "2026-04-01" if team < "T3" else None for team in STARTS}
    data = answers()
    half = judged(rubric, data, rollout={"team": late})["estimate"]
    assert half == pytest.approx(2 * judged(rubric, data, rollout={"team": whole})["estimate"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"rollout": {"team": {"T0": "soon", "T1": None}}}, "'soon' is no day"),
        ({"rollout": {"team": {"T0": None, "T1": None}}}, "begin on the same day"),
        ({"rollout": {"team": STARTS, "channel": {}}}, "a roll-out is one column"),
        ({"rollout": {"team": STARTS}, "comparison": False}, "brings its own comparison"),
        ({"rollout": {"team": STARTS}, "exclude": {"team": "T1"}}, "brings its own comparison"),
    ],
    ids=str,
)
def test_a_roll_out_that_makes_no_sense_is_refused(rubric, asked, message):
    with pytest.raises(UsageError, match=message):
        judged(rubric, answers(), **asked)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (None, "can't read the roll-out"),
        ("team,start,why\nT0,,\n", "has not two columns"),
        ("team,start\nT0,\nT0,2026-03-01\n", "names T0 twice"),
    ],
)
def test_a_file_that_is_no_roll_out_is_refused(rubric, tmp_path, written, message):
    file = tmp_path / "starts.csv"
    if written is not None:
        file.write_text(written, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        judged(rubric, answers(), rollout=file)


def test_windows_without_dates_can_not_be_placed(rubric):
    with pytest.raises(UsageError, match="windows that are given as dates"):
        compare(rubric, before=answers(), after=answers(), rollout={"team": STARTS})
