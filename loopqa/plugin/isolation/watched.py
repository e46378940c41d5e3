"""Plugins that work inside our process: what they raise and return is looked at, and where we are.

A hang or an exit can't be contained here; the mark that it leaves behind tells whose fault it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.plugin.isolation.errors import Misbehaved, hidden, hide
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.isolation.marks import Marks
from loopqa.plugin.isolation.returned import Check, Rubbish
from loopqa.plugin.isolation.troubles import Troubles
from loopqa.plugin.loading import why
from loopqa.plugin.secrecy import Mask

Made = TypeVar("Made")


@dataclass(frozen=True)
class Watch:
    """Over one plugin's object."""

    home: Home
    kind: Text  #: "detector", "scoring scheme" ..., for people
    type: str
    marks: Marks
    troubles: Troubles
    mask: Mask
    well: set[str] = field(default_factory=set)  #: methods that did well when last called

    def over(self, made: Made, methods: Mapping[str, Check]) -> Made:
        """The object, with these methods watched; each has a check of what it returns."""
        for name, check in methods.items():
            method = getattr(made, name)
            object.__setattr__(made, name, partial(self._called, name, method, check))
        return made

    def _called(
        self,
        name: str,
        method: Callable[..., Any],
        check: Check,
        *given: Any,
        **named: Any,
    ) -> Any:
        try:
            with self.marks.inside(self.home):
                returned = check(method(*given, **named), given)
        except LoopQAError as error:
            hide(error, self.mask)
            raise
        except Rubbish as rubbish:
            raise self._failed(
                name,
                text(
                    "{kind} '{type}' returned {what}",
                    kind=self.kind,
                    type=self.type,
                    what=str(rubbish),
                ),
            ) from None
        except (Exception, SystemExit) as bug:
            file = None if self.home.file is None else str(self.home.file)
            raise self._failed(
                name,
                text(
                    "{kind} '{type}' failed: {why}",
                    kind=self.kind,
                    type=self.type,
                    why=why(bug, within=file),
                ),
            ) from bug
        self._went_well(name)
        return returned

    def _went_well(self, name: str) -> None:
        """Forget an earlier failure; schemes are called a hundred thousand times."""
        if name not in self.well:
            self.troubles.clear(self.home, f"{self.type}.{name}")
            self.well.add(name)

    def _failed(self, name: str, message: Text) -> Misbehaved:
        message = hidden(message, self.mask)
        self.well.discard(name)
        self.troubles.note(self.home, f"{self.type}.{name}", message)
        hint = text("mend {origin}, or leave it out", origin=self.home.origin)
        return Misbehaved(message, hint=hint)
