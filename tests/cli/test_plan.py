"""`loopqa plan` and `loopqa prove` as a person meets them."""

from __future__ import annotations

import math

import pytest

from loopqa import plan
from loopqa.errors import UsageError
from tests.cli.chinese import english

TEXTBOOK = [
    ((), "random", 402),
    (("--asked", "same"), "same", 221),
    (("--history", "8"), "random+history", 226),
    (("--comparison",), "random+comparison", 804),
    (("--comparison", "--asked", "same"), "same+comparison", 442),
]


@pytest.mark.parametrize(("options", "design", "answers"), TEXTBOOK)
def test_sampling_alone_needs_the_textbook_number_of_answers(loopqa, options, design, answers):
    alone = [] if "--comparison" in options else ["--no-comparison"]
    document = loopqa("plan", "hotline", "--change", "0.2", *alone, *options, "--json").json
    assert (document["schema"], document["design"]) == ("loopqa.plan/1", design)
    (planned,) = document["plans"]
    assert planned["sampling_alone"]["answers_needed"] == pytest.approx(answers, abs=1)
    assert (planned["dimension"], planned["n"], planned["sd"]) == (None, None, 1.14)


def test_the_change_worth_seeing_is_the_rubrics_unless_another_is_given(loopqa):
    assert loopqa("plan", "hotline", "--json").json["change"] == 0.25
    assert loopqa("plan", "hotline", "--change", "0.4", "--json").json["change"] == 0.4


def test_a_plan_says_what_the_answers_show_and_what_it_assumes(loopqa):
    answer = loopqa("plan", "hotline", "--n", "100")
    assert answer.code == 0
    assert answer.lines[0] == (
        "design random+comparison; answers are those in the scope and period; seen in 4 of 5 cases"
    )
    assert answer.lines[2].split() == ["any", "100", "0.67", "never", "0.57", "515"]
    assert answer.err.splitlines() == [
        "- the comparison brings as many answers as the scope, in every period",
        "- the spread of answers is taken to be 1.14 points",
        "- no number of answers shows less than 0.35 points, because scopes move by themselves",
    ]


def test_without_comparison_and_history_a_plan_says_that_no_verdict_will_come(loopqa):
    answer = loopqa("plan", "hotline", "--n", "100", "--no-comparison", "--history", "3")
    assert answer.code == 0
    assert answer.lines[2].split() == ["any", "100", "-", "never", "0.40", "258"]
    assert answer.err.splitlines() == [
        "- with neither a comparison nor 6 earlier windows every verdict will be inconclusive, "
        "however many answer",
        "- fewer than 6 earlier windows do not count",
        "- the spread of answers is taken to be 1.14 points",
    ]


def test_invitations_follow_from_the_response_rate(loopqa):
    call = ["plan", "hotline", "--history", "8", "--invited", "400", "--response", "0.28"]
    (planned,) = loopqa(*call, "--json").json["plans"]
    assert planned["n"] == 112
    needed = planned["verdict"]["answers_needed"]
    assert planned["verdict"]["invitations_needed"] == -(-needed * 100 // 28)
    assert loopqa("plan", *call[1:]).lines[2].split()[-1] == str(
        planned["verdict"]["invitations_needed"]
    )


def test_answers_their_spread_and_their_repetition_are_taken_from_the_data(loopqa, at):
    at("new")
    window = ["--at", "answered_on", "--window", "2026-01-01..2026-01-31"]
    call = ["plan", "hotline", "data/ratings.csv", "--scope", "channel=phone", *window]
    plans = {one["dimension"]: one for one in loopqa(*call, "--json").json["plans"]}
    assert list(plans) == ["responsiveness", "attitude", "solution"]
    shown = loopqa("score", "hotline", "data/ratings.csv", "--json").json["dimensions"][0]
    assert plans["responsiveness"]["n"] < shown["n"] / 10
    assert plans["responsiveness"]["sd"] == pytest.approx(1.1, abs=0.15)
    assert plans["responsiveness"]["retest"] == 0.45
    earlier = ["--earlier", "2025-07-01..2025-12-31", "--customer", "customer"]
    again = {one["dimension"]: one for one in loopqa(*call, *earlier, "--json").json["plans"]}
    assert again["responsiveness"]["n"] == plans["responsiveness"]["n"]
    assert again["responsiveness"]["retest"] < 0.45  # the template's customers do not repeat


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "0"], "error: n must be more than 0, not 0\n"),
        (["--change", "-0.2"], "error: change must be more than 0, not -0.2\n"),
        (["--history", "-1"], "error: history can't be negative\n"),
        (
            ["--response", "28"],
            "error: response must lie between 0 and 1, not 28.0\n  hint: write 28 % as 0.28\n",
        ),
        (["--retest", "1"], "error: retest must lie between 0 and 1, not 1.0\n"),
        (
            ["--invited", "300"],
            "error: how many of those invited answer is not known\n"
            "  hint: give the response rate, e.g. --response 0.28\n",
        ),
    ],
)
def test_an_impossible_plan_is_refused(loopqa, options, message):
    answer = loopqa("plan", "hotline", *options)
    assert (answer.code, answer.out, answer.err) == (2, "", message)


def test_a_plan_for_nobody_known_is_refused(loopqa):
    with pytest.raises(UsageError) as refused:
        plan("hotline", asked="everybody")
    assert str(refused.value).startswith("asked can't be 'everybody'; it is one of random, same")


def test_low_scorers_can_be_planned_for(loopqa):
    answer = loopqa("plan", "hotline", "--asked", "low", "--n", "60", "--history", "8")
    assert answer.code == 0
    assert answer.out.startswith("design low+comparison+history;")
    assert "answers are those of low scorers who answer again" in answer.err


def test_few_customers_need_fewer_answers_by_sampling_alone(loopqa):
    def needed(*options):
        plans = loopqa("plan", "hotline", "--n", "50", "--json", *options).json["plans"]
        return plans[0]["sampling_alone"]["answers_needed"], plans[0]["verdict"]["answers_needed"]

    endless, verdict = needed()
    assert needed("--population", "200") == (math.ceil(endless / (1 + endless / 200)), verdict)


def test_a_plan_by_a_workflow_says_on_which_day_the_answer_is_known(loopqa, at):
    at("new", "2026-02-04")
    call = ["hotline", "--scope", "channel=phone", "--workflow", "workflows/hotline.yaml"]
    answer = loopqa("plan", *call, "--closing", "2026-02-20")
    assert answer.lines[-1] == (
        "closed on 2026-02-20, the action is re-surveyed in 2026-04-01..2026-04-30; the verdict is "
        "known on 2026-05-01"
    )
    document = loopqa("plan", *call, "--json").json
    assert document["answer"] == {
        "closing": "2026-02-04",
        "due": "2026-03-04",
        "window": "2026-04-01..2026-04-30",
        "known_on": "2026-05-01",
    }
    refused = loopqa("plan", "hotline", "--n", "60", "--closing", "2026-02-20")
    assert refused.err == (
        "error: when the answer is known depends on a workflow\n  hint: name it with --workflow\n"
    )


PROVE = ("prove", "--workspaces", "0", "--processes", "1")


def test_prove_prints_who_is_fooled_and_how_often(loopqa):
    answer = loopqa(*PROVE, "--cycles", "24", "--seed", "5")
    assert answer.code == 0
    assert answer.err == "24 simulated cycles, seed 5; each an action whose effect is known\n"
    assert [line.split("  ")[0] for line in answer.lines[:6]] == [
        "practice",
        "mean went up",
        "t-test",
        "rank test",
        "plain difference in differences",
        "LoopQA",
    ]
    assert answer.lines[-1] == "LoopQA keeps its promise: no error significantly above 5 %"
    headings = [line for line in answer.lines if line.startswith("LoopQA ") and line.endswith(":")]
    assert headings == [
        "LoopQA by design (who was asked, and what it was held against):",
        "LoopQA by make of the world:",
        "LoopQA in the varied worlds, by what is hostile in them:",
        "LoopQA by how the world moves by itself:",
        "LoopQA by what is measured:",
    ]


def test_prove_gives_the_same_document_for_the_same_seed(loopqa):
    call = ["prove", "--cycles", "9", "--seed", "5", "--workspaces", "0", "--json"]
    document = loopqa(*call).json
    assert document == loopqa(*call, "--processes", "1").json
    assert (document["schema"], document["seed"], document["cycles"]) == ("loopqa.prove/1", 5, 9)
    assert [row["name"] for row in document["practices"]][-1] == "LoopQA"
    assert len(document["designs"]) == 9


def test_prove_tells_of_the_cycles_through_a_workspace(loopqa):
    answer = loopqa("prove", "--cycles", "1", "--workspaces", "1", "--seed", "3", "--worlds", "kpi")
    told = [line for line in answer.lines if "through a workspace" in line]
    assert told[0].startswith("1 cycles through a workspace: ")
    assert told[0].endswith(" 0 lost, 0 twice")


def test_prove_refuses_worlds_that_there_are_none_of(loopqa):
    answer = loopqa("prove", "--worlds", "flat")
    assert answer.code == 2
    assert "standard" in answer.err


@pytest.mark.parametrize(
    "call",
    [["plan", "hotline", "--n", "100"], ["prove", "--cycles", "12", "--seed", "1", *PROVE[1:]]],
)
def test_plans_and_proofs_speak_chinese_only(loopqa, call):
    answer = loopqa(*call, "--lang", "zh")
    assert answer.code == 0
    assert [line for line in english(answer.out + answer.err) if "LoopQA" not in line] == []
