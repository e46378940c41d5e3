"""Folding of Chinese text: by columns of the terminal, and without blanks between words."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

#: A blank, one Chinese character, or a run of other characters; brackets and stops stay with what
#: they belong to, so that no line begins with a comma or ends in an opening bracket.
_PIECE = re.compile(
    r" +|[（“]*(?:[\u3400-\u9fff]|[^ \u3400-\u9fff（“，。；：、）”]+)?[，。；：、）”]*"
)


def width(words: str) -> int:
    """Columns that ``words`` take on a terminal; Chinese characters take two.

    >>> width("复评 R-1")
    8
    """
    # Curved quotes are ambiguous; on a terminal in Chinese they take two columns.
    return sum(2 if east_asian_width(one) in "WFA" else 1 for one in words)


def folded(words: str, columns: int) -> list[str]:
    """The lines of a paragraph, none wider than ``columns`` as far as that can be had.

    >>> folded("查看到期（和逾期）的事项。", 10)
    ['查看到期', '（和逾期）', '的事项。']
    """
    lines = [""]
    for piece in filter(None, _PIECE.findall(words)):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > columns:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]
