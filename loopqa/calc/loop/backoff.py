"""When to try again what has failed: soon at first, then ever more rarely, never all at once."""

from __future__ import annotations

from datetime import timedelta

FACTOR = 4  #: each wait is this many times as long as the one before it
SPREAD = 0.5  #: share of a wait that the jitter may take off


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
