"""How several events of a log become one case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loopqa.model.rubric import When


class Pick(StrEnum):
    """Which event's value a case takes, or what of its events is counted."""

    FIRST = "first"  #: the earliest of its times
    LAST = "last"  #: the latest of its times
    EARLIEST = "earliest"  #: the value on the event that comes first by order
    LATEST = "latest"  #: the value on the event that comes last by order; ties: the later row
    COUNT = "count"  #: the number of its events that have a value

    @property
    def of_times(self) -> bool:
        """Whether the values are times, which are compared as such."""
        return self in {Pick.FIRST, Pick.LAST}

    @property
    def backwards(self) -> bool:
        """Whether the event that comes last is the one."""
        return self in {Pick.LAST, Pick.LATEST}


Where = tuple[tuple[When, ...], ...]
"""Events that count: those that meet all conditions of one of these groups; none: every event."""


@dataclass(frozen=True)
class Made:
    """One column of a case, made of its events."""

    name: str  #: what ``map``, segments and indicators call it
    pick: Pick
    column: str  #: of the events
    by: str | None = None  #: column that orders the events (numbers or times); None: their rows
    where: Where = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the events that it is made of."""
        conditions = (when.column for group in self.where for when in group)
        order = (self.by,) if self.by else ()
        return tuple(dict.fromkeys((self.column, *order, *conditions)))


@dataclass(frozen=True)
class Collapse:
    """The events of an input as cases: one for each value of ``key``.

    A column that is neither the key nor made here has the value of the case's last event that
    has one.
    """

    key: str
    made: tuple[Made, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of a case that are named here."""
        return (self.key, *(one.name for one in self.made))

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the events that are read for it, each once."""
        read = (source for one in self.made for source in one.sources)
        return tuple(dict.fromkeys((self.key, *read)))
