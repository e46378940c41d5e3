"""What is known of a table before anybody says what its columns mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from loopqa.calc.scoring.answers import read_number

#: Marks that stand for an empty cell, folded; they are no answer in any column.
EMPTY_MARKS = frozenset(
    {"?", "-", "--", "—", "/", "nan", "null", "none", "n.a.", "blank", "(blank)", "missing", "空"}
    | {"无", "未填", "未填写", "未作答", "未评价", "缺失", "#n/a", "(空白)"}
)


@dataclass(frozen=True)
class Column:
    """One column: its distinct values, normalised, with how often each occurs."""

    name: str
    counts: Mapping[str, int]  #: without blanks; the first distinct values where ``capped``
    rows: int  #: of the table
    typed_dates: bool = False  #: the file itself says that these are times; ``counts`` has ISO
    capped: bool = False  #: there are more distinct values than ``counts`` holds

    @property
    def filled(self) -> int:
        """Rows that hold something."""
        return sum(self.counts.values())

    @property
    def distinct(self) -> int:
        """Number of distinct values."""
        return len(self.counts)

    @property
    def marks(self) -> tuple[str, ...]:
        """The values that stand for an empty cell."""
        return tuple(one for one in self.counts if one.casefold() in EMPTY_MARKS)

    @property
    def answers(self) -> Counter[str]:
        """The values that say something."""
        marks = set(self.marks)
        return Counter({one: n for one, n in self.counts.items() if one not in marks})

    @property
    def numbers(self) -> Counter[float] | None:
        """Values as numbers, where all that say something are."""
        found: Counter[float] = Counter()
        for written, n in self.answers.items():
            number = read_number(written)
            if number is None:
                return None
            found[number] += n
        return found or None


@dataclass(frozen=True)
class Changing:
    """How a column goes with the number that several rows share (events of one case)."""

    constant: bool  #: every row of a case says the same
    first: str = ""  #: what the first rows of most cases say
    cases: Mapping[str, int] = field(default_factory=dict)  #: first values, each case once


@dataclass(frozen=True)
class Table:
    """A table: its columns in their order."""

    columns: tuple[Column, ...]
    rows: int
    key: str | None = None  #: a number that several rows share, as the events of a case do
    within_key: Mapping[str, Changing] = field(default_factory=dict)
    twice: tuple[str, ...] = ()  #: names of several columns, none of which can be meant

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises:
            KeyError: there is none.
        """
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True)
class Days:
    """How many rows lie on each day, and how the times are written."""

    column: str
    form: str | None  #: strptime; None: LoopQA reads them by itself
    counts: Mapping[date, int]
    clock: bool  #: they tell the time of day as well
