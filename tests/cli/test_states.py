"""``--state`` takes every state by the name that JSON documents give it."""

from __future__ import annotations

import json

import pytest

from loopqa.cli.root import run
from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.timetable import SlotState
from tests.engine.scheduled_desk import build

STATES = {
    "finding": FindingState,
    "action": ActionState,
    "resurvey": ReSurveyState,
    "schedule": SlotState,
}


@pytest.mark.parametrize("noun", STATES)
def test_a_list_can_be_asked_for_each_state(noun, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(build(tmp_path / "desk").root)
    for state in STATES[noun]:
        assert run([noun, "list", "--state", state.value, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["items"] == []
