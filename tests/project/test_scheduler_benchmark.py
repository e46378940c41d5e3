"""The benchmark of the scheduler's load, on a few rows: every figure is taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_scheduler_begins_and_settles_all_that_is_due():
    few = ("--due=30", "--settle=5", "--rows=50", "--alternatives=2", "--json")
    told = subprocess.run(
        [sys.executable, BENCHMARKS / "scheduler.py", *few],
        check=True,
        capture_output=True,
        text=True,
    )
    figures = {one["name"]: one for one in json.loads(told.stdout)}
    assert list(figures) == [
        *("start 30", "drained 30", "settled 5"),
        *("idle 50", "by hand 2", "apscheduler 2"),
    ]
    assert figures["drained 30"]["items"] == 30
    assert figures["start 30"]["megabytes"] < 120
