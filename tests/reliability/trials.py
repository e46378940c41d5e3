"""A ground with work that is due, a command that can't do it, and the same once it can."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.reliability.ground import Ground, databases, new_ground, state_url
from tests.reliability.laws import broken_laws
from tests.reliability.ledger import Account, read_table
from tests.reliability.processes import Before, log_of, said, warm


@dataclass
class Trial:
    """One ground in trouble."""

    ground: Ground
    items: int = 4
    account: Account = field(default_factory=Account)
    wrong: list[str] = field(default_factory=list)
    tries: int = 0

    def prepare(self) -> None:
        """Closed actions whose re-surveys are due."""
        self.ground.evaluate()
        self.account.closed.update(self.ground.close_actions(self.ground.start_actions(self.items)))

    @property
    def now(self) -> datetime:
        """Two days pass between two tries, so that whatever failed may be tried again."""
        return datetime.now(UTC) + timedelta(days=2 * self.tries)

    def tick(self, *expected: int, before: Before = None, told: str = "") -> int | None:
        """One tick that must end with one of these codes, without a traceback.

        ``told``: what a failing one has to say.
        """
        self.tries += 1
        log_of(self.ground.root).unlink(missing_ok=True)
        code = warm(self.ground.root, "tick", before=before, now=self.now.isoformat()).wait(120)
        words = said(self.ground.root)
        if code not in expected:
            self.wrong.append(f"try {self.tries} ended with {code}, not {expected}: {words[-300:]}")
        if "Traceback" in words or "error of the program" in words:
            self.wrong.append(f"try {self.tries} showed a traceback: {words[-600:]}")
        if code == 3 and told not in words:
            self.wrong.append(f"try {self.tries} did not say '{told}': {words[-300:]}")
        return code

    @property
    def undone(self) -> int:
        """Re-surveys that have no verdict yet."""
        return sum(one["state"] != "done" for one in read_table(self.ground).resurveys)

    def finish(self, ticks: int = 10) -> list[str]:
        """With the trouble gone everything must be done, once; what is wrong with all of it."""
        for _ in range(ticks):
            if self.undone:
                self.tick(0)
        now = self.now
        laws = broken_laws(self.ground, now)
        return [*self.wrong, *self.account.complaints(self.ground, now), *laws]


@contextmanager
def trial(kind: str, items: int = 4, folder: Path | None = None) -> Iterator[Trial]:
    """A new ground with work that is due."""
    with databases([kind]) as server, tempfile.TemporaryDirectory() as own:
        root = (folder or Path(own)) / "desk"
        made = Trial(new_ground(root, state_url(kind, server)), items)
        made.prepare()
        yield made
