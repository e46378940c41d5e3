"""Simulate many processes on one state, with crashes, and count what broke.

python -m tests.reliability.simulate --seeds 10000 --workers 1,2,5 --database sqlite --jobs 2
python -m tests.reliability.simulate --seed 4711 --trace
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from tests.reliability.simulator.running import FIGURES, WORKERS, Totals, run_all, run_one


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 1 where anything broke."""
    options = _parser().parse_args(arguments)
    workers = tuple(map(int, options.workers.split(",")))
    if options.seed is not None:
        result = run_one(options.seed, workers)
        print(*(result.trace if options.trace else ()), sep="\n")
        print(*(result.breaches or ("nothing broke",)), sep="\n")
        return bool(result.breaches)
    seeds = range(options.first, options.first + options.seeds)
    totals = run_all(seeds, workers, options.database, options.jobs)
    print(json.dumps(totals.to_dict()) if options.json else table(totals))
    for one in totals.broken[:3]:
        print(f"\nseed {one.seed}:", *one.trace, *one.breaches, sep="\n", file=sys.stderr)
    return bool(totals.broken)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seed", type=int, help="replay this one on SQLite")
    parser.add_argument("--trace", action="store_true", help="with --seed: print every step")
    parser.add_argument("--workers", default=",".join(map(str, WORKERS)), help="taken in turn")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--json", action="store_true")
    return parser


def table(totals: Totals) -> str:
    """The figures for people."""
    figures = totals.to_dict()
    names = ("database", "seeds", "seconds", *FIGURES, "breaches")
    return "\n".join(f"{name:10} {figures[name]:>12}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
