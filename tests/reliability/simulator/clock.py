"""A clock that only the simulation moves, forward and back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


class SimulatedClock:
    """What every process of the simulation takes for the computer's clock."""

    pinned = False  #: nobody set it by hand, as far as the processes can tell

    def __init__(self, start: datetime) -> None:
        self.instant = start
        self.latest = start  #: the latest instant it ever showed

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self.instant

    def today(self, zone: str) -> date:
        """The current calendar day in ``zone``."""
        return self.instant.astimezone(ZoneInfo(zone)).date()

    def move(self, span: timedelta) -> None:
        """Let time pass, or set the clock back."""
        self.instant += span
        self.latest = max(self.latest, self.instant)
