"""From the text of one answer to its state and its level or number.

The same rules are compiled to the query engine by the evidence room; here they serve golden tests,
single values and as the yardstick that the compiled form is held to.
"""

from __future__ import annotations

import re
import unicodedata

from loopqa.model.coding import Coding, LevelCoding, NumberCoding, State
from loopqa.model.rubric import ColumnMeasure, Measure

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")

Coded = tuple[State, float | None]
"""A state, and the level or number of an answer that has one."""


def normalise(raw: str) -> str:
    """One spelling for texts that mean the same: NFKC, single blanks, decimals without zeros.

    >>> [normalise(raw) for raw in (" Very\\u3000 good ", "5.0", "4.50", "\\uff11", "05")]
    ['Very good', '5', '4.5', '1', '05']
    """
    folded = " ".join(unicodedata.normalize("NFKC", raw).split())
    if not _DECIMAL.fullmatch(folded):
        return folded
    short = folded.rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def read_number(text: str) -> float | None:
    """The plain decimal number that ``text`` is, or None: no thousands, exponents, inf or nan.

    >>> read_number("05"), read_number("1,000"), read_number("nan")
    (5.0, None, None)
    """
    return float(text) if _NUMBER.fullmatch(text) else None


def state_of(text: str | None, measure: ColumnMeasure) -> State:
    """What became of an answer, before its value is looked at; blank is always missing."""
    folded = normalise(text or "")
    if not folded or folded in measure.missing:
        return State.MISSING
    if folded in measure.not_applicable:
        return State.NOT_APPLICABLE
    if folded in measure.refused:
        return State.REFUSED
    return State.ANSWERED


def code(text: str | None, measure: Measure, coding: Coding) -> Coded:
    """State and level (or number) of one answer; both None-safe and free of side effects.

    For a duration, ``text`` is the decimal number of its unit, or blank for an open case; for a
    repeat, 1 or 0, or blank while that is not known yet.

    Raises:
        ValueError: the answer is neither on the scale nor a declared exception.
    """
    state = _state(text, measure)
    if state is not State.ANSWERED:
        return state, None
    folded = normalise(text or "")
    number = coding.values.get(folded)
    mapped = number is not None
    if number is None:
        number = read_number(folded)
    if number is None:
        raise ValueError(f"'{folded}' is not a number")
    if not _valid(number, measure):
        return State.MISSING, None
    return State.ANSWERED, number if mapped else place(number, coding)


def place(number: float, coding: Coding) -> float:
    """The level on which a number falls, or the number itself where numbers are kept.

    Raises:
        ValueError: it is on no level, in no band or out of bounds.
    """
    if isinstance(coding, NumberCoding):
        return _within(number, coding)
    if coding.bands:
        return _banded(number, coding)
    if number not in coding.points:
        raise ValueError(f"{number:g} is not on the scale")
    return number


def _state(text: str | None, measure: Measure) -> State:
    if isinstance(measure, ColumnMeasure):
        return state_of(text, measure)
    if text is not None and normalise(text):
        return State.ANSWERED
    return State(measure.open)


def _valid(number: float, measure: Measure) -> bool:
    condition = getattr(measure, "valid", None)
    return condition is None or bool(condition.holds(number))


def _within(number: float, coding: NumberCoding) -> float:
    low = number if coding.low is None else coding.low
    high = number if coding.high is None else coding.high
    if not low <= number <= high:
        raise ValueError(f"{number:g} is outside {low:g}..{high:g}")
    return number


def _banded(number: float, coding: LevelCoding) -> float:
    for level, condition in coding.bands:
        if condition.holds(number):
            return level
    raise ValueError(f"{number:g} falls in no band")
