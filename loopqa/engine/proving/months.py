"""Months counted from the baseline's, which is 0, and their days."""

from __future__ import annotations

from datetime import date, timedelta

from loopqa.model.window import Window

BASELINE = date(2026, 4, 1)  #: first day of the baseline's month


def first_day(month: int) -> date:
    """First day of a month."""
    years, of_year = divmod(BASELINE.month - 1 + month, 12)
    return date(BASELINE.year + years, of_year + 1, 1)


def last_day(month: int) -> date:
    """Last day of a month."""
    return first_day(month + 1) - timedelta(days=1)


def month_window(month: int, last: int | None = None) -> Window:
    """A whole month, or several up to ``last``."""
    return Window(first_day(month), last_day(month if last is None else last))
