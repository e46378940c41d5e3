"""Signals that ask a process to stop: heard between two steps of the main thread."""

from __future__ import annotations

import os
import queue
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_STOP = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """The first SIGTERM or Ctrl-C asks to stop; the second one ends the process at once."""

    def __init__(self) -> None:
        self.asked = False  #: whether somebody asked to stop
        # Its put() may interrupt its own get(), as a signal handler does.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen inside the block; the main thread only."""
        before = {one: signal.signal(one, self._hear) for one in _STOP}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def wait(self, seconds: float) -> None:
        """Sleep, but not through a signal."""
        with suppress(queue.Empty):
            self._bell.get(timeout=seconds)

    def wake(self) -> None:
        """End the sleep of the main thread: there is news."""
        self._bell.put(None)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, RuntimeError, ValueError):
                    stream.flush()
            os._exit(128 + number)
        self.asked = True
        self.wake()
