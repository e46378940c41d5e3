"""A whole evaluation by LoopQA, beside DuckDB by hand, Polars and pandas, on the same cases.

Whole means: read the cases, turn every customer number into a pseudonym (HMAC-SHA256, each distinct
one hashed once), code the answers, and count: levels, moments and composite by month, channel,
region and team; slices of the last month; joint scores; pairs of the same customers in two months;
and a reproducible sample of a tenth. Everybody starts in a fresh process, in turn, and all answers
must have the same digest. CPU seconds are those of all threads after the imports; memory is the
peak of the process with them.

    python benchmarks/evaluation.py [--rows N ...] [--form parquet|csv ...] [--repeat N]
                                    [--only NAME ...] [--limit-mb N]
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from contestants.cases import path_of

CONTESTANTS = {
    "loopqa": ("contestants.by_loopqa", "evaluate"),
    "duckdb": ("contestants.by_duckdb", "tuned"),
    "duckdb-plain": ("contestants.by_duckdb", "plain"),
    "polars": ("contestants.by_polars", "evaluate"),
    "pandas": ("contestants.by_pandas", "evaluate"),
    "scan": ("contestants.scan", "evaluate"),
}
Measured = dict[str, float]


def main() -> None:
    """Run what was asked for and print a table for each file."""
    asked = _arguments()
    if asked.child:
        print(json.dumps(_measure(*asked.child)))
        return
    for rows in asked.rows:
        for form in asked.form:
            if form == "csv" and rows > asked.largest_csv:
                continue
            path = path_of(rows, form)
            names = asked.only or list(CONTESTANTS)
            _print(path, _in_turn(path, names, asked.repeat, asked.limit_mb))
    if not asked.only:
        _print_plugin()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--form", nargs="+", choices=("parquet", "csv"), default=["parquet", "csv"])
    parser.add_argument("--largest-csv", type=int, default=1_000_000, help="rows")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=tuple(CONTESTANTS))
    parser.add_argument("--limit-mb", type=int, help="end a process that needs more memory")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, path: str) -> dict[str, object]:
    """One evaluation in this process."""
    module, function = CONTESTANTS[name]
    evaluate = getattr(importlib.import_module(module), function)
    started, cpu = perf_counter(), process_time()
    outcome = evaluate(Path(path))
    found = {
        "cpu": process_time() - cpu,
        "wall": perf_counter() - started,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    return found | {"digests": outcome.digests(), "more": outcome.more}


def _in_turn(
    path: Path, names: list[str], repeat: int, limit_mb: int | None
) -> dict[str, list[Measured]]:
    """Everybody once, then everybody again; their digests are compared on the way."""
    found: dict[str, list[Measured]] = {name: [] for name in names}
    digests: dict[str, str] = {}
    for _ in range(repeat):
        for name in names:
            measured = _child(name, path, limit_mb)
            own = measured.pop("digests")
            found[name].append(measured)
            for part, digest in own.items() if name != "scan" else ():
                if digests.setdefault(part, digest) != digest:
                    raise SystemExit(f"{name} found other {part} than the others in {path.name}")
    return found


def _child(name: str, path: Path, limit_mb: int | None) -> dict[str, Any]:
    command = [sys.executable, __file__, "--child", name, str(path)]
    if limit_mb is not None:
        # Anonymous memory; what the libraries only reserve does not count.
        command = ["prlimit", f"--data={limit_mb << 20}", *command]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _print(path: Path, found: dict[str, list[Measured]]) -> None:
    middle = {
        name: {key: median(one[key] for one in runs) for key in ("cpu", "wall", "memory")}
        for name, runs in found.items()
    }
    print(f"\n{path.name}: {len(next(iter(found.values())))} runs each, medians, equal digests")
    print(f"{'':14}{'CPU s':>8}{'wall s':>8}{'MB':>7}   CPU range")
    for name, one in middle.items():
        cpus = [run["cpu"] for run in found[name]]
        print(
            f"{name:14}{one['cpu']:8.2f}{one['wall']:8.2f}{one['memory']:7.0f}"
            f"   {min(cpus):.2f}-{max(cpus):.2f}"
        )
    if "loopqa" in middle:
        ours = middle.pop("loopqa")
        for name, one in middle.items():
            cpu, memory = ours["cpu"] / one["cpu"], ours["memory"] / one["memory"]
            print(f"loopqa / {name:13} CPU {cpu:5.2f}   memory {memory:5.2f}")


def _print_plugin() -> None:
    from contestants.by_plugin import microseconds_a_row

    print(f"\na plugin source that yields dicts: {microseconds_a_row():.1f} us a row")


if __name__ == "__main__":
    main()
