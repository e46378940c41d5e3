"""Roll-outs and hold-outs as a person meets them on the command line, in English and Chinese."""

from __future__ import annotations

import pytest

from tests.cli.chinese import english

FOUR_STEPS = ("action", "open", "F-1", "--title", "Call-back desk", "--rollout", "steps=4")


@pytest.fixture
def drawn(at, loopqa):
    """An action in four steps, one team of the phone each, started on 4 February."""
    at("found", "2026-02-04")
    assert loopqa(*FOUR_STEPS).code == 0
    return loopqa("action", "start", "A-1")


def test_opening_says_how_the_action_begins_and_starting_says_who_begins_when(at, loopqa):
    at("found", "2026-02-04")
    opened = loopqa(*FOUR_STEPS)
    assert opened.lines == ["A-1 is open, due 2026-03-06", "in 4 steps by team, drawn by lot"]
    assert loopqa("action", "show", "A-1").lines[-1] == (
        "  roll-out: in 4 steps by team, drawn by lot"
    )
    started = loopqa("action", "start", "A-1")
    assert started.lines == [
        "A-1 started on 2026-02-04",
        "step  begins      where",
        "1     2026-02-04  P1",
        "2     2026-04-01  P3",
        "3     2026-05-01  P2",
        "4     2026-06-01  P4",
    ]
    assert loopqa("action", "show", "A-1").lines[-5:] == started.lines[-5:]


def test_the_draw_is_told_as_json(drawn, loopqa):
    rollout = loopqa("action", "show", "A-1", "--json").json["rollout"]
    assert rollout["drawn"][1] == {"clusters": ["P3"], "starts_on": "2026-04-01"}
    del rollout["drawn"]
    assert rollout == {"by": "team", "steps": 4, "seed": 0, "every": "1 month", "holdout": 0.0}
    assert loopqa("action", "list", "--json").json["items"][0]["rollout"]["steps"] == 4


def test_an_action_without_roll_out_has_none(at, loopqa):
    at("started", "2026-02-10")
    assert loopqa("action", "show", "A-1", "--json").json["rollout"] is None


def test_starting_twice_does_not_draw_twice(drawn, loopqa):
    before = loopqa("action", "show", "A-1", "--json").json["rollout"]
    assert loopqa("action", "start", "A-1").code == 1
    assert loopqa("action", "show", "A-1", "--json").json["rollout"] == before


REFUSED = [
    (
        ("--holdout", "20%"),
        "error: lots among 4 values of team can fall in 4 ways only: the smallest possible p is "
        "0.25, above the 0.05 of a verdict\n"
        "  hint: --rollout steps=3 would do; or begin everywhere at once with --no-rollout: the "
        "verdict then rests on what lies outside the scope and on history\n",
    ),
    (("--holdout", "all"), "error: 'all' is no share\n  hint: write it like 20%\n"),
    (
        ("--rollout", "steps"),
        "error: --rollout 'steps' has no '='\n  hint: write it like --rollout by=team,steps=3\n",
    ),
    (
        ("--rollout", "by=teem,steps=4"),
        "error: 'teem' is neither a cluster nor a segment\n  hint: did you mean 'team'?\n",
    ),
    (
        ("--rollout", "steps=1"),
        "error: a roll-out in one step leaves nobody to compare with\n"
        "  hint: give --rollout steps=3, or --holdout 20%\n",
    ),
]


@pytest.mark.parametrize(("options", "said"), REFUSED, ids=str)
def test_what_can_not_be_drawn_is_refused_with_what_would_do(at, loopqa, options, said):
    at("found", "2026-02-04")
    answer = loopqa("action", "open", "F-1", "--title", "Call-back desk", *options)
    assert (answer.code, answer.err) == (2, said)


COMPARED = (
    *("compare", "hotline", "data/ratings.csv", "--at", "answered_on", "--rollout", "starts.csv"),
    *("--before", "2026-01-01..2026-01-31", "--after", "2026-04-01..2026-04-30"),
    *("--dimension", "responsiveness"),
)
STARTS = "team,start\n" + "".join(
    f"{channel}{number},{'2026-03-01' if channel == 'P' else ''}\n"
    for channel in "PCM"
    for number in range(1, 5)
)


def test_data_at_hand_is_judged_by_the_lots(at, loopqa):
    (at("found") / "starts.csv").write_text(STARTS, encoding="utf-8")
    (verdict,) = loopqa(*COMPARED, "--json").json["verdicts"]
    assert (verdict["verdict"], verdict["design"]) == ("improved", "holdout")
    assert "design: hold-out drawn by lot" in loopqa(*COMPARED).lines


def test_a_plan_says_what_a_draw_will_show(loopqa):
    planned = ("plan", "hotline", "--n", "300", "--clusters", "12")
    answer = loopqa(*planned, "--steps", "4", "--history", "6")
    assert answer.lines[2].split() == ["any", "300", "0.27", "374", "0.25", "302"]
    assert answer.err.splitlines()[:2] == [
        "- answers are those of all 12 clusters in each window; those drawn: 3, 3, 3, 3",
        "- a cluster is taken to move by 0.10 points by itself in a window",
    ]
    held = loopqa(*planned, "--holdout", "20%", "--json").json
    assert (held["design"], round(held["plans"][0]["verdict"]["detectable"], 2)) == (
        "holdout",
        0.73,
    )
    few = loopqa("plan", "hotline", "--clusters", "4", "--holdout", "20%")
    assert (few.code, few.err) == (
        2,
        "error: lots among 4 clusters in groups of 3, 1 can fall in 4 ways; a verdict takes at "
        "least 20\n  hint: plan with more clusters or more steps\n",
    )


def test_roll_outs_are_spoken_of_in_chinese(at, loopqa, monkeypatch):
    (at("found", "2026-02-04") / "starts.csv").write_text(STARTS, encoding="utf-8")
    monkeypatch.setenv("LOOPQA_LANG", "zh")
    said = [
        loopqa("action", "open", "F-1", "--title", "Call-back desk", "--holdout", "20%"),
        loopqa(*FOUR_STEPS),
        loopqa("action", "start", "A-1"),
        loopqa("action", "close", "A-1", "--evidence", "rota"),
        loopqa("action", "show", "A-1"),
        loopqa(*COMPARED),
        loopqa("plan", "hotline", "--clusters", "12", "--steps", "3", "--n", "300"),
        loopqa("plan", "hotline", "--clusters", "4", "--holdout", "20%"),
    ]
    assert said[1].lines == ["A-1 已建立，2026-03-06 到期", "按 team 抽签分 4 步实施"]
    assert said[2].lines[1].split() == ["步骤", "开始", "范围"]
    assert [english(answer.out + answer.err) for answer in said] == [[]] * len(said)
