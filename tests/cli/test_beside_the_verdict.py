"""Response, other dimensions, low scorers and prospects, as the command line tells of them."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from tests.cli.chinese import english

WINDOWS = ["--before", "2026-01-01..2026-01-31", "--after", "2026-04-01..2026-04-30"]
CALL = ["compare", "hotline", "data/ratings.csv", "--at", "answered_on", *WINDOWS]
PHONE = [*CALL, "--scope", "channel=phone", "--dimension", "responsiveness"]


def test_compare_says_what_was_found_how_sure_and_who_answered(loopqa, at):
    at("new")
    answer = loopqa(*PHONE, "--invited", "before=300", "--invited", "after=290")
    assert "found: the action improved this: it moved the score by about +0.80 (between +0.37" in (
        answer.out
    )
    assert (
        "how sure: had the action done nothing, figures like these would come up in at most 5 of "
        "100 such comparisons"
    ) in answer.lines
    assert "response: 29% of 300 before, 29% of 290 after" in answer.lines
    assert answer.lines[-2:] == [
        "not named beforehand, so they decide nothing:",
        "none of 2 other dimensions moved beyond chance",
    ]


def test_compare_without_a_comparison_says_nothing_where_other_people_answer(loopqa, at):
    at("new")
    invited = ["--invited", "before=100", "--invited", "after=300", "--no-comparison"]
    document = loopqa(*PHONE, *invited, "--json").json
    (verdict,) = document["verdicts"]
    assert verdict["verdict"] == "inconclusive"
    assert verdict["reason"].startswith("response in the scope went from 87% to 28%: ")
    assert verdict["response"]["scope"]["before"] == {
        "invited": 100,
        "answered": 87,
        "rate": 0.87,
    }
    assert verdict["response"]["comparison"] is None
    assert [one["dimension"] for one in document["secondary"]] == ["attitude", "solution"]
    assert not any(one["primary"] for one in document["secondary"])


def test_a_mistyped_number_of_invitations_is_refused(loopqa, at):
    at("new")
    answer = loopqa(*PHONE, "--invited", "before=many")
    assert (answer.code, answer.err) == (
        2,
        "error: 'many' is no number\n"
        "  hint: write it like --invited before=400 --invited after=350\n",
    )


def asked_twice(folder: Path) -> Path:
    """Two waves of 80 customers in two channels: nothing was done, every answer is drawn anew."""
    dice = random.Random(4)
    path = folder / "twice.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        names = ["channel", "customer", "day", "responsiveness", "attitude", "solution"]
        rows.writerow(names)
        for day in ("2026-01-10", "2026-04-10"):
            for channel in ("phone", "chat"):
                for number in range(80):
                    scores = [dice.randint(1, 5) for _ in range(3)]
                    rows.writerow([channel, f"{channel}{number}", day, *scores])
    return path


def test_customers_asked_again_show_service_recovery(loopqa, tmp_path):
    path = asked_twice(tmp_path)
    call = ["hotline", str(path), "--at", "day", *WINDOWS, "--scope", "channel=phone"]
    call += ["--asked", "same", "--customer", "customer", "--dimension", "responsiveness"]
    answer = loopqa("compare", *call)
    first, second = (
        one for one in answer.lines if "service recovery" in one or "beyond" in one[:9]
    )
    assert first.startswith("service recovery (never part of the verdict): ")
    assert "customers at 2 or below went from 1." in first
    assert second.startswith("  beyond that: ")
    told = loopqa("compare", *call, "--json").json["verdicts"][0]["recovery"]
    assert told["gain"] == told["after"] - told["before"]
    assert told["retest"] == [0.2, 0.7]
    least, most = told["expected_gain"]
    assert 0 < least < most
    assert told["interval"][0] < told["beyond"] < told["interval"][1]


def test_a_verdict_names_what_else_moved(loopqa, at):
    at("judged")
    assert (
        "none of 2 other dimensions moved beyond chance" in loopqa("verdict", "show", "V-1").lines
    )
    assert loopqa("verdict", "list").err == "1 of 1 · --action A-1, --secondary, --json\n"
    every = loopqa("verdict", "list", "--secondary", "--json").json
    assert [one["primary"] for one in every["items"]] == [True, False, False]
    shown = loopqa("verdict", "show", "V-1", "--json").json
    assert [one["id"] for one in shown["secondary"]] == ["V-2", "V-3"]
    said = "looked at beside A-1, which did not name it: decides nothing"
    assert said in loopqa("verdict", "show", "V-2").out
    assert said not in loopqa("verdict", "show", "V-1").out
    story = loopqa("action", "show", "A-1", "--json").json
    assert [one["id"] for one in story["secondary"]] == ["V-2", "V-3"]
    assert story["prospects"] is None


def test_an_action_whose_effect_cannot_be_seen_stays_marked(loopqa, at):
    folder = at("found", "2026-02-05")
    rubric = folder / "rubrics" / "hotline.yaml"
    rubric.write_text(rubric.read_text("utf-8").replace(">= 3.5", ">= 2.5"), "utf-8")
    opened = loopqa("action", "open", "F-1", "--title", "Call-back desk")
    assert opened.code == 0
    assert opened.lines[1].startswith("  responsiveness: the re-survey can't see the effect: ")
    assert opened.lines[2].startswith("  what would help: ")
    assert "open, effect can't be seen" in loopqa("action", "list").out
    document = loopqa("action", "show", "A-1", "--json").json
    assert document["prospects"]["hidden"] is True
    assert document["prospects"]["answer"]["known_on"] == "2026-06-01"
    chinese = loopqa("action", "show", "A-1", "--lang", "zh")
    assert "复评看不出效果" in chinese.out
    assert [line for line in english(chinese.out) if "Call-back" not in line] == []


def test_a_second_action_in_the_segment_is_warned_of(loopqa, at):
    at("opened", "2026-02-06")
    answer = loopqa("action", "open", "F-1", "--title", "Second line")
    assert (
        "  A-1 is at work on the same, in the same or an overlapping segment: the verdict will not "
        "tell what each action did"
    ) in answer.lines
