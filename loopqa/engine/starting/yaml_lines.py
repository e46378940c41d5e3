"""Small pieces of YAML with comments: scalars, lists, wrapped remarks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

WIDTH = 100  #: columns of a comment

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff./-]*(?: [\w\u4e00-\u9fff./-]+)*")
_MEANT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def scalar(value: str) -> str:
    r"""A text as a YAML scalar, in quotes where anybody might read something else.

    >>> [scalar(one) for one in ("Q7ART", "服务态度", "0", "yes", "a: b", 'say "hi"')]
    ['Q7ART', '服务态度', '"0"', '"yes"', '"a: b"', '"say \\"hi\\""']
    """
    if _PLAIN.fullmatch(value) and value.casefold() not in _MEANT:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else _escaped(one) for one in quoted)


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flow(values: Iterable[str]) -> str:
    """A list in one line."""
    return f"[{', '.join(scalar(one) for one in values)}]"


def mapping(entries: Mapping[str, str]) -> str:
    """A mapping in one line; its values are YAML already."""
    return f"{{{', '.join(f'{name}: {value}' for name, value in entries.items())}}}"


def remark(words: object, indent: int = 0) -> list[str]:
    """A comment, wrapped; words stay whole, Chinese may be parted anywhere.

    >>> remark("one two", 2)
    ['  # one two']
    """
    lead = f"{' ' * indent}# "
    lines = [lead]
    shown = "".join(one if one.isprintable() or one.isspace() else "·" for one in str(words))
    for piece in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+", shown):
        blank = piece.isspace()
        if _width(lines[-1] + piece) > WIDTH and lines[-1] != lead and not blank:
            lines.append(lead)
        lines[-1] += (" " if lines[-1] != lead else "") if blank else piece
    return [line.rstrip() for line in lines]


def _width(line: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in line)
