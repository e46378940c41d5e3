"""Planted bugs: the mistakes that are easily made in such a program, each made on purpose.

Each replaces real functions while it is planted, and nothing else; the suite must find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from loopqa.engine import tick

Plant = Callable[[ExitStack], None]


@dataclass(frozen=True)
class Bug:
    """One mistake."""

    name: str
    sentence: str
    plant: Plant

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The program with this mistake in it."""
        with ExitStack() as stack:
            self.plant(stack)
            yield


def swap(stack: ExitStack, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by what ``make`` makes of it, until the stack is left."""
    stack.enter_context(patch.object(owner, name, make(getattr(owner, name))))


class Hurried:
    """A workspace whose clock is ahead of everybody else's where it decides what is due."""

    def __init__(self, ws: Any, ahead: Any) -> None:
        self._ws, self._ahead = ws, ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ws, name)

    def now(self) -> Any:
        """Later than it is."""
        return self._ws.now() + self._ahead


def hurry_stage(stack: ExitStack, stage: Any, ahead: timedelta) -> None:
    """Let one stage of the tick look at a clock that is ahead."""

    def hurried(ws: Any, *rest: Any, **more: Any) -> Any:
        return stage(Hurried(ws, ahead), *rest, **more)

    stages = tuple(hurried if one is stage else one for one in tick.STAGES)
    swap(stack, tick, "STAGES", lambda _: stages)
