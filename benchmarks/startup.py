"""How long `loopqa --help` takes, beside a bare Python: medians of wall time and the ratio.

python benchmarks/startup.py [RUNS]
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

BARE = (sys.executable, "-c", "pass")
HELP = (
    sys.executable,
    "-c",
    "import sys; from loopqa.cli import main; sys.argv = ['loopqa', '--help']; main()",
)


def milliseconds(command: tuple[str, ...]) -> float:
    """Wall time of one run of ``command``."""
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (perf_counter() - start) * 1000


def main(runs: int) -> None:
    """Run both commands in turn, so that a busy moment hits both, and print the medians."""
    times = [(milliseconds(BARE), milliseconds(HELP)) for _ in range(runs)]
    bare, shown = (median(column) for column in zip(*times, strict=True))
    print(
        f"loopqa --help: {shown:.0f} ms; bare python: {bare:.0f} ms; "
        f"difference {shown - bare:.0f} ms, ratio {shown / bare:.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
