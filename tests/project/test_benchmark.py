"""The benchmark of whole evaluations: everybody counts the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_all_contestants_of_the_benchmark_find_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "evaluation.py"),
            *("--rows", "3000", "--repeat", "1", "--form", "csv"),
            *("--only", "loopqa", "duckdb", "duckdb-plain", "polars", "pandas"),
        ],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    lines = done.stdout.splitlines()
    assert lines[1] == "cases-3000.csv: 1 runs each, medians, equal digests"
    assert [line.split()[0] for line in lines[3:8]] == [
        "loopqa",
        "duckdb",
        "duckdb-plain",
        "polars",
        "pandas",
    ]
