"""What time it is: the computer's clock, or the instant that ``LOOPQA_NOW`` pins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from loopqa.calc.loop.calendar import local_day
from loopqa.errors import UsageError
from loopqa.language import text


@dataclass(frozen=True)
class Clock:
    """A source of "now"; ``pinned_at`` stops it at one instant (demos, tests, what-if)."""

    pinned_at: datetime | None = None  #: aware, UTC

    @property
    def pinned(self) -> bool:
        """Whether the clock was set by hand; audit entries say so."""
        return self.pinned_at is not None

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self.pinned_at or datetime.now(UTC)

    def today(self, zone: str) -> date:
        """The current calendar day in ``zone`` (an IANA name)."""
        return local_day(self.now(), zone)


def clock_of_environment(zone: str = "UTC") -> Clock:
    """The clock that ``LOOPQA_NOW`` asks for: a date, a local time or an instant with offset.

    A value without offset is wall time in ``zone``.

    Raises:
        UsageError: the variable holds something that is no ISO 8601 date or time.
    """
    wish = os.environ.get("LOOPQA_NOW", "").strip()
    if not wish:
        return Clock()
    try:
        moment = datetime.fromisoformat(wish)
    except ValueError:
        raise UsageError(
            text("LOOPQA_NOW is '{value}', which is no ISO 8601 date or time", value=wish),
            hint=text("write it like 2026-12-22 or 2026-12-22T09:00+08:00"),
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return Clock(moment.astimezone(UTC))
