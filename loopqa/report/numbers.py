"""Numbers as people read them: fixed decimals, a true minus sign, a dash where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.model.units import digits_of, with_unit
from loopqa.report.words import NOTHING, plain

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.score import Interval

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def score(value: float | None) -> str:
    """A score on the rubric's scale, two decimals.

    >>> score(3.456), score(-0.5), score(None)
    ('3.46', '−0.50', '—')
    """
    return NOTHING if value is None else f"{_no_negative_zero(value, 2):,.2f}".replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """A difference with its sign; nothing but zero has none.

    >>> signed(0.25), signed(-0.25), signed(0.001)
    ('+0.25', '−0.25', '0.00')
    """
    if value is None:
        return NOTHING
    rounded = _no_negative_zero(value, digits)
    return f"{rounded:{'+' if rounded else ''},.{digits}f}".replace("-", MINUS)


def share(value: float | None) -> str:
    """A share of 0..1 as a percentage with one decimal.

    >>> share(0.35)
    '35.0%'
    """
    return NOTHING if value is None else f"{value * 100:.1f}%"


def count(value: int | None) -> str:
    """A count with separators.

    >>> count(48211)
    '48,211'
    """
    return NOTHING if value is None else f"{value:,}"


def interval(bounds: Interval | None, *, plus: bool = False) -> str:
    """Both bounds in brackets; ``plus`` shows the signs, for differences.

    >>> interval((-0.1, 0.4), plus=True).replace(NO_BREAK, " ")
    '[−0.10, +0.40]'
    """
    if bounds is None:
        return NOTHING
    shown = [signed(bound) if plus else score(bound) for bound in bounds]
    return f"[{shown[0]},{NO_BREAK}{shown[1]}]"


def measured(value: float | None, unit: str) -> Text:
    """A value with its own unit, two decimals: 73.25%, 19.00 s, 24.10 points."""
    if value is None:
        return plain(NOTHING)
    return plain(score(value)) if unit == "" else with_unit(score(value), unit)


def measured_difference(value: float | None, unit: str) -> Text:
    """A difference in its own unit; of percentages it is in percentage points."""
    if value is None:
        return plain(NOTHING)
    if unit == "":
        return plain(signed(value))
    return with_unit(signed(value), "pp" if unit == "%" else unit)


def aimed(value: float, unit: str) -> Text:
    """A target as it was set: no more decimals than it has."""
    return plain(trimmed(value)) if unit == "" else with_unit(trimmed(value), unit)


def level(value: float | None, unit: str) -> Text:
    """A mean with its unit, with as many decimals as its differences have."""
    if value is None:
        return plain(NOTHING)
    figure = f"{_no_negative_zero(value, digits_of(unit)):,.{digits_of(unit)}f}"
    return with_unit(figure.replace("-", MINUS), unit)


def changed(value: float | None, unit: str) -> Text:
    """A difference of a verdict with its sign and unit: −12.4%, +6.1 pp."""
    if value is None:
        return plain(NOTHING)
    return with_unit(signed(value, digits_of(unit)), unit)


def changed_interval(bounds: Interval | None, unit: str) -> Text:
    """The interval of such a difference, its unit once."""
    if bounds is None:
        return plain(NOTHING)
    low, high = (signed(bound, digits_of(unit)) for bound in bounds)
    return with_unit(f"[{low},{NO_BREAK}{high}]", unit)


def trimmed(value: float) -> str:
    """At most two decimals, none that are zero at the end."""
    figure = f"{_no_negative_zero(value, 2):,.2f}"
    return figure.rstrip("0").rstrip(".").replace("-", MINUS)


def _no_negative_zero(value: float, digits: int) -> float:
    return round(value, digits) + 0.0
