"""Checks and what they find: what is wrong with a plugin, or why that could not be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loopqa.conformance.case import Case
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.plugin.loading import why

MANY = 5
"""That many complaints of one check are told; the rest would say the same of other rows."""

Looker = Callable[[Any], Iterable[Text]]
"""Looks at a case and yields what is wrong with it; raises :class:`CannotTell` instead."""


class CannotTell(Exception):
    """The check does not concern this plugin, or lacks something that it needs."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Check:
    """One rule that plugins of a kind keep."""

    name: str  #: stable, for machines and for those who leave a check out: unknown-options
    rule: Text  #: what holds where nothing is wrong
    look: Looker
    needs_options: bool = True  #: whether the plugin has to be made for it


@dataclass(frozen=True)
class Outcome:
    """What came of one check."""

    check: Check
    wrong: tuple[Text, ...] = ()  #: empty: the rule is kept, or nobody could tell
    untold: Text | None = None  #: why it could not be told

    @property
    def state(self) -> str:
        """``ok``, ``wrong`` or ``skipped``."""
        return "wrong" if self.wrong else "ok" if self.untold is None else "skipped"


def outcome(check: Check, case: Case) -> Outcome:
    """Run one check; whatever the plugin raises is a complaint, and secrets are not repeated."""
    try:
        return _told(Outcome(check, tuple(_few(check.look(case)))), case)
    except CannotTell as error:
        return Outcome(check, untold=error.reason)
    except LoopQAError as error:
        return _told(Outcome(check, tuple(one.message for one in error.problems)), case)
    except (Exception, SystemExit) as error:
        return _told(Outcome(check, (why(error),)), case)


def outcomes(checks: Sequence[Check], case: Case) -> Iterator[Outcome]:
    """Run checks one after the other."""
    for check in checks:
        yield outcome(check, case)


def _few(complaints: Iterable[Text]) -> Iterator[Text]:
    for number, one in enumerate(complaints):
        if number == MANY:
            yield text("... and more of the same")
            return
        yield one


def _told(found: Outcome, case: Case) -> Outcome:
    return replace(found, wrong=tuple(case.without_secrets(one) for one in found.wrong))
