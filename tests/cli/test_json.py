"""Every reading command has one JSON document, always of the same shape."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

LISTS = {
    "finding": ("found", "F"),
    "action": ("closed", "A"),
    "resurvey": ("closed", "R"),
    "verdict": ("judged", "V"),
}
DAYS = ("due", "started_on", "closed_on")
INSTANTS = ("opened_at", "due_at", "ready_at", "reached_at", "created_at", "at")


def assert_iso(document):
    """Days and instants, wherever they stand, are ISO 8601; instants know their offset."""
    for name, value in document.items():
        if isinstance(value, dict):
            assert_iso(value)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    assert_iso(one)
        elif value is not None and name in DAYS:
            assert date.fromisoformat(value).isoformat() == value
        elif value is not None and name in INSTANTS:
            assert datetime.fromisoformat(value).tzinfo is not None


@pytest.mark.parametrize(("noun", "stage"), [(noun, stage) for noun, (stage, _) in LISTS.items()])
def test_lists_have_a_total_and_items_with_ids_that_show_understands(loopqa, at, noun, stage):
    at(stage, "2026-02-28" if stage == "closed" else "2026-05-03")
    every = [] if noun == "verdict" else ["--state", "all"]
    listed = loopqa(noun, "list", *every, "--json")
    document = listed.json
    assert (listed.code, listed.err) == (0, "")
    assert list(document) == ["schema", "total", "items"]
    assert document["schema"] == f"loopqa.{noun}.list/1"
    assert document["total"] == len(document["items"]) == 1
    (item,) = document["items"]
    assert re.fullmatch(rf"{LISTS[noun][1]}-\d+", item["id"])
    shown = loopqa(noun, "show", item["id"], "--json").json
    assert shown["schema"] == f"loopqa.{noun}/1"
    assert {name: shown[name] for name in item} == item
    assert_iso(shown)


def test_a_list_counts_what_its_filter_hides(loopqa, at):
    at("judged")
    document = loopqa("finding", "list", "--json").json
    assert (document["total"], document["items"]) == (1, [])


def test_plural_nouns_give_the_same_documents(loopqa, at):
    at("judged")
    for noun in (*LISTS, "rubric"):
        assert loopqa(f"{noun}s", "list", "--json").json == loopqa(noun, "list", "--json").json
    one, other = (loopqa(noun, "list", "--json").json for noun in ("plugin", "plugins"))
    assert one["items"] == other["items"]  # the whole documents hold times to load


def test_an_action_s_document_holds_its_whole_story(loopqa, at):
    at("judged")
    document = loopqa("action", "show", "A-1", "--json").json
    assert document["findings"] == ["F-1"]
    assert document["scope"] == {"channel": ["phone"]}
    assert document["state"] == "verified"
    assert (document["started_on"], document["closed_on"]) == ("2026-02-10", "2026-02-27")
    (resurvey,) = document["resurveys"]
    assert (resurvey["id"], resurvey["state"], resurvey["due"]) == ("R-1", "done", "2026-03-27")
    (verdict,) = document["verdicts"]
    assert (verdict["id"], verdict["verdict"]) == ("V-1", "improved")


def test_changes_answer_with_the_changed_record(loopqa, at):
    at("found", "2026-02-05")
    opened = loopqa("action", "open", "F-1", "--title", "Call-back desk", "--json").json
    assert (opened["schema"], opened["id"], opened["state"]) == ("loopqa.action/1", "A-1", "open")
    loopqa("action", "start", "A-1")
    closed = loopqa("action", "close", "A-1", "--evidence", "minutes", "--json").json
    assert (closed["state"], closed["resurvey"]["due"]) == ("closed", "2026-03-05")


def test_run_tick_status_and_preview_documents(loopqa, at, monkeypatch):
    at("new", "2026-02-04")
    dry = loopqa("run", "--dry-run", "--json").json
    assert (dry["schema"], dry["wave"], dry["falling_short"]) == ("loopqa.run/1", None, 1)
    document = loopqa("run", "--json").json
    assert document["rows"] == {"read": 2338, "loaded": 2338, "rejected": 0}
    assert [one["id"] for one in document["opened"]] == ["F-1"]
    assert len(document["backfilled"]) == 6
    assert_iso(document)
    loopqa("action", "open", "F-1", "--title", "Call-back desk")
    loopqa("action", "start", "A-1")
    loopqa("action", "close", "A-1", "--evidence", "minutes")
    preview = loopqa("resurvey", "preview", "R-1", "--json").json
    assert preview["window"] == "2026-04-01..2026-04-30"
    assert preview["ready_on"] == "2026-05-01"
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-02")
    tick = loopqa("tick", "--json").json
    assert tick["schema"] == "loopqa.tick/1"
    assert [one["id"] for one in tick["begun"]] == ["R-1"]
    assert [one["verdict"] for one in tick["verdicts"]] == ["improved"]
    assert tick["failures"] == []
    assert_iso(tick)
    status = loopqa("status", "--json").json
    assert status["schema"] == "loopqa.status/1"
    assert status["findings"] == {"resolved": 1}
    assert status["actions"] == {"verified": 1}


def test_resurvey_now_answers_with_its_verdicts(loopqa, at):
    at("closed", "2026-05-02")
    document = loopqa("resurvey", "now", "R-1", "--json").json
    assert document["schema"] == "loopqa.verdict.list/1"
    assert [one["id"] for one in document["items"]] == ["V-1"]


def test_score_and_compare_documents_have_the_fixed_fields(loopqa, at):
    at("new")
    score = loopqa("score", "hotline", "data/ratings.csv", "--by", "channel", "--json").json
    assert score["schema"] == "loopqa.score/1"
    assert set(score["rubric"]) == {"id", "version", "hash"}
    assert score["rows"] == {"read": 2338, "loaded": 2338, "rejected": 0}
    assert {
        "id",
        "n",
        "mean",
        "sd",
        "top_share",
        "bottom_share",
        "interval",
        "score",
        "target",
    } <= (set(score["dimensions"][0]))
    assert {"id", "rater", "n", "value", "unit", "score", "states"} <= set(
        score["dimensions"][0]["indicators"][0]
    )
    assert set(score["composite"]) == {"score", "n", "minimum"}
    assert [one["by"] for one in score["segments"]] == [
        {"channel": "chat"},
        {"channel": "mail"},
        {"channel": "phone"},
    ]
    windows = ["--before", "2026-01-01..2026-01-31", "--after", "2026-04-01..2026-04-30"]
    compare = loopqa(
        "compare", "hotline", "data/ratings.csv", "--at", "answered_on", *windows, "--json"
    ).json
    assert compare["schema"] == "loopqa.compare/1"
    fields = {"dimension", "verdict", "score_change", "before", "after", "change", "estimate"}
    fields |= {"interval", "confidence", "effect_size", "design", "assumptions", "reason"}
    for verdict in compare["verdicts"]:
        assert fields <= set(verdict)
        assert set(verdict["change"]) == {"difference", "interval", "p"}
        assert set(verdict["effect_size"]) == {"p_superiority", "interval"}


def test_check_audit_report_plugin_and_rubric_documents(loopqa, at):
    at("judged")
    assert loopqa("check", "--json").json == {
        "schema": "loopqa.check/1",
        "ok": True,
        "problems": [],
        "inputs": [],
    }
    audit = loopqa("audit", "verify", "--json").json
    assert audit == {
        "schema": "loopqa.audit/1",
        "whole": True,
        "broken_at": None,
        "head": loopqa("audit", "head").out.strip(),
        "entries": loopqa("audit", "head", "--json").json["entries"],
        "asked": None,
        "asked_at": None,
    }
    report = loopqa("report", "make", "--json").json
    assert (report["schema"], len(report["files"])) == ("loopqa.report/1", 2)
    plugins = loopqa("plugins", "list", "--json").json
    assert plugins["schema"] == "loopqa.plugin.list/1"
    assert (plugins["total"], plugins["failures"]) == (len(plugins["items"]), [])
    rubrics = loopqa("rubric", "list", "--json").json
    assert (rubrics["schema"], rubrics["total"]) == ("loopqa.rubric.list/1", 6)
    assert rubrics["items"][0]["origin"] == "workspace"
