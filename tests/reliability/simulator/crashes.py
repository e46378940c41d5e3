"""Crashes: a process stops at a fault point, as after kill -9, and never writes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loopqa.store import faults


class Crash(BaseException):
    """The process is dead; nothing in it may catch this."""


class Faults:
    """Counts the fault points that are passed and crashes at a chosen one."""

    def __init__(self) -> None:
        self._left = 0  #: fault points to pass until the crash; 0: none is meant
        self.struck: str | None = None  #: where the last crash was
        self.committed = 0  #: transactions that were kept since it was last set to 0

    def arm(self, after: int) -> None:
        """Crash at the ``after``-th fault point from now on, counted from 1."""
        self._left = after

    def disarm(self) -> None:
        """Let everything pass."""
        self._left = 0

    def pass_by(self, name: str) -> None:
        """What the program calls at each fault point."""
        if name == "after-commit":
            self.committed += 1
        if not self._left:
            return
        self._left -= 1
        if not self._left:
            self.struck = name
            raise Crash(name)


@contextmanager
def in_place(points: Faults) -> Iterator[Faults]:
    """Put ``points`` in place of the kill of real processes."""
    usual = faults.strike
    faults.strike = points.pass_by
    try:
        yield points
    finally:
        faults.strike = usual
