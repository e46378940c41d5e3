"""The shape of an evaluation: everything that decides what its queries look like, but no data.

Evaluations of the same shape run the same SQL, so that it need be compiled only once.
"""

from __future__ import annotations

from dataclasses import dataclass

from loopqa.model.coding import State
from loopqa.model.rubric import Condition

STATES = tuple(State)
STATE_BASE = -(10**18)  #: a number (thousandths) at or below this is a state

#: Numbers are summed in thousandths and their squares in 38 digits: exact for 10^8 such numbers.
LARGEST = 1e12

POINT_SCALE = 10_000  #: points inside a case, before they are rounded to hundredths


def encoded_state(state: State, *, number: bool) -> int:
    """The whole number that stands for a state among levels (-1 ... -4) or numbers."""
    return (STATE_BASE if number else 0) - STATES.index(state)


def decoded_state(value: int, *, number: bool) -> State:
    """The state behind an encoded value; levels and numbers are answered."""
    base = STATE_BASE if number else 0
    return STATES[base - value] if value < base else State.ANSWERED


@dataclass(frozen=True)
class Applies:
    """A case condition; where it fails, the indicator is not applicable."""

    column: str
    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True)
class Reading:
    """How raw values become whole numbers: level numbers, thousandths, or states below them."""

    texts: tuple[tuple[str, int], ...]  #: text -> encoded value, for all texts known beforehand
    levels: tuple[float, ...]  #: level by its number; empty: numbers
    bands: tuple[tuple[int, Condition], ...]
    valid: Condition | None
    open: State  #: of a duration without an end

    @property
    def number(self) -> bool:
        """Whether the values are numbers, kept in thousandths."""
        return not self.levels

    def state(self, state: State) -> int:
        """The encoded form of a state."""
        return encoded_state(state, number=self.number)


@dataclass(frozen=True)
class Coded:
    """One indicator of a shape: where its raw values stand and how they are read."""

    key: str
    column: str  #: of the case table
    duration: bool  #: the column holds numbers, not texts
    reading: Reading
    applies: tuple[Applies, ...]

    @property
    def number(self) -> bool:
        """Whether the values are numbers, kept in thousandths."""
        return self.reading.number

    @property
    def levels(self) -> tuple[float, ...]:
        """Level by its number; empty for numbers."""
        return self.reading.levels


@dataclass(frozen=True)
class Term:
    """What one indicator adds to a case score."""

    indicator: int  #: position in the shape
    weight: int
    points: tuple[tuple[int, int], ...]  #: level number -> points per POINT_SCALE
    line: tuple[float, float] | None  #: or (offset, slope) of a number
    within: Condition | None = None  #: or 100 where a number meets this, else 0
    logarithm: bool = False  #: or 100 natural logarithms of a number


@dataclass(frozen=True)
class Cap:
    """A critical answer: where the indicator's value is at most this, the score is capped."""

    indicator: int
    levels: tuple[int, ...]  #: level numbers that fail
    at_most: int  #: thousandths, for number indicators
    to: int  #: per CASE_SCALE


@dataclass(frozen=True)
class CaseScore:
    """The case score of one rater's part of a dimension."""

    quantity: str
    terms: tuple[Term, ...]
    caps: tuple[Cap, ...]

    @property
    def of_levels(self) -> tuple[tuple[int, int], ...] | None:
        """Level number -> score per CASE_SCALE, where the score is no more than its one level."""
        term = self.terms[0]
        if len(self.terms) != 1 or self.caps or term.line or term.within or term.logarithm:
            return None
        return tuple((at, rounded(points, 100)) for at, points in term.points)


@dataclass(frozen=True)
class Binned:
    """A number indicator that is counted by bins."""

    indicator: int  #: position in the shape
    within: Condition | None  #: also count the numbers that meet this


@dataclass(frozen=True)
class CompositePart:
    """One dimension in the composite: its weight, and its raters' case scores with theirs."""

    weight: int
    scores: tuple[tuple[int, int], ...]  #: (position of the case score, weight)


@dataclass(frozen=True)
class Shape:
    """One rater's (or all raters') indicators and case scores over one table of cases."""

    indicators: tuple[Coded, ...]
    scores: tuple[CaseScore, ...]
    composite: tuple[CompositePart, ...]  #: empty: none
    composite_caps: tuple[Cap, ...]
    whole_blend: bool  #: a dimension without one of its raters has no score in the composite
    weighted: bool
    values: bool  #: value counts of numbers are wanted
    own: tuple[CaseScore, ...] = ()  #: scores in an indicator's own unit; only for pairs
    binned: tuple[Binned, ...] = ()

    @property
    def signed(self) -> bool:
        """Whether a case score can be negative."""
        terms = [term for score in self.scores for term in score.terms]
        caps = [cap for score in self.scores for cap in score.caps]
        return any(
            term.line is not None or any(points < 0 for _, points in term.points) for term in terms
        ) or any(cap.to < 0 for cap in caps)


def rounded(number: int, divisor: int) -> int:
    """Division rounded half away from zero; the compiled form does the same.

    >>> rounded(5, 2), rounded(-5, 2), rounded(4, 3)
    (3, -3, 1)
    """
    half = (2 * abs(number) + divisor) // (2 * divisor)
    return half if number >= 0 else -half
