"""What tests of their own prove, as figures: killed commands, slots of all zones, old states.

python -m tests.reliability.tested [--only NAME]... [--json]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass

from tests.reliability.figures import Figure, told
from tests.reliability.pieces import ROOT

_PASSED = re.compile(r"(\d+) passed")


@dataclass(frozen=True)
class Tests:
    """Some test files that prove one promise."""

    name: str
    what: str
    database: str
    promise: str
    files: tuple[str, ...]  #: patterns
    marks: str = "not slow"

    def figure(self) -> Figure:
        """Run them; files that are missing prove nothing."""
        files = [str(file) for one in self.files for file in sorted(ROOT.glob(one))]
        if len(files) < len(self.files):
            return Figure(self.what, self.database, self.promise, "no such tests", False)
        call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
        done = subprocess.run(
            [*call, "-m", self.marks, "--timeout", "3600", *files],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        passed = _PASSED.search(done.stdout)
        cases = int(passed[1]) if passed else 0
        return Figure(
            self.what,
            self.database,
            self.promise,
            f"{cases} cases",
            done.returncode == 0 and cases > 0,
            tuple(line for line in done.stdout.splitlines() if line.startswith("FAILED"))[:5],
        )


AS_IF_NEVER = "as if never killed"
SETS = (
    Tests(
        "commands",
        "commands killed at each named place",
        "sqlite",
        AS_IF_NEVER,
        ("tests/engine/test_killed*.py",),
    ),
    Tests(
        "commands-postgresql",
        "commands killed at each named place",
        "postgresql",
        AS_IF_NEVER,
        ("tests/engine/test_on_postgresql.py",),
    ),
    Tests(
        "upgrades",
        "upgrades and backups killed and raced",
        "sqlite, postgresql",
        "every row kept",
        ("tests/store/test_keeping*.py", "tests/store/test_processes.py"),
    ),
    Tests(
        "zones",
        "slots of all zones, 2024-2035",
        "",
        "0 skipped, 0 doubled",
        ("tests/calc/test_slots*.py",),
        "slow",
    ),
)


def main(arguments: list[str] | None = None) -> int:
    """The sets that were asked for."""
    names = [one.name for one in SETS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    wanted = [one for one in SETS if one.name in (asked.only or names)]
    return told([one.figure() for one in wanted], asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
