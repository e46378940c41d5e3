"""Text of unknown origin as one harmless line: for headers, terminals and lines of a file."""

from __future__ import annotations

import unicodedata

#: Control characters, line and paragraph separators, lone surrogates. Marks that turn the
#: direction of a text round are format characters, and are dropped as well.
_BREAKING = {"Cc", "Zl", "Zp", "Cs"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(written: str, longest: int = 200) -> str:
    """``written`` without line breaks and control characters, at most ``longest`` characters.

    >>> one_line("late\\r\\nBcc: all@example.com")
    'late Bcc: all@example.com'
    """
    kept = "".join(" " if _breaks(sign) else sign for sign in written)
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _breaks(sign: str) -> bool:
    return unicodedata.category(sign) in _BREAKING or sign in _TURNING


def plain_lines(written: str) -> str:
    """``written`` with its line breaks, but without other control characters."""
    lines = written.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        "".join(" " if _breaks(sign) else sign for sign in line).rstrip() for line in lines
    )
