"""A workspace in which a plugin is used as people use it: by commands, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SETTINGS = "time_zone: Asia/Shanghai\n"


@dataclass
class Desk:
    """A workspace, and the commands that run in it."""

    root: Path
    now: str = "2026-04-04"  #: what the clock of every command says
    environment: dict[str, str] = field(default_factory=dict)  #: variables beside the usual ones

    def writes(self, files: Mapping[str, str]) -> None:
        """Write files, by their path in the workspace."""
        for name, content in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(content, encoding="utf-8")

    def takes(self, plugin: str | Path) -> None:
        """Copy a plugin file into the workspace's folder ``plugins``."""
        (self.root / "plugins").mkdir(exist_ok=True)
        shutil.copy(plugin, self.root / "plugins")

    def loopqa(self, *arguments: str, code: int = 0) -> str:
        """Run a command; what it printed, on both streams.

        Raises:
            AssertionError: it ended with another exit code.
        """
        done = subprocess.run(
            [sys.executable, "-m", "loopqa", *arguments],
            cwd=self.root,
            env={**os.environ, "LOOPQA_LANG": "en", "LOOPQA_NOW": self.now, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        if done.returncode != code:
            raise AssertionError(f"exit code {done.returncode}, not {code}:\n{done.stdout}")
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """The document that a command prints with ``--json``."""
        return json.loads(self.loopqa(*arguments, "--json"))


def desk_in(root: Path) -> Desk:
    """Make a folder a workspace, if it is none."""
    made = Desk(root)
    if not (root / "loopqa.yaml").exists():
        made.writes({"loopqa.yaml": SETTINGS})
    return made
