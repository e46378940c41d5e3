"""The command line: parse, call the engine, print."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from loopqa.cli.root import run

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            # The reader has gone (`loopqa ... | head`); nothing is left to be complained about.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if "pyarrow" in sys.modules:
        # Arrow's reading threads let go of Python objects a moment after the last batch; where the
        # interpreter is being taken down by then, they abort the process (code 134).
        os._exit(code)
    sys.exit(code)
