"""Hostile files meet the promise for bad input: no traceback, exit 2, the place, in time, no trace.

Each group is tried in one warm process, so that time and memory are those of the file alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RIGHT_PLACES = 0.95


def tried(group: str) -> list[dict[str, object]]:
    """What became of the files of a group."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.trial", group],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(one) for one in done.stdout.splitlines()]
