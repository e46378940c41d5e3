"""The worker: a process that ticks for as long as it lives, and watches over itself.

An alarm clock rings in a thread of its own, and that thread ticks. The main thread hears signals,
gives signs of life, and ends the process when the other one is stuck or dead: whoever started the
worker starts it again, and the leases in the state bring its work back.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from loopqa.calc.loop.ticking import wake_at
from loopqa.engine.tick import TickReport, tick
from loopqa.engine.worker.alarm import Alarm
from loopqa.engine.worker.pulse import Pulse
from loopqa.engine.worker.service import notify
from loopqa.engine.worker.signals import Signals
from loopqa.engine.worker.signs import first_line
from loopqa.engine.worker.troubles import Troubles, as_problem
from loopqa.errors import LoopQAError, RunFailed, UsageError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.worker.standing import Standing
    from loopqa.engine.workspace import Workspace
    from loopqa.model.timetable import NextDue

BROKEN = 3  #: exit code of a worker that could not go on
LOOK = 1.0  #: seconds between two looks of the main thread
BEAT = 60.0  #: seconds between two signs of life, or the interval, if that is shorter
AGAIN = timedelta(minutes=1)  #: after a tick that could not be done, however long the interval
JUMP = 5.0  #: seconds by which the clock must have been set to be noticed


@dataclass(frozen=True)
class Rhythm:
    """How a worker keeps time, in seconds."""

    interval: int = 60  #: between two ticks, where nothing is due earlier
    stuck_after: float = 7200.0  #: one piece of work may take as long as this

    @property
    def beat(self) -> float:
        """Between two signs of life."""
        return min(BEAT, float(self.interval))

    @property
    def late(self) -> float:
        """After this time without a tick, the alarm clock must have died."""
        return max(3.0 * self.interval, self.interval + 60.0)


class Voice(Protocol):
    """Who tells people what a worker does; called from both threads."""

    def started(self, ws: Workspace, rhythm: Rhythm, due: NextDue | None) -> None:
        """The worker lives."""

    def ticked(self, ws: Workspace, done: TickReport) -> None:
        """A tick has ended; problems of single items that were told before are left out."""

    def troubled(self, ws: Workspace, problem: LoopQAError) -> None:
        """A tick could not be done; told once until one can."""

    def recovered(self, ws: Workspace) -> None:
        """A tick could be done again."""

    def ended(self, ws: Workspace, why: Text) -> None:
        """The worker ends."""


class Worker:
    """One worker on one workspace; :meth:`run` returns its exit code."""

    def __init__(self, standing: Standing, rhythm: Rhythm, voice: Voice) -> None:
        """Nothing happens yet.

        Raises:
            UsageError: the clock of the workspace was set by hand.
        """
        if standing.workspace.clock.pinned:
            raise UsageError(
                text("a worker needs a clock that moves, and LOOPQA_NOW stops it"),
                hint=text("unset LOOPQA_NOW; to see what another day brings, use `loopqa tick`"),
            )
        self._standing = standing
        self._rhythm = rhythm
        self._voice = voice
        self._troubles = Troubles()
        self._began = standing.workspace.now()  # when the last tick began
        self._pulse = Pulse(self._began, rhythm.interval)
        self._signals = Signals()
        context = copy_context()  # the language, and how lines are written
        self._alarm = Alarm(lambda: context.run(self._ring), rhythm.interval)
        self._busy_since: float | None = None  # the last step of a tick that is under way
        self._free_since = self._beaten = time.monotonic()

    def run(self) -> int:
        """Tick until a signal says stop (0), or until the worker can't go on (3).

        Raises:
            DataError, UsageError: the state is none that this version can use.
        """
        with self._signals.heard():
            self._begin()
            self._alarm.start()
            notify("READY=1")
            broken = self._watch()
            notify("STOPPING=1")
            if broken is not None:
                self._give_up(broken)
            self._alarm.stop()
        with suppress(LoopQAError):
            self._pulse.end(self._standing.workspace)
        self._voice.ended(self._standing.workspace, text("stopped"))
        return 0

    # --- the main thread

    def _begin(self) -> None:
        """Open the state and say what is due; a database that is away now may come back."""
        ws, due = self._standing.workspace, None
        try:
            due = self._pulse.beat(ws, self._began)
        except RunFailed as error:
            self._trouble(error)
        self._voice.started(ws, self._rhythm, due)

    def _watch(self) -> Text | None:
        """Look after the other thread until we are told to stop; what is wrong, if that ends it."""
        offset = _clock_offset()
        while not (self._signals.asked and self._busy_since is None):
            self._signals.wait(LOOK)
            notify("WATCHDOG=1")
            self._beat_if_time()
            before, offset = offset, _clock_offset()
            if abs(offset - before) > JUMP and not self._signals.asked:
                self._alarm.ring_now()  # the clock was set, or the machine slept
            if (broken := self._broken()) is not None:
                return broken
        return None

    def _beat_if_time(self) -> None:
        if time.monotonic() - self._beaten < self._rhythm.beat:
            return
        self._beaten = time.monotonic()
        if not self._standing.has_state:
            return  # the thread that ticks opens it
        ws = self._standing.workspace
        with suppress(LoopQAError):  # the next tick meets the same, and tells it
            due = self._pulse.beat(ws, self._began)
            if self._busy_since is None:
                self._alarm.ring_at(wake_at(due, ws.now()))

    def _broken(self) -> Text | None:
        now, busy = time.monotonic(), self._busy_since
        if busy is not None and now - busy > self._rhythm.stuck_after:
            return text("a piece of work has not ended for {n} s", n=f"{now - busy:.0f}")
        if not self._alarm.is_alive:
            return text("the alarm clock has died")
        if busy is None and now - self._free_since > self._rhythm.late:
            return text("there was no tick for {n} s", n=f"{now - self._free_since:.0f}")
        return None

    def _give_up(self, broken: Text) -> None:
        """End at once: a thread that is stuck can't be ended, and would hold up a clean end."""
        self._voice.ended(self._standing.workspace, broken)
        os._exit(BROKEN)

    # --- the thread that ticks

    def _ring(self) -> None:
        if self._signals.asked:
            return
        self._busy_since = time.monotonic()
        try:
            self._tick()
        except LoopQAError as error:
            self._trouble(error)
        except (Exception, SystemExit) as bug:
            self._trouble(as_problem(bug))
        finally:
            self._free_since, self._busy_since = time.monotonic(), None
            self._signals.wake()

    def _tick(self) -> None:
        self._began = self._standing.workspace.now()
        ws = self._standing.fresh()
        done = tick(ws, stop=self._stop)
        self._voice.ticked(ws, self._troubles.without_known(done))
        self._beaten = time.monotonic()
        due = self._pulse.ticked(ws, self._began)
        self._alarm.ring_at(wake_at(due, ws.now()))
        if self._troubles.over():
            self._voice.recovered(ws)

    def _stop(self) -> bool:
        """Whether to stop before the next item; being asked shows that the last one has ended."""
        self._busy_since = time.monotonic()
        return self._signals.asked

    def _trouble(self, error: LoopQAError) -> None:
        ws = self._standing.workspace
        if self._troubles.is_new(error):
            self._voice.troubled(ws, error)
        self._alarm.ring_at(ws.now() + AGAIN)
        with suppress(LoopQAError):
            self._pulse.troubled(ws, first_line(error))


def _clock_offset() -> float:
    """Wall clock less monotonic clock: it changes when the clock is set or the machine sleeps."""
    return time.time() - time.monotonic()
