"""A workspace that stays open for days, while people change its files and its state comes and goes.

Workflows and rubrics are read again by themselves. What belongs to the open workspace is its
settings, its plugins and its state: when one of them has changed, the workspace is opened anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from loopqa.define.settings import SETTINGS_FILE
from loopqa.engine.workspace import Workspace

Stamp = tuple[tuple[str, int, int, int], ...]


class Standing:
    """One workspace, opened anew whenever what it holds in memory is out of date."""

    def __init__(self, opened: Workspace) -> None:
        self.workspace = opened  #: as it was opened last; its state may be gone
        self._stamp = _stamp(opened.root)

    @classmethod
    def open(cls, start: Path) -> Self:
        """Open the workspace that ``start`` lies in.

        Raises:
            UsageError: no folder upwards is one.
            DefinitionError: its ``loopqa.yaml`` is wrong.
        """
        return cls(Workspace.open(start))

    def fresh(self) -> Workspace:
        """The workspace as its files say now, with a state that is there.

        Raises:
            LoopQAError: ``loopqa.yaml`` is wrong, or the state can't be reached; the workspace
                stays as it was, and the next call tries again.
        """
        seen = _stamp(self.workspace.root)
        if seen != self._stamp or not self.workspace.store.in_place():
            self._replace(Workspace.open(self.workspace.root, actor=self.workspace.actor))
            self._stamp = seen
        return self.workspace

    @property
    def has_state(self) -> bool:
        """Whether the state was reached since the workspace was opened."""
        return "store" in vars(self.workspace)

    def close(self) -> None:
        """Close what is open."""
        self.workspace.close()

    def _replace(self, opened: Workspace) -> None:
        assert opened.store  # reached before the old one is given up
        before, self.workspace = self.workspace, opened
        before.close()


def _stamp(root: Path) -> Stamp:
    """What tells whether settings or plugins were changed: file, inode, size, time of change."""
    return tuple(_seen(root / SETTINGS_FILE, *sorted((root / "plugins").rglob("*.py"))))


def _seen(*files: Path) -> Iterator[tuple[str, int, int, int]]:
    for file in files:
        try:
            found = file.stat()
        except OSError:  # removed meanwhile
            continue
        yield str(file), found.st_ino, found.st_size, found.st_mtime_ns
