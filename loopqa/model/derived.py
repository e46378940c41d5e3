"""Columns made from other columns: the age of a date, bands of a number, groups of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from loopqa.model.rubric import Condition
from loopqa.model.workflow import Period


@dataclass(frozen=True)
class AgeBand:
    """Ages of a date on one side of a length of time, in calendar days or months."""

    name: str
    operator: str  #: one of >=, >, <=, <
    length: Period

    def __str__(self) -> str:
        return f"{self.operator} {self.length.count} {self.length.unit}s"


@dataclass(frozen=True)
class NumberBand:
    """Numbers that meet a condition."""

    name: str
    condition: Condition

    def __str__(self) -> str:
        return str(self.condition)


@dataclass(frozen=True)
class Derived:
    """How one column is made; exactly one of ``ages``, ``numbers`` and ``values`` is not empty.

    Of several bands that fit, the first as written counts.
    """

    name: str
    source: str  #: our name of the column it is made from
    ages: tuple[AgeBand, ...] = ()
    numbers: tuple[NumberBand, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)  #: normalised text -> name
    otherwise: str = "other"  #: value of what fits none
    missing: str = "unknown"  #: value where the source is blank, or neither date nor number
    dates: str | None = None  #: strptime format of the source; None: as the input's other dates

    @property
    def is_age(self) -> bool:
        """Whether it is an age at the case's own time."""
        return bool(self.ages)
