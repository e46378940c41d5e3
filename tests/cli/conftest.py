"""The command line as a person meets it: a workspace at each stage of the loop, and the commands.

The stages are lived through once and copied for every test.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loopqa.cli.root import run

EVIDENCE = "desk staffed since 26 February"
#: stage → the commands that lead to it from the stage before, each with its day.
STAGES: dict[str, list[tuple[str, list[str]]]] = {
    "new": [("2026-02-04", ["init", ".", "--template", "hotline"])],
    "found": [("2026-02-04", ["run", "hotline"])],
    "opened": [
        (
            "2026-02-05",
            ["action", "open", "F-1", "--title", "Call-back desk", "--owner", "Li Wei"],
        )
    ],
    "started": [("2026-02-10", ["action", "start", "A-1"])],
    "closed": [("2026-02-27", ["action", "close", "A-1", "--evidence", EVIDENCE])],
    "judged": [("2026-04-01", ["tick"]), ("2026-05-02", ["tick"])],
}


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """Lines of stdout."""
        return self.out.splitlines()


@contextmanager
def standing_in(folder: Path, **variables: str) -> Iterator[None]:
    """Be in a folder, with these environment variables."""
    before = {name: os.environ.get(name) for name in variables}
    here = Path.cwd()
    os.chdir(folder)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.chdir(here)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One folder per stage of the loop."""
    made: dict[str, Path] = {}
    before: Path | None = None
    for stage, steps in STAGES.items():
        folder = tmp_path_factory.mktemp(stage)
        if before is not None:
            shutil.copytree(before, folder, dirs_exist_ok=True)
        for day, arguments in steps:
            with standing_in(folder, LOOPQA_NOW=day, LOOPQA_LANG="en", LOOPQA_ACTOR="li"):
                assert run(arguments) == 0, arguments
        made[stage] = before = folder
    return made


Start = Callable[[str], Path]


@pytest.fixture
def at(
    stages: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Stand in a copy of a stage on a day; the copy's path is returned."""

    def stand(stage: str, day: str = "2026-05-03") -> Path:
        folder = tmp_path / "desk"
        shutil.copytree(stages[stage], folder)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("LOOPQA_NOW", day)
        return folder

    return stand


@pytest.fixture
def loopqa(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    """Run a command inside this process, in English unless it says otherwise."""
    monkeypatch.setenv("LOOPQA_LANG", "en")
    monkeypatch.setenv("LOOPQA_ACTOR", "li")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(arguments)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return call


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with what it holds, to see that nothing was changed."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".db-wal", ".db-shm"}
    }
