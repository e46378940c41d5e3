"""Excerpts of comments that can be shown: short, and without what may tell who somebody is.

E-mail addresses, links and long runs of digits (telephone, order and identity numbers) are
masked; names are not recognised.
"""

from __future__ import annotations

import re
from unicodedata import category, combining

MASK = "***"
LONGEST = 160  #: characters of an excerpt

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
#: Five digits and more, also with signs between them as in telephone numbers and dates.
_NUMBER = re.compile(r"[+(]?\d(?:[\s()./·-]{0,2}\d){4,}[xX]?")
_CHINESE_NUMBER = re.compile("[零〇一二三四五六七八九幺]{7,}")
#: Signs of full width that stand in numbers and addresses; others stay as they were written.
_PLAIN = {0xFEE0 + ord(sign): sign for sign in "0123456789@.+-/"}
#: Characters that belong to the one before: joiners, variation selectors, skin tones.
_CLINGING = frozenset("\u200d\ufe0e\ufe0f") | {chr(code) for code in range(0x1F3FB, 0x1F400)}


def masked(written: str) -> str:
    """A text with addresses and long numbers replaced by ``***``, those of full width as well.

    >>> masked("call ０１３８-0000-1234 or li＠x.example, gate 12")
    'call *** or ***, gate 12'
    """
    text = _ADDRESS.sub(MASK, written.translate(_PLAIN))
    return _CHINESE_NUMBER.sub(MASK, _NUMBER.sub(MASK, text))


def excerpt(written: str, longest: int = LONGEST) -> str:
    """The masked beginning of a comment in one line, cut with an ellipsis.

    >>> excerpt("slow \\n and rude")
    'slow and rude'
    """
    # Masked before it is cut: half a number must not slip through.
    text = " ".join(_visible(masked(written[: 20 * longest])).split())
    if len(text) <= longest:
        return text
    end = longest - 1
    while end > 1 and _clings(text[end - 1 : end + 1]):
        end -= 1
    return text[:end].rstrip() + "…"


def _visible(text: str) -> str:
    """Without control characters and marks that turn the direction of writing."""
    return "".join(
        " " if category(sign) in {"Cc", "Zl", "Zp"} else sign
        for sign in text
        if category(sign) != "Cf" or sign in _CLINGING
    )


def _clings(around: str) -> bool:
    """Whether a cut between these two characters would tear one sign apart."""
    before, after = around[:1], around[1:]
    return bool(combining(after)) or after in _CLINGING or before == "\u200d"
