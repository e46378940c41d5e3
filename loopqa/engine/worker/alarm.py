"""The alarm clock of a worker: it rings at intervals, and at one instant that is set each time.

APScheduler keeps both alarms in memory only. What is to be done stands in the state; if an alarm is
lost, the next one finds the work as well.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

_INTERVAL, _WAKE = "interval", "wake"


class Alarm:
    """Calls one function in a thread of its own, never twice at once, late rather than never."""

    def __init__(self, ring: Callable[[], None], interval: int) -> None:
        """``ring`` must not raise; ``interval`` in seconds."""
        _keep_quiet()
        self._ring = ring
        self._interval = interval
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Ring at once, then every interval."""
        self.ring_now()
        self._scheduler.start()

    def ring_now(self) -> None:
        """Ring as soon as the function is free, and count the interval from now."""
        self._scheduler.add_job(
            self._ring,
            "interval",
            seconds=self._interval,
            id=_INTERVAL,
            next_run_time=datetime.now(UTC),
            replace_existing=True,
        )

    def ring_at(self, moment: datetime | None) -> None:
        """Ring at this instant besides; it replaces the one that was set before."""
        if moment is None:
            with suppress(JobLookupError):
                self._scheduler.remove_job(_WAKE)
            return
        self._scheduler.add_job(
            self._ring, "date", run_date=moment, id=_WAKE, replace_existing=True
        )

    @property
    def is_alive(self) -> bool:
        """Whether the thread that watches the time runs."""
        thread = self._scheduler._thread
        return thread is not None and thread.is_alive()

    def stop(self) -> None:
        """Ring no more; waits for a call that is under way."""
        self._scheduler.shutdown()


def _keep_quiet() -> None:
    """What APScheduler logs (an alarm during a long tick, say) is no news for an operator."""
    logger = logging.getLogger("apscheduler")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
