"""One table of all that LoopQA promises about losing nothing, with what was measured here.

    python -m tests.reliability.report [--quick] [--only NAME]... [--json] [--list]

The long form takes about an hour on two cores; ``--quick`` four minutes. The exit code is 1 where
something does not hold. What other parts of the project measure is asked of their own commands.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence

from tests.reliability.figures import Figure, document, table
from tests.reliability.pieces import (
    Piece,
    chosen,
    read_contention,
    read_load,
    read_planted,
    read_simulation,
)

MODULE = "tests.reliability."
HOUR = 3600.0  #: seconds after which a piece counts as hanging


def module(name: str) -> tuple[str, str]:
    """Arguments that run one of the modules beside this one."""
    return ("-m", MODULE + name)


PIECES = (
    Piece(
        "simulate",
        (*module("simulate"), "--database", "sqlite"),
        ("--seeds", "10000", "--jobs", "2"),
        ("--seeds", "60"),
        read_simulation,
    ),
    Piece(
        "simulate-postgresql",
        (*module("simulate"), "--database", "postgresql"),
        ("--seeds", "1000", "--jobs", "2"),
        ("--seeds", "10"),
        read_simulation,
    ),
    Piece("planted", module("planted"), quick=None, reading=read_planted),
    Piece("tested", module("tested"), quick=None),
    Piece("killing", module("killing"), ("--kills", "80"), ("--kills", "8", "--workers", "2")),
    Piece("races", module("races"), ("--items", "300"), ("--items", "30", "--processes", "5")),
    Piece(
        "contention",
        ("benchmarks/contention.py",),
        ("--seconds", "60"),
        ("--seconds", "5"),
        read_contention,
    ),
    Piece("scheduler", ("benchmarks/scheduler.py", "--postgres"), quick=None, reading=read_load),
    Piece(
        "year",
        (*module("year"), "--database", "sqlite"),
        ("--actions", "20000"),
        ("--actions", "300", "--days", "60", "--hours", "8"),
    ),
    Piece(
        "year-postgresql",
        (*module("year"), "--database", "postgresql"),
        ("--actions", "2000", "--hours", "4"),
        None,
    ),
    Piece("downtime", module("downtime"), ("--seeds", "40"), ("--seeds", "2")),
    Piece("slots-away", module("slots_away"), quick=("--database", "sqlite")),
    Piece("storage", module("storage")),
    Piece("outages", module("outages"), quick=("--only", "stopped", "--only", "idle")),
)


def gathered(pieces: Sequence[Piece], *, quick: bool) -> list[Figure]:
    """Run the pieces one after the other; says on stderr where it is."""
    figures: list[Figure] = []
    for piece in pieces:
        if quick and piece.quick is None:
            continue
        start = time.monotonic()
        figures += piece.figures(quick=quick, seconds=HOUR)
        print(f"{piece.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return figures


def machine() -> str:
    """What it was measured on."""
    return (
        f"Python {platform.python_version()}, {platform.system()} on {platform.machine()}, "
        f"{os.cpu_count()} cores"
    )


def main(arguments: list[str] | None = None) -> int:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="at most four minutes")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one piece")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true", help="name the pieces")
    asked = parser.parse_args(arguments)
    pieces = chosen(asked.only, PIECES)
    if asked.list:
        print("\n".join(one.name for one in pieces))
        return 0
    figures = gathered(pieces, quick=asked.quick)
    print(document(figures) if asked.json else f"{table(figures)}\n\n{machine()}")
    return 0 if figures and all(one.holds for one in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
