"""A YAML file as a tree that remembers where everything stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from loopqa.errors import Place
from loopqa.language import Text
from loopqa.model.rubric import Condition

Step = str | int
Path_ = Sequence[Step]

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
LONGEST_NUMBER = 40


def resolve(written: str) -> str | int | float | bool | None:
    """What an unquoted YAML 1.2 core scalar means; ``no``, ``12:30`` and ``007`` stay text.

    >>> resolve("no"), resolve("5"), resolve("007"), resolve("true")
    ('no', 5, '007', True)
    """
    if written in _WORDS:
        return _WORDS[written]
    if len(written) > LONGEST_NUMBER:
        return written
    if _INT.fullmatch(written):
        return int(written)
    leading_zero = re.match(r"[-+]?0[0-9]", written)
    if not _FLOAT.fullmatch(written) or leading_zero:
        return written
    number = float(written)
    return number if isfinite(number) else written


class Scalar(str):
    """A value as written in the file; ``value`` is what it means (number, truth, text)."""

    __slots__ = ("value",)
    value: str | int | float | bool | None

    def __new__(cls, written: str, value: str | int | float | bool | None) -> Scalar:
        """A scalar with its meaning beside its text."""
        made = super().__new__(cls, written)
        made.value = value
        return made


@dataclass(frozen=True)
class Entry:
    """One ``key: value`` line of a mapping."""

    line: int
    column: int
    node: Node


@dataclass(frozen=True)
class Node:
    """A value and its place; lines and columns count from 1."""

    line: int
    column: int
    end: tuple[int, int]  #: line and column just past the value
    scalar: str | None = None
    style: str = ""  #: of a scalar: "" plain, ' " > |
    entries: Mapping[str, Entry] | None = None
    items: tuple[Node, ...] | None = None

    @property
    def content(self) -> Any:
        """The value as dict, list, :class:`Scalar` or None."""
        if self.entries is not None:
            return {key: entry.node.content for key, entry in self.entries.items()}
        if self.items is not None:
            return [item.content for item in self.items]
        return self._scalar()

    def _scalar(self) -> Scalar | None:
        written = self.scalar or ""
        value = written if self.style else resolve(written)
        return None if value is None else Scalar(written, value)

    def child(self, step: Step) -> Node | None:
        """What stands under a key or at a position of a list."""
        if self.entries is not None and step in self.entries:
            return self.entries[str(step)].node
        if self.items is not None and isinstance(step, int) and step < len(self.items):
            return self.items[step]
        return None


@dataclass(frozen=True)
class Document:
    """One file: its tree and its lines."""

    file: str
    root: Node
    lines: tuple[str, ...] = field(repr=False)

    def find(self, path: Path_) -> Node:
        """The deepest node on ``path``; steps that the file does not spell out are passed over."""
        node = self.root
        for step in path:
            node = node.child(step) or node
        return node

    def place(self, path: Path_) -> Place:
        """Where the value at ``path`` stands, or the deepest key on the way to it."""
        node, entry, exact = self.root, None, True
        for step in path:
            child = node.child(step)
            exact = child is not None
            if child is not None:
                entry = node.entries[str(step)] if node.entries else None
                node = child
        if exact and node.scalar and path:
            return Place(self.file, node.line, node.column)
        return self._at(entry or node)

    def key_place(self, path: Path_) -> Place:
        """Where the key that is the last step of ``path`` stands."""
        node, entry = self.root, None
        for step in path:
            if node.child(step) is not None:
                entry = node.entries[str(step)] if node.entries else node.child(step)
                node = node.child(step) or node
        return self._at(entry or node)

    def _at(self, what: Entry | Node) -> Place:
        return Place(self.file, what.line, what.column)


def plain(value: Any) -> Any:
    """``value`` with every :class:`Scalar` replaced by what it means."""
    match value:
        case Scalar():
            return value.value
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case Condition() | Text():
            return value
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return value


def walk(node: Node, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Node]]:
    """Every node below ``node`` with its path, itself first."""
    yield path, node
    for key, entry in (node.entries or {}).items():
        yield from walk(entry.node, (*path, key))
    for position, item in enumerate(node.items or ()):
        yield from walk(item, (*path, position))
