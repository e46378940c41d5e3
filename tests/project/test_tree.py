"""What every file of the project keeps to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Folders of one machine and hosts of package registries; in two parts, so as not to find itself.
FOREIGN = re.compile(
    "|".join(
        rf"{first}{second}"
        for first, second in (
            (r"(?<![\w.])/wo", r"rk/"),
            (r"(?<![\w.])/ho", r"me/\w"),
            (r"(?<![\w.])/ro", r"ot/"),
            (r"(?<![\w.])/Us", r"ers/\w"),
            (r"(?<![\w.])/tm", r"p/\w"),
            (r"pypi\.", r"org"),
            (r"python", r"hosted\."),
            (r"registry\.", r"npmjs"),
            (r"deb\.", r"debian\.org"),
        )
    )
)


def tracked() -> list[Path]:
    """The files git knows or would add; without git, all of the source tree."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every text file of the project by its name."""
    found = {}
    for path in tracked():
        try:
            found[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def test_no_file_names_a_folder_of_one_machine_or_a_registry(texts: dict[str, str]) -> None:
    assert [
        (name, found[0]) for name, text in texts.items() if (found := FOREIGN.search(text))
    ] == []


def test_no_module_is_longer_than_four_hundred_lines(texts: dict[str, str]) -> None:
    modules = [name for name in texts if re.match(r"(loopqa|plugins)/.*\.py$", name)]
    lengths = {name: texts[name].count("\n") for name in modules}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_every_module_says_what_it_is_for(texts: dict[str, str]) -> None:
    silent = [
        name
        for name, text in texts.items()
        if name.startswith("loopqa/") and name.endswith(".py") and text.strip()
        if not text.lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_no_file_leaves_work_for_later(texts: dict[str, str]) -> None:
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    assert [name for name, text in texts.items() if words.search(text)] == []
