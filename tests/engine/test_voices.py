"""Themes and cases in a whole workspace: from a column of remarks to what is kept and shown."""

from __future__ import annotations

import pytest

from loopqa.engine.run import run_workflow
from loopqa.language import speaking
from tests.engine.commented_desk import leave_remarks

FLOW = "desk-monthly"
PHONE = (("channel", ("phone",)),)


OWN = """
from loopqa.plugin import Analyser, Insight, Lead, Options, excerpt, hookimpl, text

class Loud(Analyser):
    type = "loud"
    summary = text("comments in capitals")
    Config = Options
    reads_cases = True

    def analyse(self, context):
        low = context.comments().low
        loudest = sorted(one.text.upper() for one in low)[0]
        lowest = context.cases(1).cases[0]
        return Insight(text("{n}", n=len(low)), (Lead(text("{said}", said=excerpt(loudest))),),
                       figures={"score": lowest.score})

@hookimpl
def loopqa_analysers():
    return [Loud]
"""


@pytest.fixture(scope="module")
def commented(make_desk, tmp_path_factory):
    """A desk whose remarks fit the scores, as it was before any run."""
    desk = make_desk(tmp_path_factory.mktemp("commented"))
    leave_remarks(desk)
    return desk


@pytest.fixture(scope="module")
def said(commented):
    """What the analysers said about its finding."""
    return insights(commented)


def insights(desk, scope=PHONE):
    """What was said about a finding, by analyser; and the warnings of the run."""
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, FLOW)
        with ws.reading() as reader:
            (finding,) = [one for one in reader.findings() if one.scope == scope]
            kept = reader.latest_analyses(finding.id)
    assert report.warnings == ()
    return {one.analyser: one.insight for one in kept}


def test_what_low_answers_speak_of_is_kept_with_the_finding(said):
    themes = said["themes"]
    words = {one.details["word"] for one in themes.leads if "word" in one.details}
    assert {"queue", "waiting"} <= words
    assert not words & {"fine", "price", "friendly colleague", "script", "alert"}
    assert themes.text.render("en").startswith("comments on low answers speak more often of '")


def test_words_of_root_causes_come_first_and_terms_point_to_them(said):
    themes = said["themes"]
    cause = themes.leads[0]
    assert cause.details == {"cause": "staffing"}
    assert cause.text.render("en").startswith("root cause 'staffing' (queue, 没人接): ")
    queue = next(one for one in themes.leads if one.details.get("word") == "queue")
    assert queue.text.render("en").endswith("; points to staffing")
    assert queue.figures["low"] >= 5
    assert queue.figures["low_share"] > queue.figures["rest_share"] == 0
    notes = [one.render("en") for one in themes.notes]
    assert "root causes to choose from: staffing, tooling" in notes


def test_keywords_of_the_rubric_are_counted_in_both_languages(said):
    themes = said["themes"]
    known = {one.details["keyword"]: one for one in themes.leads if "keyword" in one.details}
    assert set(known) == {"wait", "等"}  # nobody wrote slow or 慢


def test_it_is_said_how_much_was_read_and_in_which_languages(said):
    with speaking("en"):
        notes = [str(one) for one in said["themes"].notes]
    assert notes[0].startswith("low is a score of at most 2; read were ")
    assert notes[1].startswith("languages: English (all in Latin letters): ")


def test_the_lowest_cases_of_the_scope_are_shown_one_a_customer_and_masked(said):
    cases = said["cases"]
    assert len(cases.leads) == 2
    assert all(one.figures["score"] == 1 for one in cases.leads)
    assert all(one.scope == PHONE for one in cases.leads)
    assert len({one.details["customer"] for one in cases.leads}) == 2
    for one in cases.leads:
        assert one.details["case"].startswith("202609-phone-")
        assert one.details["speed.rating"] == "1"
        assert "0138" not in one.details["comment"]
    assert cases.leads[0].details["at"] >= cases.leads[1].details["at"]


def test_the_same_data_say_the_same_in_any_order_of_rows(said, make_desk, tmp_path):
    other = make_desk(tmp_path)
    leave_remarks(other)
    for file in (other.root / "data").glob("*.csv"):
        header, *rows = file.read_text("utf-8").splitlines()
        file.write_text("\n".join([header, *reversed(rows)]) + "\n", "utf-8")
    second = insights(other)
    assert second["themes"] == said["themes"]
    # the pseudonyms differ from workspace to workspace
    told = [{**one.details, "customer": ""} for one in said["cases"].leads]
    assert [{**one.details, "customer": ""} for one in second["cases"].leads] == told


def test_without_a_column_of_comments_it_is_said_why_there_is_nothing(desk):
    path = desk.root / "workflows" / f"{FLOW}.yaml"
    path.write_text(path.read_text("utf-8") + "analyse: [themes, cases]\n", "utf-8")
    said = insights(desk)
    assert said["themes"].text.render("en") == ("under 5 customers left a comment on a low answer")
    assert [one.render("en") for one in said["themes"].notes] == [
        "input 'ratings' has no comments: its `map` names no column of them"
    ]
    assert len(said["cases"].leads) == 3  # cases there are, without comments
    assert all("comment" not in one.details for one in said["cases"].leads)


def test_blank_comments_are_none(desk):
    leave_remarks(desk, lambda dice, speed: dice.choice(["", "  ", "\t"]))
    said = insights(desk)
    assert said["themes"].text.render("en") == ("under 5 customers left a comment on a low answer")
    assert said["themes"].notes == ()


def test_comments_that_have_nothing_to_do_with_scores_name_no_word(desk):
    words = [
        "one",
        "two",
        "red",
        "blue",
        "fast",
        "desk",
        "lamp",
        "chair",
        "river",
        "stone",
        "paper",
        "cloud",
    ]
    leave_remarks(desk, lambda dice, speed: " ".join(dice.sample(words, 3)))
    themes = insights(desk)["themes"]
    assert [one for one in themes.leads if "word" in one.details] == []
    assert themes.text.render("en").startswith("no word is used more often on low answers beyond")


def test_a_comment_of_a_megabyte_is_read_in_part_and_said_to_be(desk):
    leave_remarks(desk, lambda dice, speed: "queue " * 20_000 if dice.random() < 0.05 else "fine")
    with speaking("en"):
        notes = [str(one) for one in insights(desk)["themes"].notes]
    assert any(one.endswith("long comments the first 2000 characters were read") for one in notes)


def test_an_analyser_of_a_plugin_is_handed_the_same(desk):
    leave_remarks(desk, lambda dice, speed: "call 13800001234")
    (desk.root / "plugins").mkdir()
    (desk.root / "plugins" / "loud.py").write_text(OWN, "utf-8")
    flow = desk.root / "workflows" / f"{FLOW}.yaml"
    flow.write_text(flow.read_text("utf-8").replace("type: themes", "type: loud"), "utf-8")
    loud = insights(desk)["loud"]
    assert int(loud.text.render("en")) > 30
    assert loud.leads[0].text.render("en") == "CALL ***"
    assert loud.figures == {"score": 1}
