"""What a table is taken for: the record that a starter rubric and workflow are written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from loopqa.calc.starting.columns import Days
from loopqa.calc.starting.scales import Scale, YesNo
from loopqa.calc.starting.times import Ambiguous
from loopqa.language import Text, text


class As(Enum):
    """What a column is taken for."""

    RATING = "rating"
    RECOMMENDATION = "recommendation"  #: 0-10, net promoter score
    YES_NO = "yes_no"
    AMOUNT = "amount"  #: seconds, minutes
    DATE = "date"
    MOMENT = "moment"  #: a time at the end of a duration
    CASE = "case"
    CUSTOMER = "customer"
    SEGMENT = "segment"
    CLUSTER = "cluster"
    COMMENT = "comment"
    WEIGHT = "weight"
    SEQUENCE = "sequence"
    STATE = "state"


WORDS: Mapping[As, Text] = {
    As.RATING: text("rating"),
    As.RECOMMENDATION: text("recommendation"),
    As.YES_NO: text("yes or no"),
    As.AMOUNT: text("amount"),
    As.DATE: text("date of the case"),
    As.MOMENT: text("time"),
    As.CASE: text("number of the case"),
    As.CUSTOMER: text("customer"),
    As.SEGMENT: text("segment"),
    As.CLUSTER: text("team or agent"),
    As.COMMENT: text("comment"),
    As.WEIGHT: text("survey weight"),
    As.SEQUENCE: text("order of the events"),
    As.STATE: text("state of the case"),
}


@dataclass(frozen=True)
class Taken:
    """One column, what it is taken for, and why."""

    column: str
    role: As
    why: Text


@dataclass(frozen=True)
class LeftOut:
    """Columns that are not used, and why."""

    why: Text
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Rated:
    """A rating column."""

    column: str
    scale: Scale
    nps: bool = False
    overall: bool = False  #: the question about everything: an outcome, no part of the composite


@dataclass(frozen=True)
class Told:
    """A yes-or-no column about quality."""

    column: str
    answers: YesNo
    good: bool  #: yes is what one wants


@dataclass(frozen=True)
class Measured:
    """A column of amounts of time."""

    column: str
    unit: str  #: s, min or h
    wait: bool  #: the shorter the better
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """The time between two moments of a case."""

    id: str  #: responded, resolved or closed
    start: str  #: column, or a name that ``collapse`` makes
    end: str


@dataclass(frozen=True)
class Events:
    """Several rows are the events of one case."""

    key: str
    opened: str
    updated: str | None  #: time of the event
    state: str | None
    initial: str  #: the state before anybody responded
    resolved: str | None
    sequence: str | None


@dataclass(frozen=True)
class Guess:
    """Everything that is taken for something."""

    taken: tuple[Taken, ...]
    left_out: tuple[LeftOut, ...]
    rows: int
    ratings: tuple[Rated, ...] = ()
    told: tuple[Told, ...] = ()
    measured: tuple[Measured, ...] = ()
    spans: tuple[Span, ...] = ()
    days: Days | None = None
    ambiguous: tuple[str, Ambiguous] | None = None  #: a date column that reads in two ways
    weights: bool = False
    clusters: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()  #: a team may be one as well
    events: Events | None = None
    marks: tuple[str, ...] = ()  #: texts that stand for an empty cell in columns that are used

    @property
    def settle_days(self) -> int:
        """How long after a window what is measured to its end is waited for."""
        return 5 if self.spans else 0

    def columns(self, role: As) -> tuple[str, ...]:
        """The columns taken for this."""
        return tuple(one.column for one in self.taken if one.role is role)

    def column(self, role: As) -> str | None:
        """The only column taken for this, if there is one."""
        return next(iter(self.columns(role)), None)

    def why(self, column: str) -> Text:
        """Why a column is taken for what it is.

        Raises:
            KeyError: it is taken for nothing.
        """
        for one in self.taken:
            if one.column == column:
                return one.why
        raise KeyError(column)

    @property
    def scores(self) -> bool:
        """Whether anything lands on a scale of marks."""
        return bool(self.ratings or self.spans or any(one.wait for one in self.measured))


@dataclass(frozen=True)
class Choices:
    """What a person said; None leaves it to the guess."""

    ratings: tuple[str, ...] | None = None
    date_column: str | None = None  #: "" for none
    dates: str | None = None  #: strptime
    customer: str | None = None  #: a column; "" for none
    segments: tuple[str, ...] | None = None
