"""Names that YAML cut short: ``column: Ticket # (new)`` reads as ``Ticket``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loopqa.define.nodes import Document, Node, Path_, walk
from loopqa.define.yaml_repair import put_in_quotes
from loopqa.errors import Place, Problem
from loopqa.language import text

#: fields that hold the names of columns, written by somebody else and full of surprises
_NAME_FIELDS = {"column", "from", "to", "by", "after", "cluster", "segments"}
#: one blank, then a sign that belongs to a name: "Ticket #", "Order #12", "Ticket # (new)";
#: real comments have words after "# "
_CUT = re.compile(r" #($|[^\s#]| \()")


def cut_names(document: Document) -> Iterator[Problem]:
    """A problem for every column name whose rest was read as a comment."""
    for path, node in walk(document.root):
        if node.scalar and not node.style and _holds_a_name(path):
            rest = _rest(document, node)
            if _CUT.match(rest):
                whole = f"{node.scalar}{rest.rstrip()}"
                message = text(
                    "YAML reads '{read}' only: a blank and '#' begin a comment", read=node.scalar
                )
                place = Place(document.file, node.line, node.column)
                yield Problem(message, place, put_in_quotes(whole))


def _holds_a_name(path: Path_) -> bool:
    named = [step for step in path if isinstance(step, str)]
    return bool(named) and (named[-1] in _NAME_FIELDS or "map" in named[:-1])


def _rest(document: Document, node: Node) -> str:
    line, column = node.end
    return document.lines[line - 1][column - 1 :] if line <= len(document.lines) else ""
