"""A source as the checks look at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from loopqa.conformance.case import Case
from loopqa.conformance.checking import CannotTell
from loopqa.conformance.rows import Reading, Row, reading_of
from loopqa.language import Text, text
from loopqa.model.window import Window
from loopqa.plugin.isolation.errors import Ended
from loopqa.plugin.source import Source


@dataclass(frozen=True)
class SourceCase(Case):
    """A source with its options, and what is known of the rows behind it."""

    rows: int | Sequence[Row] | None = None
    """The rows that are there, without columns that begin with ``_``; or how many; None: unknown.
    Of a record that comes more than once, the latest version."""
    paging: Sequence[Mapping[str, Any]] = ()  #: options that change how much is fetched at a time
    window: Window | None = None  #: days that some of the rows belong to
    at: str | None = None  #: the column that tells a row's time
    apart: Callable[[], Source] | None = None
    """Makes the source as the host does for third parties, to work in a process of its own."""

    def made(self, **more: Any) -> Source:
        """The source, with some options replaced.

        Raises:
            DefinitionError: the options are wrong.
        """
        return cast("Source", self.plugin(self.config(**more), root=self.root))


def end_apart(case: SourceCase) -> Text | None:
    """Why the host had to end it in a process of its own; here it would end or hold up us."""
    if case.apart is None:
        return None
    try:
        case.apart().check()
        reading_of(case.apart())
    except Ended as error:
        return error.problems[0].message
    except Exception:
        return None
    return None


def whole_reading(case: Any) -> Reading:
    """Everything that the source yields.

    Raises:
        CannotTell: there is too much of it.
    """
    reading = reading_of(case.made())
    if not reading.whole:
        raise CannotTell(text("it has more rows than are compared"))
    return reading
