"""The outbox as people meet it: listed, shown, retried, tested, and told by the tick."""

from __future__ import annotations

import pytest

from tests.cli.chinese import english
from tests.engine.told_desk import Told

RULES = ("{on: [finding.*], type: trial, to: [li, wu]}",)


@pytest.fixture
def told(loopqa, at) -> Told:
    """A new workspace with people to be told."""
    return Told.of(at("new", "2026-02-04"), *RULES, workflow="hotline")


def test_what_is_told_can_be_seen_from_the_first_moment_to_the_last(told, loopqa, monkeypatch):
    assert loopqa("outbox", "list").err == "0 of 0 · --state all, --json\n"
    assert loopqa("run").code == 0
    listed = loopqa("outbox", "list")
    assert [line.split()[:6] for line in listed.lines] == [
        ["id", "event", "about", "by", "to", "state"],
        ["M-1", "finding.opened", "F-1", "trial", "li", "waiting"],
        ["M-2", "finding.opened", "F-1", "trial", "wu", "waiting"],
    ]
    told.answer(wu={"retryable": False})
    ticked = loopqa("tick")
    assert ticked.code == 3
    assert "M-1 delivered: trial to li" in ticked.lines
    assert "M-2 is given up; once it is mended: loopqa outbox retry M-2" in ticked.err
    assert "error: the receiver says no" in ticked.err
    assert "! messages given up: 1; see `loopqa outbox list --state dead`" in loopqa("status").out
    shown = loopqa("outbox", "show", "m2")
    assert shown.lines[0] == "M-2 given up: trial to wu, tries: 1"
    assert shown.lines[1] == "the last try: the receiver says no"
    assert "see `loopqa finding show F-1`" in shown.out
    told.answer()
    assert loopqa("outbox", "retry", "--dead").lines == ["M-2 is sent by the next tick"]
    assert loopqa("tick").lines == ["M-2 delivered: trial to wu"]
    assert loopqa("tick").err == "nothing is due\n"
    assert loopqa("outbox", "list", "--state", "delivered").err == "2 of 2 · --state all, --json\n"
    assert loopqa("outbox", "retry", "M-2").code == 1
    assert loopqa("outbox", "retry").code == 2
    assert loopqa("outbox", "show", "M-9").code == 2


def test_the_documents_say_the_same(told, loopqa):
    loopqa("run")
    told.answer(wu={"retryable": True, "retry_after": 60})
    ticked = loopqa("tick", "--json")
    assert ticked.code == 3
    assert ticked.json["delivered"] == ["M-1"]
    assert ticked.json["undelivered"] == [
        {
            "message": "M-2",
            "notifier": "trial",
            "recipient": "wu",
            "dead": False,
            "next_at": "2026-02-03T16:01:00+00:00",
            "error": "the receiver says no",
        }
    ]
    assert loopqa("outbox", "list").lines[1].endswith("  2026-02-04 00:01")
    listed = loopqa("outbox", "list", "--state", "all", "--json").json
    assert (listed["schema"], listed["total"]) == ("loopqa.outbox.list/1", 2)
    assert listed["items"][1] == {
        "id": "M-2",
        "state": "pending",
        "event": "finding.opened",
        "about": "F-1",
        "workflow": "hotline",
        "notifier": "trial",
        "recipient": "wu",
        "attempts": 1,
        "created_at": "2026-02-03T16:00:00+00:00",
        "next_at": "2026-02-03T16:01:00+00:00",
        "ended_at": None,
        "failure": "the receiver says no",
    }
    shown = loopqa("outbox", "show", "M-1", "--json").json
    assert shown["schema"] == "loopqa.outbox/1"
    assert shown["key"] == next(one["key"] for one in told.sent if one["to"] == "li")
    assert loopqa("status", "--json").json["messages"] == {"delivered": 1, "pending": 1}
    retried = loopqa("outbox", "retry", "M-2", "--json").json
    assert retried == {"schema": "loopqa.outbox.retry/1", "retried": ["M-2"]}


def test_a_test_message_goes_to_everybody_once_somebody_says_yes(told, loopqa):
    refused = loopqa("outbox", "test")
    assert (refused.code, refused.out) == (2, "")
    assert "this sends messages" in refused.err
    assert not (told.root / "sent.jsonl").exists()
    told.answer(wu={"retryable": True})
    tested = loopqa("outbox", "test", "--workflow", "hotline", "--yes")
    assert tested.code == 3
    assert tested.lines == [
        "hotline: trial to li: delivered",
        "hotline: trial to wu: not delivered",
    ]
    told.answer()
    document = loopqa("outbox", "test", "--yes", "--json")
    assert document.code == 0
    assert document.json["items"][0] == {
        "workflow": "hotline",
        "notifier": "trial",
        "recipient": "li",
        "delivered": True,
        "error": None,
    }


def test_a_workspace_without_rules_has_nobody_to_test(loopqa, at):
    at("new", "2026-02-04")
    tested = loopqa("outbox", "test", "--yes")
    assert (tested.code, tested.err) == (0, "no workflow has a rule under `notify`\n")


def test_the_outbox_speaks_chinese(told, loopqa, monkeypatch):
    loopqa("run")
    told.answer(li={"retryable": True}, wu={"retryable": False})
    monkeypatch.setenv("LOOPQA_LANG", "zh")
    for arguments in (
        ["tick"],
        ["status"],
        ["outbox", "list"],
        ["outbox", "show", "M-1"],
        ["outbox", "retry", "--dead"],
        ["outbox", "test", "--yes"],
        ["outbox", "test"],
    ):
        said = loopqa(*arguments)
        assert "loopqa init" not in said.err
        words = (said.out + said.err).replace("the receiver says no", "")
        if arguments[1:2] == ["show"]:
            words = words.partition("\n\n")[0]  # what the receiver gets is in its own languages
        if arguments[1:2] == ["list"]:
            words = words.replace("finding.opened  F-1   trial", "")
        assert english(words) == [], arguments
