"""Strict YAML: core scalars of YAML 1.2, no duplicate keys, tags or anchors; places are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from loopqa.define.nodes import Document, Entry, Node
from loopqa.define.yaml_repair import explain, put_in_quotes, wide_colon
from loopqa.errors import DefinitionError, Place, Problem
from loopqa.language import text

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

LARGEST_BYTES = 1_000_000
DEEPEST = 30
MOST_NODES = 100_000
MOST_PROBLEMS = 100  #: of one file; nobody reads more

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def shown(path: Path) -> str:
    """The path as messages name it: relative to the current folder where it lies inside."""
    current = Path(os.getcwd())
    absolute = path if path.is_absolute() else current / path
    return str(absolute.relative_to(current) if absolute.is_relative_to(current) else path)


def read_yaml(path: Path, *, may_be_empty: bool = False) -> Document:
    """Read one definition file; an empty one is an empty mapping where that is allowed.

    Raises:
        DefinitionError: with all problems of the file that can be told without knowing its kind.
    """
    file = shown(path)
    source = _decode(_read_bytes(path, file), file)
    if may_be_empty and not any(_has_content(line) for line in source.splitlines()):
        return Document(file, Node(1, 1, (1, 1), entries={}), ("",))
    return parse_yaml(source, file)


def _has_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _refuse(problem: Problem) -> DefinitionError:
    return DefinitionError((problem,))


def _read_bytes(path: Path, file: str) -> bytes:
    if not path.is_file():
        raise _refuse(Problem(text("there is no such file"), Place(file)))
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = text("the file can't be read: {reason}", reason=reason)
        raise _refuse(Problem(message, Place(file))) from error
    if len(content) > LARGEST_BYTES:
        message = text("the file is larger than {limit} bytes", limit=LARGEST_BYTES)
        raise _refuse(Problem(message, Place(file, 1, 1)))
    return content


def _decode(content: bytes, file: str) -> str:
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        hint = text("save the file as UTF-8 (not GBK, GB18030 or UTF-16)")
        problem = Problem(text("the file is not UTF-8 text"), Place(file, line, column), hint)
        raise _refuse(problem) from error
    bad = _CONTROL.search(decoded)
    if bad:
        line = decoded.count("\n", 0, bad.start()) + 1
        column = bad.start() - decoded.rfind("\n", 0, bad.start())
        message = text("control character U+{code} in the file", code=f"{ord(bad[0]):04X}")
        raise _refuse(Problem(message, Place(file, line, column)))
    return decoded


def parse_yaml(source: str, file: str) -> Document:
    """Read YAML text; ``file`` is its name in messages.

    Raises:
        DefinitionError: with every problem found; after a broken line reading goes on with the
            line as it was probably meant, so that one run tells all.
    """
    lines = re.split(r"\r\n|\r|\n", source)
    broken: list[Problem] = []
    while True:
        builder = _Builder(file)
        try:
            root = builder.build("\n".join(lines) + "\n")
        except yaml.MarkedYAMLError as error:
            found = explain(error, lines, file)
            if found.problem not in broken:
                broken.append(found.problem)
            repaired = found.repaired
            if repaired is None or repaired == lines[found.line] or len(broken) > MOST_PROBLEMS:
                raise DefinitionError(_ordered(broken + builder.problems)) from error
            lines[found.line] = repaired
        except yaml.YAMLError as error:
            raise _refuse(Problem(text("YAML can't read this"), Place(file))) from error
        else:
            break
    problems = broken + builder.problems
    if problems:
        raise DefinitionError(_ordered(problems))
    return Document(file, root, tuple(lines))


def _ordered(problems: list[Problem]) -> list[Problem]:
    def position(problem: Problem) -> tuple[int, int]:
        place = problem.place
        column = place.column if place and isinstance(place.column, int) else 0
        return (place.line or 0 if place else 0, column)

    return sorted(problems, key=position)[:MOST_PROBLEMS]


class _Builder:
    """Builds the tree from parser events; notes what is not allowed and goes on."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.nodes = 0

    def build(self, source: str) -> Node:
        """The tree of the only document.

        Raises:
            yaml.MarkedYAMLError: the text is not YAML.
            DefinitionError: the file is empty, too deep or too large.
        """
        events = _events(source)
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._note(event, text("a definition file holds one document only"))
                    break
                root = self._node(next(events), events, 1)
        if root is None or (root.scalar is not None and not root.scalar and not root.style):
            raise _refuse(Problem(text("the file is empty"), Place(self.file, 1, 1)))
        return root

    def _note(self, event: Any, message: Any, hint: Any = None) -> None:
        mark = event.start_mark
        self.problems.append(
            Problem(message, Place(self.file, mark.line + 1, mark.column + 1), hint)
        )

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        self._limit(event, depth)
        self._refuse_decoration(event)
        start, end = event.start_mark, event.end_mark
        line, column, past = start.line + 1, start.column + 1, (end.line + 1, end.column + 1)
        if isinstance(event, yaml.MappingStartEvent):
            entries = self._entries(events, depth)
            return Node(line, column, past, entries=entries)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                items.append(self._node(item, events, depth + 1))
            return Node(line, column, past, items=tuple(items))
        if isinstance(event, yaml.AliasEvent):
            return Node(line, column, past, scalar="")
        style = "" if event.implicit[0] else event.style or "'"
        return Node(line, column, past, scalar=event.value, style=style)

    def _entries(self, events: Iterator[Any], depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if self._good_key(event, key, value, entries):
                entries[key.scalar or ""] = Entry(key.line, key.column, value)
        return entries

    def _good_key(self, event: Any, key: Node, value: Node, entries: dict[str, Entry]) -> bool:
        if key.scalar is None or isinstance(event, yaml.AliasEvent):
            self._note(event, text("a key must be plain text"))
        elif key.scalar == "<<" and not key.style:
            self._note(event, text("merge keys ('<<') are not allowed"))
        elif _is_wide(key) and value.scalar == "" and not value.style:
            self._note_wide(key)
        elif key.scalar in entries:
            first = entries[key.scalar].line
            message = text(
                "'{key}' is given twice; first in line {line}", key=key.scalar, line=first
            )
            self._note(event, message, text("remove one of the two"))
        else:
            if _is_wide(value) and value.line > key.line:
                self._note_wide(value)
            return True
        return False

    def _note_wide(self, node: Node) -> None:
        """A line of its own with a full-width colon was meant to be a key and a value."""
        head, _, tail = (node.scalar or "").partition("：")
        place = Place(self.file, node.line, node.column + len(head))
        meant = "..." if "：" in tail else tail.strip()
        hint = text(
            "write '{line}'; if the colon belongs to the name, put the name in quotes",
            line=f"{head.strip()}: {meant}".strip(),
        )
        self.problems.append(wide_colon(place, hint))

    def _limit(self, event: Any, depth: int) -> None:
        self.nodes += 1
        place = Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if depth > DEEPEST:
            message = text("nested more than {limit} levels deep", limit=DEEPEST)
            raise _refuse(Problem(message, place))
        if self.nodes > MOST_NODES:
            message = text("more than {limit} values in one file", limit=MOST_NODES)
            raise _refuse(Problem(message, place))

    def _refuse_decoration(self, event: Any) -> None:
        if getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            message = text(
                "YAML anchors and aliases are not allowed: {name}", name=f"{sign}{event.anchor}"
            )
            hint = text("repeat the part, or use 'defaults' and 'scales'; quote it if it is text")
            self._note(event, message, hint)
        tag = getattr(event, "tag", None)
        if tag:
            written = tag.replace("tag:yaml.org,2002:", "!!")
            value = f"{written} {getattr(event, 'value', '')}".strip()
            self._note(event, text("YAML tags ('!...') are not allowed"), put_in_quotes(value))


def _is_wide(node: Node) -> bool:
    return not node.style and "：" in (node.scalar or "")


def _events(source: str) -> Iterator[Any]:
    parser = _Parser(source)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()
