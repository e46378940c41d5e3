"""From the paths and patterns of an input to the files they mean."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loopqa.errors import DataError, Place
from loopqa.hints import nearest
from loopqa.language import Text, text

#: Office programs leave these beside an open file; they are never data.
LOCK_PREFIX = "~$"


@dataclass(frozen=True)
class FoundFile:
    """A data file: where it is, and how messages and the column ``_file`` call it."""

    path: Path
    name: str  #: relative to the workspace if it lies inside, with forward slashes

    @property
    def place(self) -> Place:
        """The file as a place in messages."""
        return Place(self.name)


def find_files(root: Path, patterns: str | Sequence[str]) -> tuple[FoundFile, ...]:
    """The files of all ``patterns``, each once, by pattern and then by name.

    A pattern is a path or a glob (``*``, ``?``, ``[..]``, ``**``); relative ones start at ``root``.

    Raises:
        DataError: a pattern means no file; says what is there instead.
    """
    wanted = [patterns] if isinstance(patterns, str) else patterns
    found = (path for pattern in wanted for path in _matches(root, pattern))
    return tuple(FoundFile(path, _name(root, path)) for path in dict.fromkeys(found))


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    literal = root / pattern
    if literal.is_file():
        yield literal
        return
    if literal.is_dir():
        raise DataError(
            text("'{path}' is a folder, not a file", path=pattern),
            hint=text("name its files, as in {example}", example=f"{pattern.rstrip('/')}/*.csv"),
        )
    if not glob.has_magic(pattern):
        raise _no_file(literal, pattern)
    matches = sorted(glob.glob(pattern, root_dir=root, recursive=True))
    files = [root / match for match in matches if (root / match).is_file()]
    files = [file for file in files if not file.name.startswith(LOCK_PREFIX)]
    if not files:
        raise DataError(text("no file matches '{path}'", path=pattern), hint=_beside(literal))
    yield from files


def _no_file(literal: Path, pattern: str) -> DataError:
    if literal.is_symlink() or literal.exists():
        return DataError(
            text("'{path}' is a pipe, a device or a broken link, not a file", path=pattern),
            hint=text("put a copy of the data there"),
        )
    return DataError(text("there is no file '{path}'", path=pattern), hint=_beside(literal))


def _beside(missing: Path) -> Text:
    """What lies where a file was looked for: the nearest name, some names, or no such folder."""
    folder = missing.parent
    while glob.has_magic(folder.name):
        folder = folder.parent
    if not folder.is_dir():
        return text("there is no folder '{folder}'", folder=str(folder))
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    near = None if glob.has_magic(missing.name) else nearest(missing.name, names)
    if near is not None:
        return text("did you mean '{name}'?", name=near)
    if not names:
        return text("the folder '{folder}' is empty", folder=str(folder))
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return text("the folder '{folder}' holds {names}", folder=str(folder), names=shown)


def _name(root: Path, path: Path) -> str:
    inside = path.is_relative_to(root) and ".." not in path.parts
    return (path.relative_to(root) if inside else path).as_posix()
