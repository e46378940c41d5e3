"""A state that is gone: no command begins a new one beside the evidence of the lost one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

STATE = Path(".loopqa") / "state.db"
COMMANDS = (
    ("tick",),
    ("run",),
    ("status",),
    ("action", "list"),
    ("db", "upgrade"),
    ("audit", "verify"),
)


@pytest.fixture
def lost(loopqa, at) -> Path:
    """A workspace with open re-surveys whose state is gone, and its last backup."""
    folder: Path = at("closed")
    assert loopqa("db", "backup", "kept.db").code == 0
    lose()
    return folder


def lose() -> None:
    for part in STATE.parent.glob("state.db*"):
        part.unlink()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_begins_a_new_state_beside_the_evidence_of_the_lost_one(lost, loopqa, command):
    answer = loopqa(*command)
    assert answer.code == 3
    assert answer.err == (
        f"error: {lost / STATE}: the state is gone, though there is evidence of waves\n"
        "  hint: put it back, or `loopqa db restore FILE`; to begin anew on purpose, move "
        f"{lost / '.loopqa' / 'evidence'} away first\n"
    )
    assert not STATE.exists()


def test_it_is_said_in_chinese(lost, loopqa, monkeypatch):
    monkeypatch.setenv("LOOPQA_LANG", "zh")
    answer = loopqa("tick")
    assert answer.code == 3
    assert "状态已丢失，但仍有各期的证据" in answer.err
    assert "若确实要从头开始，先把" in answer.err


def test_an_emptied_file_is_a_lost_state_too(lost, loopqa):
    STATE.write_bytes(b"")
    assert loopqa("tick").code == 3
    assert loopqa("run").code == 3


def test_a_restored_backup_goes_on_with_its_re_surveys(lost, loopqa):
    assert loopqa("db", "restore", "kept.db").code == 0
    assert loopqa("action", "show", "A-1").code == 0
    assert loopqa("tick").code == 0


def test_a_state_that_is_put_back_goes_on(at, loopqa):
    at("closed")
    assert loopqa("db", "backup", "kept.db").code == 0
    lose()
    assert loopqa("tick").code == 3
    shutil.copy("kept.db", STATE)
    assert loopqa("tick").code == 0


def test_who_moves_the_evidence_away_begins_anew_on_purpose(lost, loopqa):
    (lost / ".loopqa" / "evidence").rename(lost / "old")
    assert loopqa("run").code == 0
    assert STATE.exists()


def test_a_first_run_that_was_killed_is_not_taken_for_a_loss(at, loopqa):
    """The state is there before the first evidence is."""
    folder = at("new")
    assert not STATE.exists()
    killed = subprocess.run(
        [sys.executable, "-m", "loopqa", "run"],
        env={**os.environ, "LOOPQA_FAULT": "after-snapshots"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert any((folder / ".loopqa" / "evidence").glob("*/*.parquet"))
    assert loopqa("run").code == 0
