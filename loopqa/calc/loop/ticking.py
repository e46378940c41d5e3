"""Whether anybody ticks, judged from signs of life, and when a worker is to wake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loopqa.model.timetable import NextDue, Ticker

#: A daily tick may begin later than the day before, and a day has 25 hours when clocks go back.
A_DAY = timedelta(hours=26)
PATIENCE = timedelta(minutes=1)  #: a worker that waits for the database is no dead one
SOONEST = timedelta(seconds=1)  #: between two ticks of a worker


@dataclass(frozen=True)
class Ticking:
    """Who ticks, seen from one instant."""

    living: tuple[Ticker, ...]  #: workers that gave a sign of life lately
    lost: Ticker | None  #: the worker that ought to live, is silent, and after whom nobody ticked
    last_tick: datetime | None  #: when the last whole tick ended, whoever did it
    due: NextDue
    nobody: bool  #: nobody ticks although something waits


def who_ticks(
    tickers: Sequence[Ticker], due: NextDue, now: datetime, *, tried: bool = False
) -> Ticking:
    """Judge from all signs of life whether anybody ticks.

    Nobody does when no worker lives, and a worker that ought to live fell silent while anything is
    pending, or the last tick was more than a day ago while something waits. Where nobody has ever
    ticked, it must have waited for a day; and not have been ``tried``, because ticks leave no sign
    under a clock that was set by hand.
    """
    living = tuple(one for one in tickers if is_alive(one, now))
    last = max((one.ticked_at for one in tickers if one.ticked_at), default=None)
    silent = [one for one in tickers if one.interval is not None and not is_alive(one, now)]
    lost = max(silent, key=lambda one: one.beat_at, default=None)
    if living or (lost and last and last > lost.beat_at):
        lost = None
    unknown = last is None and tried
    overdue = _overdue(due, last, now) and not unknown
    nobody = not living and (overdue or (lost is not None and due != NextDue()))
    return Ticking(living, lost, last, due, nobody)


def is_alive(ticker: Ticker, now: datetime) -> bool:
    """Whether a worker gave a sign of life within its last three intervals, or a minute."""
    if ticker.interval is None:
        return False
    return now - ticker.beat_at <= max(PATIENCE, timedelta(seconds=3 * ticker.interval))


def _overdue(due: NextDue, last_tick: datetime | None, now: datetime) -> bool:
    if due.waiting is None:
        return False
    return now - (last_tick or due.waiting) > A_DAY


def wake_at(due: NextDue, now: datetime) -> datetime | None:
    """When to tick next though the interval is not over.

    ``due`` is seen from the instant at which the last tick began: what that one saw and could not
    do waits for the next interval.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 12, 4, 12, tzinfo=UTC)
    >>> wake_at(NextDue(coming=noon + timedelta(minutes=3)), noon).isoformat()
    '2026-12-04T12:03:00+00:00'
    >>> wake_at(NextDue(waiting=noon), noon) is None
    True
    """
    return None if due.coming is None else max(due.coming, now + SOONEST)
