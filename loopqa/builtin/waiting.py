"""How long a receiver wants us to wait (RFC 9110, section 10.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` asks for; None where it says nothing that can be read.

    A date is counted from the answer's own ``Date``, so that no two clocks are compared.

    >>> seconds_to_wait({"retry-after": "120"})
    120.0
    >>> seconds_to_wait({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT",
    ...                  "date": "Fri, 31 Dec 1999 23:59:00 GMT"})
    59.0
    """
    wish = headers.get("retry-after", "").strip()
    if wish.isascii() and wish.isdigit():
        return float(wish[:9])
    until = moment_of(wish)
    if until is None:
        return None
    since = moment_of(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def moment_of(written: str) -> datetime | None:
    """The instant that a date of HTTP names (RFC 9110, section 5.6.7); None where it is none."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, seldom needed

    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
