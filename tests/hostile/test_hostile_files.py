"""Hostile files meet the promise for bad input: no traceback, exit 2, the place, in time, no trace.

Each group is tried in one warm process, so that time and memory are those of the file alone; a few
go through the command line as people call it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.hostile import NOW, WINDOW, Hostile
from tests.hostile.judging import faults, misplaced
from tests.hostile.trial import GROUPS, cases, listing

ROOT = Path(__file__).parents[2]
RIGHT_PLACES = 0.95
TRACEBACK = "Traceback (most recent call last)"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "LOOPQA_NOW": NOW, "LOOPQA_LANG": "en"}

ALL = [(group, case) for group in GROUPS for case in cases(group)]
BY_HAND = (
    "one-quote-swallows-thousands-of-rows",
    "an-ambiguous-date",
    "a-packed-bomb",
    "a-pipe",
    "terminal-escapes-in-values",
    "a-zip-bomb",
    "a-cell-beyond-the-sheet",
    "an-alias-bomb",
)


def _tried(group: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.trial", group],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=190,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "panicked" not in done.stderr, done.stderr[-2000:]
    return [json.loads(one) for one in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def trials() -> dict[tuple[str, str], dict[str, Any]]:
    """What became of every file; two groups are tried at a time."""
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(GROUPS, pool.map(_tried, GROUPS), strict=True))
    return {(group, one["name"]): one for group, tried in found.items() for one in tried}


@pytest.mark.timeout(200)
def test_every_file_was_tried(trials: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert len(ALL) == len(trials) >= 90, "names are unique"


@pytest.mark.timeout(200)
@pytest.mark.parametrize(("group", "case"), ALL, ids=lambda one: getattr(one, "name", one))
def test_a_hostile_file_is_met(
    trials: dict[tuple[str, str], dict[str, Any]], group: str, case: Hostile
) -> None:
    assert list(faults(case, trials[group, case.name])) == []


def test_nearly_every_message_names_the_right_place(
    trials: dict[tuple[str, str], dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        case.name: found
        for group, case in ALL
        if (found := misplaced(case, trials[group, case.name])) is not None
    }
    share = 1 - len(wrong) / len(ALL)
    with capsys.disabled():
        slowest = max(one["seconds"] for one in trials.values())
        largest = max(one["megabytes"] for one in trials.values())
        sys.stdout.write(
            f"\n{len(ALL)} hostile files: {share:.1%} with the right place; "
            f"at most {slowest:.1f} s and {largest:.0f} MB\n"
        )
    assert share >= RIGHT_PLACES, wrong


@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", BY_HAND)
def test_the_command_line_meets_it_too(name: str, tmp_path: Path) -> None:
    case = next(one for _, one in ALL if one.name == name)
    case.set_up(tmp_path)
    before = listing(tmp_path)
    command = ["check"] if case.check else ["run", "w", "--window", WINDOW, "--dry-run"]
    done = subprocess.run(
        [sys.executable, "-m", "loopqa", *command],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == (2 if case.rows is None else 0)
    assert TRACEBACK not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert listing(tmp_path) == before


def test_the_judge_sees_what_is_wrong() -> None:
    case = Hostile("x", lambda folder: None, place="data.csv:3")
    trial = {
        "code": 1, "out": "", "err": "error: data.csv:4: \x1b[31mno\n", "zh": "This is English",
        "seconds": 9.0, "megabytes": 999.0, "before": [], "after": ["half"],
    }  # fmt: skip
    found = " ".join(faults(case, trial))
    for sign in ("exit 1", "control characters", "left behind", "9.0 s", "999 MB", "English"):
        assert sign in found
    assert misplaced(case, trial) is not None
