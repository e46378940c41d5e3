"""Plant each of a list of bugs and see after how many seeds the simulator finds it.

python -m tests.reliability.planted --seeds 300
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.reliability.simulator.bugs import BUGS
from tests.reliability.simulator.database import State
from tests.reliability.simulator.planting import Bug
from tests.reliability.simulator.running import WORKERS, opened, workers_of
from tests.reliability.simulator.simulation import simulate


@dataclass(frozen=True)
class Found:
    """What became of one planted bug."""

    bug: str
    sentence: str
    seeds: int | None  #: how many it took; None: it was not found
    by: str  #: the first breach of the seed that found it


def look_for(bug: Bug, seeds: Sequence[int], state: State, folder: Path) -> Found:
    """Simulate with the bug until something breaks."""
    for number, seed in enumerate(seeds, 1):
        with bug.planted():
            result = simulate(seed, workers_of(seed, WORKERS), state.reset(), folder)
        if result.breaches:
            return Found(bug.name, bug.sentence, number, result.breaches[0])
    return Found(bug.name, bug.sentence, None, "")


def look_for_all(seeds: Sequence[int], bugs: Sequence[Bug] = BUGS, *, tell: bool) -> list[Found]:
    """Each bug by itself, on the same seeds; ``tell`` prints each as soon as it is found."""
    results = []
    with opened(None) as (state, folder):
        for bug in bugs:
            results.append(look_for(bug, seeds, state, folder))
            if tell:
                print(row(results[-1]), flush=True)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Look; 1 where a bug was not found."""
    parser = argparse.ArgumentParser(prog="planted", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="at most, for each bug")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = look_for_all(range(options.seeds), tell=not options.json)
    if options.json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        print(f"\n{sum(one.seeds is not None for one in found)} of {len(found)} found")
    return any(one.seeds is None for one in found)


def row(one: Found) -> str:
    """A line of the table."""
    after = "not found" if one.seeds is None else f"{one.seeds} seeds"
    return f"{one.bug:18} {after:>10}  {one.by[:90]}"


if __name__ == "__main__":
    sys.exit(main())
