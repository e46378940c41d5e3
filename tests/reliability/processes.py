"""Real processes: warm ones forked from a server that has imported everything, and cold ones."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import loopqa
from loopqa.cli.root import run

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.reliability.warm", "tests.reliability.processes"])
_FAULT = re.compile(r'\bfault\("([a-z-]+)"\)')
PAUSE = 0.05  #: seconds between two ticks of a process that ticks on and on


def log_of(root: Path) -> Path:
    """What the processes of a workspace print goes beside its folder, not into it."""
    return root.with_name(f"{root.name}.said.txt")


@dataclass
class Child:
    """One process of ours."""

    process: Any
    fault: str = ""  #: the place at which it is to die by itself
    struck: bool = False  #: killed from outside
    born: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.born

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.poll()
        code: int | None = self.process.exitcode
        return code

    @property
    def killed(self) -> bool:
        """Whether it died by SIGKILL."""
        return self.code == -signal.SIGKILL

    def kill(self) -> None:
        """SIGKILL: it can clean nothing up."""
        if self.code is None:
            self.struck = True
            self.process.kill()

    def wait(self, seconds: float = 60.0) -> int | None:
        """Wait for its end; None if it did not come."""
        until = time.monotonic() + seconds
        while self.code is None and time.monotonic() < until:
            time.sleep(0.002)
        return self.code


Before = Callable[[], None] | None
"""What a process does before it runs its command."""


def warm(
    root: Path, *arguments: str, fault: str = "", now: str = "", before: Before = None
) -> Child:
    """One command in a forked process."""
    return _started(_obey, (str(root), arguments, fault, now, before), fault)


def ticking(root: Path, fault: str = "") -> Child:
    """A forked process that runs ``loopqa tick`` again and again, by the plain clock."""
    return _started(_tick_on, (str(root), fault), fault)


def cold(root: Path, *arguments: str, fault: str = "", now: str = "") -> Child:
    """One command in a new interpreter, as a shell starts it."""
    with log_of(root).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "loopqa", *arguments],
            cwd=root,
            env={**os.environ, **_settings(fault, now)},
            stdout=log,
            stderr=log,
        )
    return Child(process, fault)


def _started(work: Any, arguments: tuple[Any, ...], fault: str) -> Child:
    process = PROCESSES.Process(target=work, args=arguments)
    process.start()
    return Child(process, fault)


def _settings(fault: str, now: str) -> dict[str, str]:
    return {
        "LOOPQA_FAULT": fault,
        "LOOPQA_NOW": now,
        "LOOPQA_ACTOR": "clock",
        "LOOPQA_LANG": "en",
    }


def _enter(root: str, fault: str, now: str) -> None:
    os.chdir(root)
    os.environ.update(_settings(fault, now))
    log = os.open(log_of(Path(root)), os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)


def _obey(root: str, arguments: tuple[str, ...], fault: str, now: str, before: Before) -> None:
    _enter(root, fault, now)
    if before is not None:
        before()
    raise SystemExit(run(arguments))


def _tick_on(root: str, fault: str) -> None:
    _enter(root, fault, "")
    while True:
        code = run(("tick",))
        if code not in (0, 3):
            raise SystemExit(code)
        time.sleep(PAUSE)


def later() -> str:
    """An instant at which everything that waits for another try may be tried again."""
    return (datetime.now(UTC) + timedelta(days=2)).isoformat()


def said(root: Path) -> str:
    """Everything that the processes of a workspace printed."""
    log = log_of(root)
    return log.read_text("utf-8", errors="replace") if log.exists() else ""


def named_faults() -> tuple[str, ...]:
    """Every named place in the code at which a process can be made to die."""
    code = Path(loopqa.__file__).parent.rglob("*.py")
    texts = (file.read_text("utf-8") for file in code)
    return tuple(
        sorted({name for one in texts for name in re.findall(r'fault\("([a-z-]+)"\)', one)})
    )
