"""Where a workspace is, and which definition files it holds."""

from __future__ import annotations

from pathlib import Path

from loopqa.define.settings import SETTINGS_FILE
from loopqa.errors import UsageError
from loopqa.language import text


def find_root(start: Path) -> Path:
    """The nearest folder from ``start`` upwards that holds ``loopqa.yaml``.

    Raises:
        UsageError: there is none.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise UsageError(
        text("{folder} is not inside a LoopQA workspace", folder=here),
        hint=text("start one with: loopqa init"),
    )


def rubric_files(root: Path) -> tuple[Path, ...]:
    """The rubric files of a workspace, by name."""
    return _yaml_files(root / "rubrics")


def workflow_files(root: Path) -> tuple[Path, ...]:
    """The workflow files of a workspace, by name."""
    return _yaml_files(root / "workflows")


def _yaml_files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))))
