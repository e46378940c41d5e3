"""Puts hostile files before the command line in a warm process of their own; prints JSON lines.

python -m tests.hostile.trial GROUP [NAME...]
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loopqa.cli.root import run
from tests.hostile.hostile import NOW, WINDOW, Hostile, lines, write_csv

GROUPS = {
    "texts": "tests.hostile.texts",
    "workbooks": "tests.hostile.workbooks",
    "columns": "tests.hostile.columns",
    "definitions": "tests.hostile.definitions",
    "late": "tests.hostile.late",
}
WARM = Hostile("sound", lambda folder: write_csv(folder, lines()))


def cases(group: str) -> tuple[Hostile, ...]:
    """The hostile files of a group."""
    found: tuple[Hostile, ...] = importlib.import_module(GROUPS[group]).CASES
    return found


def said(arguments: list[str]) -> tuple[int | str, str, str]:
    """Exit code (or traceback), stdout and stderr of a command inside this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: int | str = run(arguments)
        except BaseException:  # whatever escapes is what is looked for
            code = traceback.format_exc(limit=-4)
    return code, out.getvalue(), err.getvalue()


@contextlib.contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    """Be in a folder."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def listing(folder: Path) -> list[str]:
    """Everything in a folder, with its size."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".db-wal", ".db-shm"}:
            found.append(f"{path.relative_to(folder)} {path.lstat().st_size}")
    return found


def peak_mb() -> float:
    """Peak of the memory in use since the last reset."""
    with contextlib.suppress(OSError):
        for row in Path("/proc/self/status").read_text().splitlines():
            if row.startswith("VmHWM"):
                return int(row.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reset_peak() -> float:
    """Start to look for the peak anew; what is in use now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def tried(case: Hostile, state: Path) -> dict[str, Any]:
    """What becomes of one hostile file: read once in English, measured, and once in Chinese.

    Time is that of the processor: other work on the machine is not the file's doing.

    ``state``: a workspace's own folder, so that only what the file leaves behind is seen.
    """
    with TemporaryDirectory() as name, standing_in(Path(name)):
        folder = Path(name)
        shutil.copytree(state, folder / ".loopqa")
        case.set_up(folder)
        command = ["check"] if case.check else ["run", "w", "--window", WINDOW]
        if case.rows is not None:
            command += ["--dry-run"]
        before, memory, start = listing(folder), reset_peak(), time.process_time()
        code, out, err = said([*command, "--lang", "en"])
        seconds, grown = time.process_time() - start, peak_mb() - memory
        _, zh_out, zh_err = said([*command, "--lang", "zh"])
        document = said([*command, "--json"])[1] if case.rows is not None else ""
        return {
            "name": case.name,
            "code": code,
            "out": out,
            "err": err,
            "zh": zh_out + zh_err,
            "document": document,
            "seconds": seconds,
            "megabytes": grown,
            "before": before,
            "after": listing(folder),
        }


def main(group: str, names: list[str]) -> None:
    """Try the files of a group, or some of them."""
    os.environ.update(LOOPQA_NOW=NOW, LOOPQA_ACTOR="trial", LOOPQA_LANG="en")
    with TemporaryDirectory() as name:
        state = _state(Path(name))
        for case in cases(group):
            if not names or case.name in names:
                answer = json.dumps(tried(case, state))
                sys.__stdout__.write(answer + "\n")  # type: ignore[union-attr]
                sys.__stdout__.flush()  # type: ignore[union-attr]


def _state(folder: Path) -> Path:
    """The state of a workspace that has been used; what is imported lazily is then there."""
    WARM.set_up(folder)
    with standing_in(folder):
        assert said(["run", "w", "--window", "2025-12-01..2025-12-31"])[0] == 2, "no case there"
        assert said(["run", "w", "--window", WINDOW, "--dry-run"])[0] == 0
    return folder / ".loopqa"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
