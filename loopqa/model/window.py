"""A window: the days whose cases one wave evaluates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, order=True)
class Window:
    """Whole days from ``start`` to ``end``, both inclusive, in the workspace's time zone."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"window ends before it starts: {self.start}..{self.end}")

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read ``2026-03-01..2026-03-31`` or a single day ``2026-03-01``.

        Raises:
            ValueError: the text is neither, or the end lies before the start.

        >>> Window.parse("2026-03-01..2026-03-31").days
        31
        """
        first, _, last = text.partition("..")
        start = date.fromisoformat(first.strip())
        return cls(start, date.fromisoformat(last.strip()) if last else start)

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"

    @property
    def days(self) -> int:
        """Number of days in the window."""
        return (self.end - self.start).days + 1

    @property
    def first_instant(self) -> datetime:
        """Local wall time at which the window begins (no zone attached)."""
        return datetime.combine(self.start, time.min)

    @property
    def past_instant(self) -> datetime:
        """Local wall time of the first instant after the window (no zone attached)."""
        return datetime.combine(self.end + timedelta(days=1), time.min)


def windows_alike(one: Window, other: Window) -> bool:
    """Whether two windows are about as long, as the months of a year are."""
    shorter, longer = sorted((one.days, other.days))
    return (longer - shorter) * 10 <= longer
