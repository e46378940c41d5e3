"""A reader that remembers its answers: it sees one state, so they never change."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from loopqa.store.door import Reader


class _Remembering:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Callable[..., Any]:
        remembered: Callable[..., Any] = cache(getattr(self._reader, name))
        self.__dict__[name] = remembered
        return remembered


def remembering(reader: Reader) -> Reader:
    """The same reader for questions that are asked again and again, with hashable arguments."""
    return cast("Reader", _Remembering(reader))
