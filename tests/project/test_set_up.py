"""The two set-up commands find a Python, or say what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def pretend(folder: Path, name: str, *, new_enough: bool) -> None:
    """An interpreter that only answers whether it is new enough."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\nexit {0 if new_enough else 1}\n", encoding="utf-8")
    program.chmod(0o755)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` for a fresh virtual environment, with only the interpreters of ``folder``."""
    shell = [str(Path(path).parent) for name in ("sh", "make") if (path := shutil.which(name))]
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sh", "make", "touch", "rm"):
        found = shutil.which(name, path=os.pathsep.join([*shell, os.environ["PATH"]]))
        if found and not (tools / name).exists():
            (tools / name).symlink_to(found)
    return subprocess.run(
        ["make", *arguments, f"VENV={folder / 'venv'}"],
        cwd=ROOT,
        env={"PATH": os.pathsep.join((str(folder / "bin"), str(tools)))},
        capture_output=True,
        text=True,
    )


def test_a_newer_python_is_taken_where_python3_is_too_old(tmp_path: Path) -> None:
    pretend(tmp_path / "bin", "python3", new_enough=False)
    pretend(tmp_path / "bin", "python3.12", new_enough=True)
    shown = make(tmp_path, "--dry-run", "demo").stdout
    assert f"python3.12 -m venv --clear {tmp_path / 'venv'}" in shown


def test_without_a_python_that_is_new_enough_make_says_what_to_do(tmp_path: Path) -> None:
    pretend(tmp_path / "bin", "python3", new_enough=False)
    done = make(tmp_path, "demo")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "LoopQA needs Python 3.11 or newer, and none was found: "
        "install one, or name it with 'make PYTHON=/path/to/python ...'"
    )


def test_make_test_runs_every_kind_of_check(tmp_path: Path) -> None:
    pretend(tmp_path / "bin", "python3", new_enough=True)
    shown = make(tmp_path, "--dry-run", "test").stdout
    for check in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert f"{tmp_path / 'venv'}/bin/{check}" in shown


def test_the_ci_script_ends_in_make_test() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == "exec make test </dev/null"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
