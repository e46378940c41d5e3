"""The errors of dates that can't be relied on: read in two ways, or in none."""

from __future__ import annotations

from loopqa.errors import DataError, Place
from loopqa.evidence.dates import Ambiguous
from loopqa.language import text

#: Characters of a value that a message shows.
SHOWN = 100


def two_readings(doubt: Ambiguous, file: str, column: str, row: int | None = None) -> DataError:
    """The error for a date that is day first or month first; names both readings."""
    return DataError(
        text(
            "'{value}' may be {day_first} or {month_first}",
            value=doubt.written,
            day_first=doubt.day_first.date().isoformat(),
            month_first=doubt.month_first.date().isoformat(),
        ),
        place=Place(file, row, column),
        hint=text(
            "say which with `dates:`, for example %d/%m/%Y (day first) or %m/%d/%Y (month first)"
        ),
    )


def no_reading(
    value: str, form: str | None, file: str, column: str, row: int | None = None
) -> DataError:
    """The error for an input in which no value at all is a date; ``value`` is one of them."""
    value = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    return DataError(
        text("no value is a date, for example '{value}'", value=value)
        if form is None
        else text(
            "no value is a date of the form {form}, for example '{value}'", form=form, value=value
        ),
        place=Place(file, row, column),
        hint=text("say how dates are written with `dates:`, for example %d.%m.%Y %H:%M"),
    )
