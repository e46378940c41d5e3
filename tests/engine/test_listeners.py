"""Plugins that listen: told of what was committed, and never in the way of it."""

from __future__ import annotations

import json
import shutil

import pytest

from loopqa.engine.doctor import examine
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.listeners import unheard
from loopqa.engine.run import run_workflow
from loopqa.engine.status import status

EARS = """
import json
from loopqa.plugin import hookimpl

@hookimpl
def loopqa_event(event, root):
    with (root / "heard.jsonl").open("a") as file:
        file.write(json.dumps([event.sequence, event.event, event.about]) + "\\n")
"""

DEAF = """
from loopqa.plugin import Options, hookimpl

class Config(Options):
    deaf_to: str = "action.started"

@hookimpl
def loopqa_event(event, options):
    if event.event == options.deaf_to:
        raise RuntimeError("what?")
"""


@pytest.fixture(scope="module")
def evaluated(make_desk, tmp_path_factory):
    """A desk with findings; copied for every test."""
    made = make_desk(tmp_path_factory.mktemp("evaluated"))
    (made.root / "plugins").mkdir()
    with made.on("2026-10-02") as ws:
        run_workflow(ws, "desk-monthly")
    return made


@pytest.fixture
def desk(evaluated, tmp_path):
    """The desk of one test, with a plugin that writes down what it hears."""
    root = shutil.copytree(evaluated.root, tmp_path / "desk")
    (root / "plugins" / "ears.py").write_text(EARS)
    return type(evaluated)(root)


def heard(desk):
    file = desk.root / "heard.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def act(desk):
    """Open and start an action."""
    with desk.on("2026-10-05") as ws:
        action = open_action(ws, ActionDraft((1,), "Second line at noon"))
        return start_action(ws, action.id)


def test_every_change_is_told_once_in_the_order_of_the_chain(desk):
    with desk.on("2026-10-05") as ws, ws.reading() as reader:
        before = reader.audit_length()
    act(desk)
    with desk.on("2026-10-31") as ws:
        close_action(ws, 1, "rota")
        with ws.reading() as reader:
            chain = [[one.sequence, one.event, one.about] for one in reader.audit()]
    assert heard(desk) == sorted(chain)[before:]
    assert [event for _, event, _ in heard(desk)][:3] == [
        "action.opened",
        "finding.in_action",
        "action.started",
    ]


def enter(writer, about):
    writer.enter("note.added", about, {"text": "a remark"})


def enter_and_fail(writer, about):
    enter(writer, about)
    raise ValueError(about)


def try_in_a_transaction(ws):
    with ws.writing() as writer:
        enter_and_fail(writer, "F-1")


def try_apart(writer):
    with writer.apart():
        enter_and_fail(writer, "F-2")


def test_what_was_not_committed_is_not_told(desk):
    with desk.on("2026-10-05") as ws, pytest.raises(ValueError, match="F-1"):
        try_in_a_transaction(ws)
    assert heard(desk) == []


def test_a_part_that_fell_out_of_its_transaction_is_not_told(desk):
    with desk.on("2026-10-05") as ws, ws.writing() as writer:
        enter(writer, "F-1")
        with pytest.raises(ValueError, match="F-2"):
            try_apart(writer)
        enter(writer, "F-3")
    assert [about for _, _, about in heard(desk)] == ["F-1", "F-3"]


def test_a_listener_that_raises_harms_neither_the_change_nor_the_others(desk):
    (desk.root / "plugins" / "deaf.py").write_text(DEAF)
    assert act(desk).state.value == "started"
    assert [event for _, event, _ in heard(desk)][-1] == "action.started"
    with desk.on("2026-10-06") as ws:
        (one,) = unheard(ws)
        seen = status(ws)
        ailments = [str(found.what) for found in examine(ws).ailments]
    said = "plugin 'deaf' could not take action.started of A-1: RuntimeError at deaf.py:10: what?"
    assert (one.said.render("en"), one.times) == (said, 1)
    assert seen.plugin_failures == (f"deaf: {said}",)
    assert said in ailments


def test_of_each_listener_the_last_failure_is_kept_for_a_week(desk):
    (desk.root / "plugins" / "deaf.py").write_text(DEAF.replace('"action.started"', '"all"'))
    (desk.root / "loopqa.yaml").write_text("plugins: {deaf: {deaf_to: finding.in_action}}\n")
    act(desk)
    (desk.root / "loopqa.yaml").write_text("plugins: {deaf: {deaf_to: action.closed}}\n")
    with desk.on("2026-10-31") as ws:
        close_action(ws, 1, "rota")
        (one,) = unheard(ws)
        assert (one.event, one.times) == ("action.closed", 2)
    with desk.on("2026-11-06") as ws:
        assert len(unheard(ws)) == 1
    with desk.on("2026-11-08") as ws:
        assert unheard(ws) == ()


def test_wrong_options_of_a_listener_are_told_and_stop_nothing(desk):
    (desk.root / "plugins" / "deaf.py").write_text(DEAF)
    (desk.root / "loopqa.yaml").write_text("plugins: {deaf: {def_to: x}}\n")
    act(desk)
    with desk.on("2026-10-06") as ws:
        (one,) = unheard(ws)
    assert one.why.render("en") == "unknown option 'def_to'"


def test_a_damaged_note_of_failures_is_begun_anew(desk):
    (desk.root / ".loopqa" / "listeners.json").write_text("{[")
    (desk.root / "plugins" / "deaf.py").write_text(DEAF)
    act(desk)
    with desk.on("2026-10-06") as ws:
        assert [one.plugin for one in unheard(ws)] == ["deaf"]
