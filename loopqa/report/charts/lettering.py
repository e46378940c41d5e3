"""Row labels, tick labels and their widths, estimated: layouts do not hang on installed fonts."""

from __future__ import annotations

from math import ceil, floor
from unicodedata import east_asian_width

from loopqa.report.numbers import MINUS

STEPS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 25, 50, 100)


def width(words: str) -> float:
    """Width in ems: a CJK sign is one, other signs a bit over half.

    >>> width("响应 ok")
    3.65
    """
    return round(sum(1.0 if east_asian_width(sign) in "WF" else 0.55 for sign in words), 2)


def wrapped(words: str, most: float, lines: int = 2) -> list[str]:
    """The words in at most ``lines`` lines of ``most`` ems, the last one cut with an ellipsis.

    >>> wrapped("Clarity of communication", 9)
    ['Clarity of', 'communication']
    """
    rows: list[str] = [""]
    for part in _parts(words):
        if rows[-1] and width(rows[-1] + part.rstrip()) > most:
            rows.append("")
        rows[-1] += part if rows[-1] else part.lstrip()
    rows = [piece for row in rows for piece in _broken(row.rstrip(), most)]
    if len(rows) <= lines:
        return rows
    return [*rows[: lines - 1], _cut(rows[lines - 1] + "…", most)]


def _parts(words: str) -> list[str]:
    """Where a line may break: after a blank, and between CJK signs."""
    parts = [""]
    for sign in words:
        parts[-1] += sign
        if sign == " " or east_asian_width(sign) in "WF":
            parts.append("")
    return [part for part in parts if part]


def _broken(row: str, most: float) -> list[str]:
    """A row of one overlong word, broken hard."""
    pieces = [""]
    for sign in row:
        if width(pieces[-1] + sign) > most + 0.01 and width(row) > most * 1.3:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _cut(row: str, most: float) -> str:
    while len(row) > 2 and width(row) > most * 1.15:
        row = row[:-2] + "…"
    return row


def tidy_ticks(low: float, high: float, most: int = 6) -> dict[float, str]:
    """Round places between the ends, at most ``most`` steps apart, with their labels.

    >>> tidy_ticks(1, 5)
    {1.0: '1', 2.0: '2', 3.0: '3', 4.0: '4', 5.0: '5'}
    """
    span = high - low
    step = next((one for one in STEPS if span / one <= most), span)
    first = ceil(low / step - 1e-9)
    places = [at * step for at in range(first, floor(high / step + 1e-9) + 1)]
    return {float(round(one, 6)): f"{round(one, 6):g}".replace("-", MINUS) for one in places}
