"""Calls of ``compare``, ``score`` and ``plan`` that can't be meant, and numbers that are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loopqa import compare, plan, score
from loopqa.errors import LoopQAError, UsageError
from loopqa.language import speaking
from loopqa.model.yardstick import Kind, Yardstick

KPI = """\
rubric: waits
version: "1"
title: {en: Waits}
scale: {low: 0, high: 100}
dimensions:
  wait:
    title: {en: Wait}
    indicators: {t: {column: t, unit: min, score: {type: attainment, floor: 60, target: 5}}}
"""
CALL = {
    "at": "day",
    "scope": {"channel": "phone"},
    "before": "2026-03-01..2026-03-31",
    "after": "2026-06-01..2026-06-30",
}


def answers(months=(3, 4, 6, 7), n=60, seed=1):
    random = np.random.default_rng(seed)
    rows = [
        (f"2026-{month:02}-10", channel, *random.integers(1, 6, 3))
        for month in months
        for channel in ("phone", "chat", "mail")
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["day", "channel", "responsiveness", "attitude", "solution"])


@pytest.mark.parametrize("window", ["2026-04-01..2026-04-30", "2026-07-01..2026-07-31"])
def test_what_came_after_the_baseline_is_no_history(window):
    with speaking("en"), pytest.raises(UsageError) as refused:
        compare("hotline", answers(), history=window, **CALL)
    assert str(refused.value).splitlines() == [
        f"history {window} is not before 2026-03-01..2026-03-31",
        "  hint: history is what lies before the action; leave later windows out",
    ]


@pytest.mark.parametrize("name", ["material_change", "local_drift"])
def test_what_is_wider_than_the_scale_is_refused(name):
    with speaking("en"), pytest.raises(UsageError, match=r"the scale is 4 points wide"):
        compare("hotline", answers(), **CALL, **{name: 1e300})


def test_a_mistyped_scope_is_told_from_one_that_few_answered():
    with speaking("en"):
        judged = compare("hotline", answers(), **{**CALL, "scope": {"channel": "fone"}}).verdicts[0]
        assert str(judged.reason).startswith("no answer by customer lies in the scope")
        assert "how the scope is written" in str(judged.remedy)


@pytest.mark.parametrize("written", ["nan", "inf", "-inf", "1e400", "1e18"])
def test_numbers_that_are_none_are_rejected_rows_and_not_a_crash(tmp_path, written):
    rubric = tmp_path / "waits.yaml"
    rubric.write_text(KPI, encoding="utf-8")
    minutes = [str(1 + number % 50) for number in range(720)]
    rows = answers().assign(t=minutes)
    spoilt = rows.assign(t=[written, *minutes[1:]])
    scored = score(rubric, spoilt)
    assert [(one.column, one.value) for one in scored.rejected] == [("t", written)]
    without = rows.iloc[1:]
    assert (
        scored.card.dimension("wait").score == score(rubric, without).card.dimension("wait").score
    )
    judged, expected = (compare(rubric, one, **CALL).verdicts[0] for one in (spoilt, without))
    assert judged.to_dict() == expected.to_dict()


def test_a_mean_of_nothing_has_no_sign():
    fewer = Yardstick(Kind.SHARE, "%", lower_is_better=True)
    assert str(fewer.value(0.0)) == str(fewer.change(0.0)) == "0.0"


def test_what_would_stand_alone_is_to_be_named_beforehand():
    """More answers or a history are no remedy for having looked at three dimensions."""
    rows = answers(n=400, seed=3)
    last = (rows.day == "2026-06-10") & (rows.channel == "phone")
    rows.loc[last, "attitude"] = np.clip(rows.attitude[last] + (np.arange(400) % 5 < 2), 1, 5)
    with speaking("en"):
        judged = {
            one.dimension: one
            for one in compare("hotline", rows, flagged="named", local_drift=0.0, **CALL).verdicts
        }
        for one in judged.values():
            stands = one.interval[0] > 0 or one.interval[1] < 0
            if one.outcome == "inconclusive":
                assert ("named alone is judged alone" in str(one.remedy)) == stands
        assert any(one.interval[0] > 0 for one in judged.values())


def test_a_plan_never_promises_a_verdict_on_fewer_answers_than_one_takes():
    (few,) = plan("hotline", n=9, change=3).plans
    assert few.detectable is None
    assert few.answers == 10
    with speaking("en"):
        notes = plan("hotline", n=9).notes
        assert "fewer than 10 answers decide nothing, however large the change" in map(str, notes)
    with speaking("en"), pytest.raises(UsageError, match="can't come from a population of 50"):
        plan("hotline", n=100, population=50)


def test_a_plan_says_which_dimensions_are_judged_in_another_unit(tmp_path):
    rubric = tmp_path / "waits.yaml"
    rubric.write_text(KPI, encoding="utf-8")
    with speaking("en"):
        assert [str(one).split(":")[0] for one in plan(rubric, n=90).notes][-1] == "wait"
        assert not any("unit of its own" in str(one) for one in plan("hotline", n=90).notes)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00rubbish", b"team,start\nT1,\x002026\n"])
def test_a_roll_out_that_is_no_table_is_refused_with_a_hint(tmp_path, content):
    path = tmp_path / "rollout.csv"
    path.write_bytes(content)
    call = {name: value for name, value in CALL.items() if name != "scope"}
    with speaking("en"), pytest.raises(LoopQAError) as refused:
        compare("hotline", answers(), rollout=path, **call)
    assert "hint: " in str(refused.value)


def test_an_effect_is_never_said_to_be_larger_than_the_scale_is_wide():
    """Few clusters, few cells: the exact conditional bound runs far beyond the scale."""
    for seed in range(6):
        rows = answers(n=11, seed=seed)
        for judged in compare("hotline", rows, **CALL).verdicts:
            low, high = judged.interval
            assert -4 <= low <= judged.estimate <= high <= 4
