"""The wheel holds everything, and works where no checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
CARRIED = {
    "loopqa/py.typed",
    "loopqa/library/airport/survey-2014-2017.csv.gz",
    "loopqa/library/airport/SOURCE.md",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", ".", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "--wheel-dir", folder], cwd=ROOT, check=True)
    return next(folder.glob("loopqa-*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    subprocess.run([*command, wheel], cwd=folder, check=True)
    return folder


def run(site: Path, folder: Path, *command: str) -> str:
    """What a command of the installed wheel prints, run in a folder of its own."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site), "LOOPQA_LANG": "en"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_all_files_that_are_no_modules(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    assert CARRIED - names == set()
    shipped = [
        *(path for top in ("rubrics", "workflows") for path in (ROOT / top).rglob("*.*")),
        *(ROOT / "plugins").glob("*.py"),
    ]
    assert {f"loopqa/library/{path.relative_to(ROOT)}" for path in shipped} - names == set()
    catalogues = (ROOT / "loopqa" / "locale" / "zh").glob("*.json")
    assert {f"loopqa/locale/zh/{file.name}" for file in catalogues} - names == set()
    migrations = (ROOT / "loopqa" / "store").rglob("versions/*.py")
    assert {str(file.relative_to(ROOT)) for file in migrations} - names == set()


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in ZipFile(wheel).namelist()}
    assert tops == {"loopqa", wheel.name.split("-py3")[0] + ".dist-info"}


def test_the_installed_wheel_is_the_one_in_use(site: Path, tmp_path: Path) -> None:
    printed = run(site, tmp_path, "-c", "import loopqa; print(loopqa.__file__)")
    assert Path(printed.strip()).is_relative_to(site)


def test_the_installed_wheel_sets_up_a_workspace_and_runs_it(site: Path, tmp_path: Path) -> None:
    loopqa = str(site / "bin" / "loopqa")
    run(site, tmp_path, loopqa, "init", "desk", "--template", "hotline")
    run(site, tmp_path / "desk", loopqa, "plugins", "add", "effort")
    run(site, tmp_path / "desk", loopqa, "check")
    run(site, tmp_path / "desk", loopqa, "run", "hotline", "--window", "2026-01-01..2026-01-31")
    assert (tmp_path / "desk" / ".loopqa" / "state.db").exists()
