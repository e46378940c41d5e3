"""Every deliberate error: what is wrong, where, what to do about it, and the exit code it ends in.

Anything else that reaches the command line is a bug and shows its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Place:
    """Where in a file something stands: line and column count from 1; rows are lines of data."""

    file: str
    line: int | None = None
    column: int | str | None = None  #: a number in YAML, a column's name in data

    def __str__(self) -> str:
        return ":".join(
            str(part) for part in (self.file, self.line, self.column) if part is not None
        )


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a lower-case sentence, its place, and what to do."""

    message: Text
    place: Place | None = None
    hint: Text | None = None
    warning: bool = False  #: a warning is told but does not make a definition wrong

    @property
    def reason(self) -> Text:
        """The message with its place, as a sentence that can be stored and told in any language."""
        message = _storable(self.message)
        if self.place is None:
            return message
        return Text("{message} ({place})", {"message": message, "place": str(self.place)})

    @property
    def account(self) -> Text:
        """The reason, and in a line of its own what to do about it."""
        if self.hint is None:
            return self.reason
        return Text(
            "{reason}\n  hint: {hint}", {"reason": self.reason, "hint": _storable(self.hint)}
        )

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        tail = f"\n  {Text('hint: {hint}', {'hint': self.hint})}" if self.hint else ""
        return f"{head}{self.message}{tail}"

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON, for ``check --json``."""
        place = self.place
        return {
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "message": str(self.message),
            "hint": str(self.hint) if self.hint else None,
            "warning": self.warning,
        }


def _storable(told: Text) -> Text:
    return Text(told.template, {name: _plain(value) for name, value in told.params.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return _storable(value)
    return value if isinstance(value, (str, int, float)) else str(value)


class LoopQAError(Exception):
    """Base of every error that LoopQA raises on purpose; shown without a traceback."""

    exit_code = 2

    def __init__(
        self, message: Text, *, place: Place | None = None, hint: Text | None = None
    ) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(message, place, hint),)

    @property
    def reason(self) -> Text:
        """The first problem with its place, as a sentence that can be stored."""
        return self.problems[0].reason

    @property
    def account(self) -> Text:
        """The first problem with its place and what to do, as it is kept in the state."""
        return self.problems[0].account

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UsageError(LoopQAError):
    """The command or call asks for something that makes no sense (exit 2)."""


class DefinitionError(LoopQAError):
    """One or more definition files are wrong; holds all their problems at once (exit 2)."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = tuple(problems)


class DataError(LoopQAError):
    """Input data can't be read or lacks what the definitions name (exit 2)."""


class UnknownId(LoopQAError):
    """No finding, action, re-survey ... has this id (exit 2)."""


class NotYetSupported(LoopQAError):
    """The definition is valid, but this version can't carry it out (exit 2)."""


class RefusedMove(LoopQAError):
    """A lifecycle does not allow the move, or a guard said no (exit 1)."""

    exit_code = 1


class StaleVersion(LoopQAError):
    """Somebody else changed the record in between; read it again (exit 1)."""

    exit_code = 1


class RunFailed(LoopQAError):
    """A run failed or was only partly done: source, database, plugin (exit 3)."""

    exit_code = 3


class PluginError(LoopQAError):
    """A plugin failed or is wrong; ``retryable`` says whether another try may help (exit 3)."""

    exit_code = 3

    def __init__(
        self,
        message: Text,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        hint: Text | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.retry_after = retry_after  #: seconds
