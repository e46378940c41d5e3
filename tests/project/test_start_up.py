"""What a command must not load, so that it starts at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "sqlmodel", "sqlalchemy", "alembic", "duckdb", "ibis", "pydantic", "pyarrow", "numpy", "scipy",
    "pandas", "jinja2", "altair", "rich", "yaml", "apscheduler", "httpx2", "smtplib",
}  # fmt: skip

LOADED = """
import contextlib, io, sys
from loopqa.cli import main
sys.argv = ["loopqa", *sys.argv[1:]]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(*{name.partition(".")[0] for name in sys.modules})
"""


def loaded_by(*arguments: str) -> set[str]:
    """Top-level modules that are in memory after a command."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True
    )
    found = set(done.stdout.split())
    assert "click" in found, "the process ended before it could tell"
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        *((name, "--help") for name in ("action", "worker", "tick", "outbox", "schedule")),
    ],
    ids=" ".join,
)
def test_help_loads_no_heavy_library(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) & HEAVY == set()


def test_importing_the_package_loads_no_heavy_library() -> None:
    source = 'import sys, loopqa; print(*{name.partition(".")[0] for name in sys.modules})'
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & HEAVY == set()
