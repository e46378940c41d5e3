"""Workers as real processes, on a workspace whose source waits for a gate that tests open.

Processes come warm from a fork server, and write what they say into files.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loopqa.cli.root import run
from loopqa.engine.workspace import Workspace

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        *(
            "loopqa.cli.root",
            "loopqa.cli.worker",
            "loopqa.engine.worker.process",
            "loopqa.engine.run",
        ),
        *("loopqa.store.door", "loopqa.builtin.source_csv", "ibis.backends.duckdb"),
    ]
)
PATIENCE = 100.0  #: seconds; only a failing test waits as long

GATED = '''
"""A source of CSV rows that waits while a file `hold` lies in the workspace."""

import csv
import time

from loopqa.language import text
from loopqa.plugin import Options, Source, hookimpl


class Config(Options):
    path: str


class Gated(Source):
    type = "gated_csv"
    summary = text("rows")
    Config = Config

    def __init__(self, config, *, root):
        self.file = root / config.path
        self.root = root

    def check(self):
        pass

    def read(self, context):
        (self.root / "reading").write_text("now")
        while (self.root / "hold").exists():
            time.sleep(0.02)
        with self.file.open(encoding="utf-8") as file:
            yield list(csv.DictReader(file))


@hookimpl
def loopqa_sources():
    return [Gated]
'''


@contextmanager
def on_day(root: Path, day: str) -> Iterator[None]:
    """Be in the workspace on a day."""
    here, before = Path.cwd(), dict(os.environ)
    os.chdir(root)
    os.environ.update(LOOPQA_NOW=day, LOOPQA_LANG="en", LOOPQA_ACTOR="li")
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


def build(root: Path, actions: int = 1) -> Path:
    """A workspace with closed actions whose re-surveys have long been due, and all their data."""
    warm = PROCESSES.Process(target=int)  # the fork server imports all it will need
    warm.start()
    root.mkdir()
    with on_day(root, "2026-02-04"):
        assert run(["init", ".", "--template", "hotline"]) == 0
        (root / "plugins").mkdir()
        (root / "plugins" / "gated.py").write_text(GATED, encoding="utf-8")
        flow = root / "workflows" / "hotline.yaml"
        flow.write_text(flow.read_text("utf-8").replace("type: csv", "type: gated_csv"), "utf-8")
        assert run(["run", "hotline"]) == 0
    for number in range(1, actions + 1):
        for day, arguments in (
            ("2026-02-05", ["open", "F-1", "--title", f"Desk {number}"]),
            ("2026-02-10", ["start", f"A-{number}"]),
            ("2026-02-27", ["close", f"A-{number}", "--evidence", "rota"]),
        ):
            with on_day(root, day):
                assert run(["action", *arguments]) == 0
    (root / "reading").unlink()
    warm.join()
    return root


def _work(root: str, said: str, variables: dict[str, str], arguments: tuple[str, ...]) -> None:
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{said}.{name}", os.O_CREAT | os.O_WRONLY | os.O_APPEND), stream)
    os.chdir(root)
    os.environ.pop("LOOPQA_NOW", None)
    os.environ.update({"LOOPQA_ACTOR": "worker", "LOOPQA_LANG": "en"} | variables)
    sys.exit(run(("worker", *arguments)))


@dataclass
class Worker:
    """A worker that was started; it is killed at the end of the test if it still lives."""

    process: Any
    said: Path

    @property
    def out(self) -> str:
        """What it said on stdout so far."""
        return self.said.with_name(f"{self.said.name}.out").read_text("utf-8")

    @property
    def err(self) -> str:
        """What it said on stderr so far."""
        return self.said.with_name(f"{self.said.name}.err").read_text("utf-8")

    def send(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    def stop(self, number: int = signal.SIGTERM) -> int | None:
        """Send it a signal; how it ended."""
        self.send(number)
        return self.end()

    def end(self) -> int | None:
        """Wait for its end; its exit code, negative for a signal."""
        self.process.join(PATIENCE)
        return self.process.exitcode


@dataclass
class Workplace:
    """A workspace on which workers are started."""

    root: Path
    started: list[Worker]

    def start(self, *arguments: str, **variables: str) -> Worker:
        """Start a worker."""
        said = self.root.with_name(f"{self.root.name}-{len(self.started)}")
        process = PROCESSES.Process(
            target=_work, args=(str(self.root), str(said), variables, arguments)
        )
        process.start()
        self.started.append(Worker(process, said))
        until(lambda: said.with_name(f"{said.name}.err").exists())
        return self.started[-1]

    def hold(self) -> None:
        """Let the source wait."""
        (self.root / "hold").touch()

    def let_go(self) -> None:
        """Let the source go on."""
        (self.root / "hold").unlink()

    def wait_for_reading(self) -> None:
        """Wait until the source was asked."""
        until((self.root / "reading").exists)

    def sql(self, statement: str, *values: object) -> list[Any]:
        """Ask the state or change it behind everybody's back."""
        database = sqlite3.connect(self.root / ".loopqa" / "state.db", timeout=100)
        with database:
            rows = database.execute(statement, values).fetchall()
        database.close()
        return rows

    def hurry(self) -> None:
        """Let what failed be tried again now instead of in half a minute."""
        self.sql("UPDATE resurvey SET retry_at = due_at WHERE retry_at IS NOT NULL")

    def judged(self) -> int:
        """How many re-surveys have ended in verdicts."""
        return self.sql("SELECT count(*) FROM resurvey WHERE state = 'done'")[0][0]

    def events(self) -> Counter[str]:
        """The audit entries by event; the chain is whole."""
        with Workspace.open(self.root) as ws, ws.reading() as reader:
            assert reader.verify_audit() is None
            return Counter(entry.event for entry in reader.audit())

    def end(self) -> None:
        """No worker lives on, and none has shown a traceback."""
        for worker in self.started:
            if worker.process.is_alive():
                worker.process.kill()
            worker.process.join(10)
            assert "Traceback" not in worker.err + worker.out


def until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def stored(moment: datetime) -> str:
    """An instant as SQLite holds it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@contextmanager
def workplace(of: Path, folder: Path) -> Iterator[Workplace]:
    """A copy of a workspace to work on."""
    root = folder / "desk"
    shutil.copytree(of, root)
    place = Workplace(root, [])
    try:
        yield place
    finally:
        place.end()
