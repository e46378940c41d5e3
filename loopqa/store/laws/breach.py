"""A law of the state, and a record that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from loopqa.language import Text


@dataclass(frozen=True)
class Breach:
    """One record that breaks a law."""

    law: str  #: name of the law
    about: str  #: the record, such as A-7, or the number of an audit entry
    said: Text  #: what is wrong with it
    since: datetime | None = None  #: when it began, where that can be told


@dataclass(frozen=True)
class Moment:
    """When the laws are checked."""

    now: datetime  #: aware, UTC
    late: timedelta  #: how long an expired lease may wait for the tick that takes it back


@dataclass(frozen=True)
class Law:
    """One thing that holds of every sound state."""

    name: str
    sentence: Text
    #: Finds the records that break it; None where the pass of another law finds them along.
    breaches: Callable[[Connection, Moment], Iterator[Breach]] | None = None
