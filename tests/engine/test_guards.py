"""Guards: plugins that are asked before an action moves."""

from __future__ import annotations

import json
import shutil

import pytest

from loopqa.engine.improve import (
    ActionDraft,
    accept_action,
    cancel_action,
    close_action,
    open_action,
    reopen_action,
    start_action,
)
from loopqa.engine.run import run_workflow
from loopqa.engine.status import status
from loopqa.errors import PluginError, RefusedMove, StaleVersion
from loopqa.model.cycle import ActionState

WITNESS = """
import json
from loopqa.plugin import hookimpl

@hookimpl
def loopqa_guard(transition, action, actor, root):
    seen = {"move": transition, "id": action.id, "state": action.state.value, "actor": actor,
            "evidence": action.evidence, "title": action.title}
    with (root / "seen.jsonl").open("a") as file:
        file.write(json.dumps(seen) + "\\n")
"""

REFUSING = """
from loopqa.plugin import hookimpl, text

@hookimpl
def loopqa_guard(transition, action):
    if transition == "MOVE":
        return text("{title} is not ours", zh="{title} 不归我们管", title=action.title)
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
    """The desk of one test."""
    return type(evaluated)(shutil.copytree(evaluated.root, tmp_path / "desk"))


@pytest.fixture
def guarded(desk):
    """Put a guard into the desk's plugins."""

    def put(source: str, name: str = "gate") -> None:
        (desk.root / "plugins" / f"{name}.py").write_text(source, encoding="utf-8")

    return put


def opened(desk, proposed=False):
    with desk.on("2026-10-05") as ws:
        return open_action(ws, ActionDraft((1,), "Second line", proposed=proposed))


def state_of(desk, number):
    with desk.on("2026-10-09") as ws, ws.reading() as reader:
        return reader.action(number).state


def test_a_guard_sees_every_move_as_it_would_leave_the_action(desk, guarded):
    guarded(WITNESS)
    opened(desk, proposed=True)
    with desk.on("2026-10-06") as ws:
        accept_action(ws, 1)
        start_action(ws, 1)
        close_action(ws, 1, "rota")
        reopen_action(ws, 1, "not yet")
        cancel_action(ws, 1, "given up")
    lines = (desk.root / "seen.jsonl").read_text().splitlines()
    seen = [json.loads(line) for line in lines]
    assert [(one["move"], one["id"], one["state"], one["evidence"]) for one in seen] == [
        ("open", 0, "proposed", None),
        ("accept", 1, "open", None),
        ("start", 1, "started", None),
        ("close", 1, "closed", "rota"),
        ("reopen", 1, "started", "rota"),
        ("cancel", 1, "cancelled", "rota"),
    ]
    assert {(one["actor"], one["title"]) for one in seen} == {("li", "Second line")}


def test_a_repeat_of_the_same_opening_is_no_move(desk, guarded):
    guarded(WITNESS)
    assert opened(desk) == opened(desk)
    assert len((desk.root / "seen.jsonl").read_text().splitlines()) == 1


def test_a_refused_move_changes_nothing_and_names_guard_and_reason(desk, guarded):
    guarded(REFUSING.replace("MOVE", "close"))
    opened(desk)
    with desk.on("2026-10-06") as ws:
        start_action(ws, 1)
        with pytest.raises(RefusedMove) as caught:
            close_action(ws, 1, "rota")
        with ws.reading() as reader:
            assert reader.resurveys() == ()
    assert str(caught.value) == ("guard 'gate' does not let A-1 be closed: Second line is not ours")
    assert caught.value.problems[0].message.render("zh") == (
        "守卫“gate”不允许关闭 A-1：Second line 不归我们管"
    )
    assert state_of(desk, 1) is ActionState.STARTED


def test_an_action_that_may_not_be_opened_is_not_there(desk, guarded):
    guarded(REFUSING.replace("MOVE", "open"))
    with pytest.raises(RefusedMove, match="does not let the action be opened"):
        opened(desk)
    with desk.on("2026-10-09") as ws, ws.reading() as reader:
        assert reader.actions() == ()


def test_all_guards_are_asked_and_all_reasons_told(desk, guarded):
    opened(desk)
    guarded(REFUSING.replace("MOVE", "start"), "first")
    guarded(REFUSING.replace("MOVE", "start"), "second")
    guarded("1 / 0  # loopqa_guard", "third")
    with desk.on("2026-10-06") as ws, pytest.raises(RefusedMove) as caught:
        start_action(ws, 1)
    assert str(caught.value) == (
        "guard 'first' does not let A-1 be started: Second line is not ours\n"
        "guard 'second' does not let A-1 be started: Second line is not ours\n"
        "guard 'third' could not be asked, and so refuses: "
        "ZeroDivisionError at third.py:1: division by zero\n"
        "  hint: mend plugins/third.py, or do without it: "
        "`block_plugins: [third]` in loopqa.yaml"
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("1 / 0", "ZeroDivisionError at gate.py:5: division by zero"),
        ("raise SystemExit(7)", "SystemExit at gate.py:5: 7"),
        ("return False", "it must return a reason in words, or None, not False"),
        ("return ''", "it must return a reason in words, or None, not ''"),
    ],
)
def test_a_guard_that_fails_refuses_and_says_how_to_do_without_it(desk, guarded, body, why):
    guarded(
        "from loopqa.plugin import hookimpl\n\n@hookimpl\ndef loopqa_guard(action):\n    " + body
    )
    with pytest.raises(PluginError) as caught:
        opened(desk)
    assert str(caught.value) == (
        f"guard 'gate' could not be asked, and so refuses: {why}\n"
        "  hint: mend plugins/gate.py, or do without it: `block_plugins: [gate]` in loopqa.yaml"
    )
    with desk.on("2026-10-06") as ws:
        assert status(ws).plugin_failures == (f"gate: stopped when it was last used: {why}",)
    (desk.root / "loopqa.yaml").write_text("block_plugins: [gate]\n")
    assert opened(desk).state is ActionState.OPEN


def test_a_guard_of_another_interface_refuses_too(desk, guarded):
    guarded("LOOPQA_API = '2.0'\n" + REFUSING)
    with pytest.raises(PluginError, match=r"written for plugin interface 2\.0, this is 1\.0"):
        opened(desk)


def test_safe_mode_asks_nobody(desk, guarded, monkeypatch):
    guarded("1 / 0  # loopqa_guard")
    monkeypatch.setenv("LOOPQA_SAFE_MODE", "1")
    assert opened(desk).state is ActionState.OPEN


def test_a_move_that_the_lifecycle_forbids_is_refused_for_that(desk, guarded):
    guarded(REFUSING.replace("MOVE", "close"))
    opened(desk)
    with desk.on("2026-10-06") as ws, pytest.raises(RefusedMove) as caught:
        close_action(ws, 1, "rota")
    assert "guard" not in str(caught.value)


def test_an_action_that_changes_while_a_guard_looks_at_it_is_not_moved(desk, guarded):
    guarded("""
from loopqa.plugin import hookimpl

@hookimpl
def loopqa_guard(transition, root):
    if transition == "start":
        import sqlite3
        with sqlite3.connect(root / ".loopqa" / "state.db") as state:
            state.execute("UPDATE action SET version = version + 1")
""")
    opened(desk)
    with desk.on("2026-10-06") as ws, pytest.raises(StaleVersion, match="changed by somebody"):
        start_action(ws, 1)
