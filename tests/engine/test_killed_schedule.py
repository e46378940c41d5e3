"""Kill -9 while schedules are kept and run: the next tick finishes, and no window has two waves.

The story is lived through once; a case takes a copy of the folder, kills a tick at one place, lets
one more tick follow, and must find what the undisturbed story found.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest

from loopqa.cli.root import run
from loopqa.engine.workspace import Workspace
from loopqa.store.laws import check_laws
from tests.engine.scheduled_desk import Desk, build
from tests.engine.test_killed import PROCESSES, SCHEDULED

#: moments of ticks: the first sight, a run in time, and one after two days of downtime
STORY = ("2026-11-20T07:00", "2026-11-21T06:01", "2026-11-24T06:30")
RUNS = ("after-snapshots", "after-wave-added", "after-wave-committed")
FAULTS = (
    ("inside-migration", "after-slots-kept", "before-commit", "after-commit"),
    (*SCHEDULED, *RUNS, "before-commit", "after-commit"),
    ("after-slots-kept", "after-slot-run", "after-wave-committed"),
)


def obey_a_tick(root: str, moment: str, fault: str) -> None:
    """One tick in this process, which ends with it."""
    os.chdir(root)
    os.environ.update(LOOPQA_NOW=moment, LOOPQA_ACTOR="li", LOOPQA_FAULT=fault, LOOPQA_LANG="en")
    raise SystemExit(run(["tick"]))


def tick(root: Path, moment: str, fault: str = "") -> int | None:
    """One tick in a process of its own; its exit code, negative for a signal."""
    process = PROCESSES.Process(target=obey_a_tick, args=(str(root), moment, fault))
    process.start()
    process.join(60)
    return process.exitcode


def facts(root: Path) -> dict[str, object]:
    """What the state says happened, without the traces of a lost claim."""
    with Workspace.open(root) as ws, ws.reading() as reader:
        assert check_laws(reader, ws.now()) == ()
        events = Counter(entry.event for entry in reader.audit())
        for trace in ("slot.claimed", "slot.claim_lost"):
            events.pop(trace, None)
        return {
            "slots": [
                (one.id, one.wall, one.state, one.window, one.wave, one.late_seconds)
                for one in reader.slots()
            ],
            "waves": [(one.id, one.window, one.revision, one.digest) for one in reader.waves()],
            "notices": sorted(one.key for one in reader.notices()),
            "events": events,
        }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, object]]:
    """For every tick: the folder just before it, and the facts just after it."""
    desk: Desk = build(tmp_path_factory.mktemp("schedule") / "desk")
    with desk.at(STORY[0]) as ws:
        assert ws.key
    chapters = []
    for number, moment in enumerate(STORY):
        before = desk.root.with_name(f"before-{number}")
        shutil.copytree(desk.root, before)
        assert tick(desk.root, moment) == 0
        chapters.append((before, facts(desk.root)))
    return chapters


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        pytest.param(number, fault, id=f"{number}@{fault}")
        for number, faults in enumerate(FAULTS)
        for fault in faults
    ],
)
def test_a_tick_killed_anywhere_is_finished_by_the_next(story, tmp_path, number, fault):
    before, expected = story[number]
    root = tmp_path / "desk"
    shutil.copytree(before, root)
    assert tick(root, STORY[number], fault) == -signal.SIGKILL
    assert tick(root, STORY[number]) == 0
    assert facts(root) == expected


@pytest.mark.parametrize("number", range(len(STORY)))
def test_a_second_tick_changes_nothing(story, tmp_path, number):
    before, expected = story[number]
    root = tmp_path / "desk"
    shutil.copytree(before, root)
    assert tick(root, STORY[number]) == 0
    assert tick(root, STORY[number]) == 0
    assert facts(root) == expected
