"""Disks that are full, files that can't be written, files that are gone: told, and made good.

python -m tests.reliability.storage [--only NAME]... [--json]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.reliability.figures import Figure, told, verdict
from tests.reliability.limits import few_pages, fill, no_overrides, small_disk, small_files
from tests.reliability.trials import Trial, trial

PROMISE = "told, exit 3; then each once"
ROOM = (0, 1, 2, 3, 5, 8, 13, 21)  #: pages that the state may still grow by
SMALL = 3_000  #: bytes; less than a snapshot has, and more than a command says
MB = 8  #: of a small disk
BYTES = (0, 4_096, 16_384, 40_000, 80_000, 140_000)  #: left on a disk


def state_full() -> Figure:
    """SQLite may not grow by more than a few pages."""
    with trial("sqlite") as tried:
        full = sum(
            tried.tick(0, 3, before=partial(few_pages, pages), told="disk is full") == 3
            for pages in ROOM
        )
        wrong = tried.finish() + ["it never was full"] * (full == 0)
    return _figure("state full", "sqlite", f"full in {full} of {len(ROOM)} tries", wrong)


def disk_full() -> Figure:
    """The whole workspace lies on a small disk that is filled up, a little less each time."""
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder) / "desk", MB) as mounted:
        if not mounted:
            return _figure("disk full", "sqlite", "no right to mount one", ["not tried"])
        with trial("sqlite", folder=Path(folder)) as tried:
            full = 0
            for room in BYTES:
                filler = fill(tried.ground.root, room)
                full += tried.tick(0, 3) == 3
                filler.unlink()
            wrong = tried.finish() + ["it never was full"] * (full == 0)
            wrong += [f"{file.name} was left behind" for file in _half_written(tried)]
    return _figure("disk full", "sqlite", f"full in {full} of {len(BYTES)} tries", wrong)


def evidence_full(kind: str = "postgresql") -> Figure:
    """No file may grow to the size of a snapshot, while the state grows elsewhere."""
    with trial(kind) as tried:
        tried.tick(3, before=partial(small_files, SMALL), told="can't be written")
        left = tried.undone
        half = [f"{file.name} was left behind" for file in _half_written(tried)]
        wrong = tried.finish() + half
        wrong += [f"only {left} were held up"] * (left != tried.items)
    return _figure("evidence full", kind, f"{left} held up, then done", wrong)


def _half_written(tried: Trial) -> list[Path]:
    evidence = tried.ground.root / ".loopqa" / "evidence"
    return [file for file in evidence.rglob(".*") if file.is_file()]


def read_only() -> Figure:
    """The state's file, then its folder, can't be written."""
    with trial("sqlite") as tried:
        folder = tried.ground.root / ".loopqa"
        for place, mode, usual in ((folder / "state.db", 0o400, 0o600), (folder, 0o500, 0o700)):
            place.chmod(mode)
            tried.tick(3, before=no_overrides, told="can't be written")
            place.chmod(usual)
        wrong = tried.finish()
    return _figure("state read-only", "sqlite", f"{tried.items} held up, then done", wrong)


def evidence_read_only(kind: str = "sqlite") -> Figure:
    """The folder of snapshots can't be written."""
    with trial(kind) as tried:
        folder = next((tried.ground.root / ".loopqa" / "evidence").iterdir())
        folder.chmod(0o500)
        tried.tick(3, before=no_overrides, told="can't be written")
        folder.chmod(0o700)
        wrong = tried.finish()
    return _figure("evidence read-only", kind, f"{tried.items} held up, then done", wrong)


def state_replaced() -> Figure:
    """A folder lies where the state's file was; then the file is back."""
    with trial("sqlite") as tried:
        state = tried.ground.root / ".loopqa" / "state.db"
        kept = _moved_away(state)
        state.mkdir()
        tried.tick(3, told="can't be written")
        state.rmdir()
        _moved_back(kept, state)
        wrong = tried.finish()
    return _figure("state a folder", "sqlite", f"{tried.items} held up, then done", wrong)


def state_away() -> Figure:
    """The state's file is moved away: no new one takes its place until it is back."""
    with trial("sqlite") as tried:
        state = tried.ground.root / ".loopqa" / "state.db"
        kept = _moved_away(state)
        tried.tick(3, told="the state is gone")
        begun = ["a new state was begun"] * state.exists()
        _moved_back(kept, state)
        wrong = begun + tried.finish()
    return _figure("state away and back", "sqlite", f"{tried.items} held up, then done", wrong)


def _moved_away(state: Path) -> Path:
    kept = state.parent / "kept"
    kept.mkdir()
    for file in state.parent.glob("state.db*"):
        shutil.move(file, kept / file.name)
    return kept


def _moved_back(kept: Path, state: Path) -> None:
    for file in kept.iterdir():
        shutil.move(file, state.parent / file.name)
    kept.rmdir()


def _figure(what: str, kind: str, measured: str, wrong: list[str]) -> Figure:
    return verdict(what, kind, PROMISE, f"{measured}; {len(wrong)} wrong", wrong)


TRIALS: tuple[Callable[[], Figure], ...] = (
    state_full,
    disk_full,
    evidence_full,
    read_only,
    evidence_read_only,
    state_replaced,
    state_away,
)


def main(arguments: list[str] | None = None) -> int:
    """All of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [each.__name__ for each in TRIALS]
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    wanted = [each for each in TRIALS if each.__name__ in (asked.only or names)]
    return told([each() for each in wanted], asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
