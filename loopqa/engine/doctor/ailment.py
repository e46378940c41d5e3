"""One thing that is wrong, and whom it is found in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from loopqa.errors import DataError, LoopQAError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.store.door import Reader
    from loopqa.store.keeping import Inspection


class Severity(StrEnum):
    """How bad something is, worst first."""

    ERROR = "error"  #: something is broken, lost or stands still
    WARNING = "warning"  #: somebody should see to it
    NOTE = "note"  #: good to know; all is well with it


@dataclass(frozen=True)
class Ailment:
    """One thing that was found."""

    check: str  #: which check found it
    severity: Severity
    what: Text
    todo: Text | None = None
    since: datetime | None = None
    unseen: bool = False  #: the check could not look

    def to_dict(self) -> dict[str, Any]:
        """An item of the document ``loopqa.doctor/1``."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "message": str(self.what),
            "todo": str(self.todo) if self.todo else None,
            "since": self.since.isoformat() if self.since else None,
            "could_not_look": self.unseen,
        }


@dataclass(frozen=True)
class Patient:
    """The workspace, and its state as far as it can be read."""

    ws: Workspace
    deep: bool
    state: Inspection | None = None
    reader: Reader | None = None  #: only where the state is sound enough to be read


Check = Callable[[Patient], Iterator[Ailment]]


def of_error(check: str, error: LoopQAError, *, unseen: bool | None = None) -> Iterator[Ailment]:
    """An error as ailments; what is damaged was seen, what failed could not be looked at."""
    blind = not isinstance(error, DataError) if unseen is None else unseen
    for problem in error.problems:
        what = problem.message
        if problem.place is not None:
            what = text("{place}: {message}", place=problem.place, message=problem.message)
        yield Ailment(check, Severity.ERROR, what, problem.hint, unseen=blind)
