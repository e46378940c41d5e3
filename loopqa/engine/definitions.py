"""Definition files are read once, and again only when they were changed.

A worker lives for weeks and looks at its workflows at every tick: it must see an edit at once, and
an idle look must cost no more than asking the file system.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from loopqa.errors import DefinitionError

Read = TypeVar("Read")
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Known(Generic[Read]):
    """What a file said, or what was wrong with it, when it looked like this."""

    stamp: Stamp
    said: Read | DefinitionError


class ReadOnce(Generic[Read]):
    """Reads files, and remembers what they said as long as they stay the same."""

    def __init__(self, read: Callable[[Path], Read]) -> None:
        self._read = read
        self._known: dict[Path, _Known[Read]] = {}

    def __call__(self, path: Path) -> Read:
        """What the file says.

        Raises:
            DefinitionError: it is wrong, or can't be read.
        """
        stamp = _stamp(path)
        if stamp is None:
            return self._read(path)
        known = self._known.get(path)
        if known is None or known.stamp != stamp:
            known = self._known[path] = _Known(stamp, self._outcome(path))
        if isinstance(known.said, DefinitionError):
            # Told anew: a traceback would grow with every look.
            raise DefinitionError(known.said.problems)
        return known.said

    def _outcome(self, path: Path) -> Read | DefinitionError:
        try:
            return self._read(path)
        except DefinitionError as error:
            return error.with_traceback(None)


def _stamp(path: Path) -> Stamp | None:
    """What tells a changed file from the same one: i-node, size, and both times of change."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
