"""Kill -9 while rows land: nothing is lost, and nothing lands twice."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.engine.test_killed import LANDING, command, facts
from tests.engine.ticketing import Tickets, build, rows

#: (day, arguments); new rows come in before each.
STORY = (("2026-10-02", ("run", "tickets")), ("2026-11-02", ("run", "tickets")))

FAULTS = (*LANDING, "before-commit", "after-commit")


def landed(tickets: Tickets) -> object:
    """What has landed: per landing its rows, and all versions."""
    with tickets.on("2026-12-01") as ws, ws.reading() as reader:
        found = reader.landings("tickets", "ratings")
    folder = tickets.root / ".loopqa/evidence/landed/tickets/ratings"
    tables = [pq.read_table(folder / one.file, columns=["_id", "_version"]) for one in found]
    versions = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    assert len(versions) == len(set(versions))
    return [(one.sequence, one.read, one.loaded, one.bookmark) for one in found], sorted(versions)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, object, object]]:
    """For every command: the folder just before it, and what holds just after it."""
    tickets = build(tmp_path_factory.mktemp("landing") / "tickets")
    with tickets.on("2026-10-01") as ws:
        assert ws.key
    chapters = []
    for number, (day, arguments) in enumerate(STORY):
        before = tickets.root.with_name(f"before-{number}")
        shutil.copytree(tickets.root, before)
        assert command(tickets.root, day, arguments) == 0
        chapters.append((before, facts(tickets.root), landed(tickets)))
        tickets.write(rows(10, changed=10))
        tickets.write(rows(9, n=3, changed=10, speed=5))
    return chapters


@pytest.mark.parametrize("number", range(len(STORY)))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_killed_while_rows_land_can_be_repeated(story, tmp_path, number, fault):
    day, arguments = STORY[number]
    before, expected, rows_expected = story[number]
    root = tmp_path / "tickets"
    shutil.copytree(before, root)
    assert command(root, day, arguments, fault) == -signal.SIGKILL
    assert command(root, day, arguments) in {0, 1}
    assert facts(root) == expected
    assert landed(Tickets(root)) == rows_expected
