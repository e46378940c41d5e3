"""The sign of life of one worker: what it last did, written by whoever of its threads has news."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from loopqa.model.timetable import NextDue, Ticker
from loopqa.store.leases import this_process

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace


class Pulse:
    """One worker's row among those who tick."""

    def __init__(self, now: datetime, interval: int) -> None:
        self._row = Ticker(f"worker:{this_process()}", now, now, interval=interval)
        self._lock = threading.Lock()

    def beat(self, ws: Workspace, since: datetime) -> NextDue:
        """Write a sign of life, and see what is due after ``since``.

        Raises:
            LoopQAError: the state can't be written now.
        """
        return self._write(ws, since, beat_at=ws.now())

    def ticked(self, ws: Workspace, since: datetime) -> NextDue:
        """A whole tick has ended well."""
        now = ws.now()
        return self._write(ws, since, beat_at=now, ticked_at=now, problem=None)

    def troubled(self, ws: Workspace, problem: str) -> None:
        """A tick could not be done."""
        self._write(ws, ws.now(), beat_at=ws.now(), problem=problem)

    def end(self, ws: Workspace) -> None:
        """The worker stops on purpose: nobody need miss it."""
        self._write(ws, ws.now(), beat_at=ws.now(), interval=None)

    def _write(self, ws: Workspace, since: datetime, **news: Any) -> NextDue:
        with self._lock:
            self._row = replace(self._row, **news)
            with ws.writing() as writer:
                writer.forget_tickers()
                writer.beat(self._row)
                return writer.next_due(since)
