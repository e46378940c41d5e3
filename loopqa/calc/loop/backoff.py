"""When to try again what has failed: soon at first, then ever more rarely, never all at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

FACTOR = 4  #: each wait is this many times as long as the one before it
SPREAD = 0.5  #: share of a wait that the jitter may take off

FIRST = timedelta(minutes=1)  #: wait of a re-survey after its first failure
LONGEST = timedelta(hours=6)  #: its longest one


def next_try(attempts: int, *, first: timedelta, longest: timedelta, jitter: float) -> timedelta:
    """How long to wait after the ``attempts``-th failure in a row (1 for the first).

    The full wait is ``first * FACTOR ** (attempts - 1)``, at most ``longest``; ``jitter``, a random
    number in 0..1 from the caller, takes up to half of it off, so that what failed together is not
    tried again together (exponential back-off with "equal jitter").

    Raises:
        ValueError: no failure yet, a wait of nothing, or a jitter outside 0..1.

    >>> waits = [next_try(n, first=timedelta(minutes=1), longest=timedelta(hours=6), jitter=0)
    ...          for n in (1, 2, 3, 20)]
    >>> [str(wait) for wait in waits]
    ['0:01:00', '0:04:00', '0:16:00', '6:00:00']
    """
    if attempts < 1 or not 0 <= jitter <= 1 or not timedelta() < first <= longest:
        raise ValueError("a wait follows at least one failure and is longer than nothing")
    wait = first
    for _ in range(attempts - 1):
        if wait >= longest:
            break
        wait *= FACTOR
    return min(wait, longest) * (1 - SPREAD * jitter)


def spread(*what: object) -> float:
    """A number in 0..1 that tells things apart, as jitter without any randomness.

    What is tried again together must not meet again; that it does so by the same numbers in every
    run is no harm, and lets a simulation be repeated.

    >>> spread("R-3", 1) == spread("R-3", 1) != spread("R-4", 1)
    True
    """
    seed = sha256(repr(what).encode()).digest()[:6]
    return int.from_bytes(seed) / 2**48


def next_instant(now: datetime, resurvey: int, attempts: int) -> datetime:
    """When a re-survey is tried again that has failed so often.

    >>> from datetime import UTC
    >>> now = datetime(2027, 1, 2, tzinfo=UTC)
    >>> timedelta(seconds=30) <= next_instant(now, 7, 1) - now <= timedelta(minutes=1)
    True
    """
    jitter = spread("re-survey", resurvey, attempts)
    return now + next_try(attempts, first=FIRST, longest=LONGEST, jitter=jitter)
