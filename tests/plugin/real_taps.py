"""Singer taps from PyPI, each in an environment of its own that is made once per Python."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

#: Where they stay: with the environment that runs the tests.
HOME = Path(sys.prefix) / "taps"

SPREADSHEETS = ("tap-spreadsheets==1.1.2", "singer-sdk==0.52.5")

_OFFLINE = re.compile(
    r"NewConnectionError|ConnectTimeout|Name or service not known|name resolution|"
    r"Network is unreachable|Connection refused|ProxyError",
    re.I,
)


def installed(name: str, packages: tuple[str, ...]) -> Path:
    """The folder of an environment that has the tap; several processes may ask at once.

    Skips the test where no package index can be reached, except in CI.
    """
    folder = HOME / name
    done = folder / f"{'+'.join(packages)}.done"
    HOME.mkdir(exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, packages)
            done.touch()
    return folder


def _install(folder: Path, packages: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    told = subprocess.run(
        [
            *pip,
            "install",
            "--quiet",
            "--no-compile",
            "--disable-pip-version-check",
            "--no-input",
            *packages,
        ],
        capture_output=True,
        text=True,
    )
    if told.returncode and _OFFLINE.search(told.stderr) and os.environ.get("CI") != "true":
        pytest.skip("no package index can be reached, so no real tap can be installed")
    assert told.returncode == 0, told.stderr
