"""The days of a window as parameters of an address."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from loopqa.builtin.http_json_options import WindowOptions
from loopqa.builtin.sql_query import around
from loopqa.model.window import Window


def asked_days(options: WindowOptions | None, window: Window | None) -> dict[str, str | int]:
    """The parameters that ask for the days of a window, and for none where there is no window.

    A day more on either side: the server may live in another time zone, or not count the last day.
    What lies outside is cut off later.
    """
    if options is None or window is None:
        return {}
    first, past = around(window)
    named = {options.begin: first, options.end: past}
    return {name: _written(day, options.format) for name, day in named.items() if name is not None}


def _written(day: date, format: str) -> str | int:
    midnight = datetime.combine(day, time(), UTC)
    if format in {"unix", "unix_ms"}:
        return int(midnight.timestamp()) * (1000 if format == "unix_ms" else 1)
    return midnight.strftime(format)
