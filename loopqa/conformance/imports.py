"""What loading a plugin brings in, found out in a Python of its own."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from loopqa.conformance.checking import CannotTell
from loopqa.language import Text, text

#: Libraries that take more than a few hundredths of a second, and only the plugin at work needs.
HEAVY = frozenset(
    {
        "aiohttp", "altair", "anyio", "apprise", "boto3", "botocore", "duckdb", "fastapi", "httpx",
        "httpx2", "ibis", "jinja2", "matplotlib", "numpy", "openpyxl", "pandas", "polars",
        "psycopg", "pyarrow", "pymysql", "python_calamine", "requests", "rich", "scipy", "sklearn",
        "smtplib", "sqlalchemy", "sqlmodel", "torch", "yaml",
    }
)  # fmt: skip

#: Loading one plugin may cost at most so much of what the interface itself costs.
MOST = 1.0

_MEASURE = """
import json, sys, time
start = time.process_time()
from loopqa.plugin import Analyser, Detector, Notifier, Options, Scoring, Secret, Source, hookimpl
import loopqa.plugin.loading
from importlib import import_module
from pathlib import Path
between = time.process_time()
known = set(sys.modules)
module, file = sys.argv[1:]
try:
    import_module(module)
except ModuleNotFoundError:
    loopqa.plugin.loading.load_file(Path(file))
end = time.process_time()
new = {name.partition(".")[0] for name in set(sys.modules) - known}
print(json.dumps({"new": sorted(new), "own": end - between, "interface": between - start}))
"""


def heavy_imports(plugin: type) -> Iterator[Text]:
    """Complaints about libraries that come with the plugin's module, and about its time."""
    seen = _measured(plugin.__module__, _file(plugin))
    heavy = HEAVY & set(seen["new"])
    if heavy:
        yield text(
            "loading it imports {names}; import them in the function that needs them",
            names=", ".join(sorted(heavy)),
        )
    elif seen["own"] > MOST * seen["interface"]:
        yield text(
            "loading it takes {own} ms, the whole interface {interface} ms",
            own=round(1000 * seen["own"]),
            interface=round(1000 * seen["interface"]),
        )


@cache
def _measured(module: str, file: str) -> dict[str, Any]:
    """What loading a module brings in; looked at once, for all classes in it."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, module, file],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=60,
    )
    if done.returncode:
        last = (done.stderr.strip() or "-").splitlines()[-1]
        raise CannotTell(text("it can't be loaded by itself: {why}", why=last))
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _file(plugin: type) -> str:
    try:
        return inspect.getsourcefile(plugin) or ""
    except TypeError:  # its module is no longer there
        return ""
