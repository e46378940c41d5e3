"""What went wrong in a worker's ticks: told once, however often the clock rings."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from loopqa.engine.tick import TickReport
from loopqa.errors import LoopQAError, RunFailed
from loopqa.language import Text, text

REMEMBERED = 1000  #: problems; beyond that all are forgotten and told again

#: Fields of a report that name the same trouble tick by tick until it is mended.
LASTING = frozenset({"failures", "held_up", "slot_failures", "undelivered", "warnings"})


class Troubles:
    """Problems that were told and have not gone since."""

    def __init__(self) -> None:
        self._ticks: set[str] = set()
        self._items: set[str] = set()

    def is_new(self, error: LoopQAError) -> bool:
        """Whether ticks have not failed for this reason since the last one that went well."""
        return _added(self._ticks, str(error))

    def over(self) -> bool:
        """A tick went well: whether that is news."""
        failed = bool(self._ticks)
        self._ticks.clear()
        return failed

    def without_known(self, done: TickReport) -> TickReport:
        """The report without troubles that were told already and have not gone."""
        lasting = {one.name: getattr(done, one.name) for one in fields(done) if one.name in LASTING}
        if not any(lasting.values()):
            self._items.clear()
            return done
        new = {
            name: tuple(one for one in found if _added(self._items, _words(one)))
            for name, found in lasting.items()
        }
        return replace(done, **new)


def _words(trouble: Any) -> str:
    """What is said of a trouble, without counts and instants that change with every try."""
    if isinstance(trouble, Text):
        return str(trouble)
    # Either a record that waits, or a pair of a record and the error that it met.
    record = getattr(trouble, fields(trouble)[0].name) if hasattr(trouble, "error") else trouble
    return f"{type(trouble).__name__} {record.id}: {getattr(trouble, 'error', '')}"


def as_problem(bug: BaseException) -> RunFailed:
    """A bug as an error that can be told in a line."""
    return RunFailed(
        text(
            "a tick ended in an error of the program: {error}",
            error=f"{type(bug).__name__}: {bug}",
        ),
        hint=text("please report it; what was not done stays due"),
    )


def _added(known: set[str], told: str) -> bool:
    if told in known:
        return False
    if len(known) >= REMEMBERED:
        known.clear()
    known.add(told)
    return True
