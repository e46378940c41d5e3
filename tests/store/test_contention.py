"""Several processes on one SQLite file: the short form of ``benchmarks/contention.py``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_writers_of_one_file_lose_no_update_and_are_never_locked_out(tmp_path):
    told = subprocess.run(
        [sys.executable, BENCHMARKS / "contention.py", "--seconds=5", "--writers=4", "--json"],
        check=True,
        capture_output=True,
        text=True,
    )
    ours, *others = json.loads(told.stdout)
    assert (ours["lost"], ours["locked"], ours["audit_whole"]) == (0, 0, True)
    assert ours["counted"] > 0
    assert ours["refused"] > 0, "nobody ever had an old picture: nothing was put to the test"
    assert sum(one["lost"] + one["locked"] for one in others) > 0, "the others had no trouble"
