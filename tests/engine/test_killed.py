"""Kill -9 at every named place of every command: a repeat finishes the job, and does it once.

The story is lived through once and the folder copied before each command. A case takes such a
copy, kills the command at one place, repeats it, and must find what the undisturbed story found.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import loopqa
from loopqa.cli.root import run
from loopqa.engine.workspace import Workspace

#: (day, arguments, places at which it is killed)
STORY = (
    (
        "2026-10-02",
        ("run", "desk-monthly"),
        (
            "inside-migration",
            "after-snapshots",
            "after-wave-added",
            "after-analyses",
            "before-commit",
            "after-commit",
            "after-wave-committed",
        ),
    ),
    (
        "2026-10-03",
        ("sample", "draw", "reviews"),
        (
            "after-sample-frozen",
            "after-sample-added",
            "before-commit",
            "after-commit",
            "after-sample-committed",
        ),
    ),
    (
        "2026-10-05",
        ("action", "open", "F-1", "--title", "Second line at noon"),
        ("after-action-added", "before-commit", "after-commit"),
    ),
    ("2026-10-06", ("action", "start", "A-1"), ("before-commit", "after-commit")),
    (
        "2026-10-31",
        ("action", "close", "A-1", "--evidence", "rota"),
        ("after-action-closed", "after-resurvey-added", "before-commit", "after-commit"),
    ),
    ("2026-11-30", ("tick",), ("before-commit", "after-commit")),
    (
        "2027-01-02",
        ("tick",),
        (
            "after-claim",
            "after-comparison",
            "after-follow-up-wave",
            "after-verdicts",
            "before-commit",
            "after-commit",
        ),
    ),
)

#: Places in the reading of incremental inputs, which have a story of their own.
LANDING = ("after-landed-file", "after-landing-committed")

#: Places in the sending of messages, which has a story of its own.
OUTBOX = ("after-message-claimed", "after-message-sent")

#: Places in the runs that schedules make, which have a story of their own, too.
SCHEDULED = ("after-slots-kept", "after-slot-claimed", "after-slot-run")

#: Places in backups and restores; tests/store/test_keeping_killed.py kills there.
KEEPING = (
    *("backup-written", "backup-verified"),
    *("restore-emptied", "restore-copied", "restore-beside", "restore-aside"),
)

#: A second workflow of the same folder: some of the rated cases are drawn for review.
REVIEWS = """\
workflow: reviews
rubric: desk
inputs:
  ratings: {type: csv, path: data/*.csv, rater: customer, map: {case: ticket, at: day}}
  reviews: {type: csv, path: reviews.csv, rater: customer, map: {case: ticket, at: day}}
sample: {draw_from: ratings, for: reviews, strata: [channel], at_least: 5}
"""

#: Warm processes: started from a server that has imported everything but opened nothing.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["loopqa.cli.root", "loopqa.engine.tick", "loopqa.engine.run", "loopqa.report.html"]
)


def _obey(root: str, day: str, arguments: tuple[str, ...], fault: str) -> None:
    os.chdir(root)
    os.environ.update(
        LOOPQA_NOW=f"{day}T12:00:00+00:00", LOOPQA_ACTOR="li", LOOPQA_FAULT=fault, LOOPQA_LANG="en"
    )
    raise SystemExit(run(arguments))


def command(root: Path, day: str, arguments: tuple[str, ...], fault: str = "") -> int | None:
    """Run one command in a process of its own; its exit code, negative for a signal."""
    process = PROCESSES.Process(target=_obey, args=(str(root), day, arguments, fault))
    process.start()
    process.join(60)
    return process.exitcode


def facts(root: Path) -> dict[str, object]:
    """What the state says happened, without the moments and the traces of a lost claim."""
    with Workspace.open(root) as ws, ws.reading() as reader:
        assert reader.verify_audit() is None
        notices = [notice.key for notice in reader.notices()]
        assert len(notices) == len(set(notices))
        events = Counter(entry.event for entry in reader.audit())
        for trace in ("resurvey.comparing", "resurvey.claim_lost"):
            events.pop(trace, None)
        return {
            "waves": [(one.kind, one.window, one.revision, one.digest) for one in reader.waves()],
            "samples": [
                (one.id, one.digest, one.snapshot.digest, one.quotas)
                for one in reader.samples("reviews")
            ],
            "analyses": [(one.wave, one.finding, one.insight) for one in reader.analyses()],
            "findings": [(one.id, one.state, one.carried_from) for one in reader.findings()],
            "actions": [(one.id, one.state, one.round) for one in reader.actions()],
            "resurveys": [(one.id, one.state, one.window) for one in reader.resurveys()],
            "verdicts": [(one.id, one.outcome) for one in reader.verdicts()],
            "notices": sorted(notices),
            "events": events,
        }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, make_desk) -> list[tuple[Path, object]]:
    """For every command: the folder just before it, and the facts just after it."""
    desk = make_desk(tmp_path_factory.mktemp("story") / "desk")
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=200)
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    flow.write_text(flow.read_text("utf-8") + "analyse: [slices, drivers]\n", "utf-8")
    (desk.root / "workflows" / "reviews.yaml").write_text(REVIEWS, "utf-8")
    with desk.on("2026-10-01") as ws:
        assert ws.key  # made before the copies, so that all have the same pseudonyms
    chapters = []
    for number, (day, arguments, _) in enumerate(STORY):
        before = desk.root.with_name(f"before-{number}")
        shutil.copytree(desk.root, before)
        assert command(desk.root, day, arguments) == 0
        chapters.append((before, facts(desk.root)))
    return chapters


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        pytest.param(number, fault, id=f"{number}-{arguments[-1][:5]}@{fault}")
        for number, (_, arguments, faults) in enumerate(STORY)
        for fault in faults
    ],
)
def test_a_command_killed_anywhere_can_be_repeated(story, tmp_path, number, fault):
    day, arguments, _ = STORY[number]
    before, expected = story[number]
    root = tmp_path / "desk"
    shutil.copytree(before, root)
    assert command(root, day, arguments, fault) == -signal.SIGKILL
    assert command(root, day, arguments) in {0, 1}
    assert facts(root) == expected


@pytest.mark.parametrize("number", range(len(STORY)))
def test_a_command_that_is_run_twice_does_no_harm(story, tmp_path, number):
    day, arguments, _ = STORY[number]
    before, expected = story[number]
    root = tmp_path / "desk"
    shutil.copytree(before, root)
    assert command(root, day, arguments) == 0
    assert command(root, day, arguments) in {0, 1}
    assert facts(root) == expected


def test_every_fault_point_is_killed_at():
    """A new fault point must join the story."""
    named = {
        name
        for file in Path(loopqa.__file__).parent.rglob("*.py")
        for name in re.findall(r'\bfault\("([a-z-]+)"\)', file.read_text(encoding="utf-8"))
    }
    assert named == {
        *LANDING,
        *KEEPING,
        *OUTBOX,
        *SCHEDULED,
        *(fault for _, _, faults in STORY for fault in faults),
    }
