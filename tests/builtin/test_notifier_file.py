"""The notifiers ``file`` and ``console``."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loopqa.errors import PluginError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Notifier, Outgoing, PluginHost

OUTGOING = Outgoing(
    key="msg_1",
    event="action.overdue",
    about="A-1",
    subject="A-1 is overdue:\x1b[31m 增设\nsecond line",
    body="two\nlines\n",
    recipient=None,
    at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    workflow="desk",
)


def notifier(root: Path, **options: object) -> Notifier:
    return PluginHost().make_notifier(PluginSpec("file", options), root=root)


def test_each_message_is_one_line_with_its_key(tmp_path):
    made = notifier(tmp_path, path="told/messages.jsonl")
    made.send(OUTGOING)
    made.send(replace(OUTGOING, key="msg_2"))
    lines = (tmp_path / "told" / "messages.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["msg_1", "msg_2"]
    assert json.loads(lines[0]) == {
        "key": "msg_1",
        "event": "action.overdue",
        "about": "A-1",
        "workflow": "desk",
        "at": "2026-11-22T06:00:00+00:00",
        "subject": OUTGOING.subject,
        "body": "two\nlines\n",
    }


def test_a_line_that_a_crash_left_unfinished_stays_alone(tmp_path):
    (tmp_path / "told.jsonl").write_text('{"key": "msg_0", "ev')
    notifier(tmp_path, path="told.jsonl").send(OUTGOING)
    torn, whole = (tmp_path / "told.jsonl").read_text("utf-8").splitlines()
    assert torn == '{"key": "msg_0", "ev'
    assert json.loads(whole)["key"] == "msg_1"


def test_a_file_that_cannot_be_written_is_told_and_tried_again(tmp_path):
    (tmp_path / "told").mkdir()
    with pytest.raises(PluginError, match="told can't be written: Is a directory") as raised:
        notifier(tmp_path, path="told").send(OUTGOING)
    assert raised.value.retryable


def test_the_console_gets_one_harmless_line(tmp_path, capsys):
    PluginHost().make_notifier(PluginSpec("console", {}), root=tmp_path).send(OUTGOING)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "2026-11-22T06:00:00+00:00 action.overdue A-1 is overdue: [31m 增设 second line\n"
    )
