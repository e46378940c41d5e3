"""Keywords of a rubric in comments: whole words in English, anywhere in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loopqa.calc.themes.reading import HAN, LATIN, folded

_INFLECTED = 4  #: letters from which on an English keyword also meets its plain endings
_ENDINGS = "(?:s|es|ed|ing)?"


@dataclass(frozen=True)
class Keyword:
    """One keyword, ready to be looked for in folded texts."""

    written: str
    pattern: re.Pattern[str]

    def met_in(self, text: str) -> bool:
        """Whether a folded text has it."""
        return self.pattern.search(text) is not None


def keyword(written: str) -> Keyword:
    """A keyword as a rubric writes it.

    With Han characters it is looked for anywhere; otherwise as whole words, which may end in -s,
    -es, -ed or -ing where they have four letters or more.

    >>> keyword("wait").met_in("we waited, and waited"), keyword("late").met_in("a plate")
    (True, False)
    >>> keyword("慢").met_in("太慢了")
    True
    """
    plain = folded(written).strip()
    body = r"\s+".join(re.escape(part) for part in plain.split())
    if not re.search(f"[{HAN}]", plain):
        ending = _ENDINGS if len(plain.split()[-1]) >= _INFLECTED else ""
        body = f"(?<![{LATIN}0-9]){body}{ending}(?![{LATIN}0-9])"
    return Keyword(written, re.compile(body))


def keywords(by_language: Mapping[str, Sequence[str]]) -> tuple[Keyword, ...]:
    """The keywords of all languages, each once; any comment may have any of them.

    >>> [one.written for one in keywords({"en": ["slow"], "zh": ["慢", "slow"]})]
    ['slow', '慢']
    """
    written = dict.fromkeys(word for words in by_language.values() for word in words)
    return tuple(keyword(word) for word in written if folded(word).strip())


def met(wanted: Iterable[Keyword], text: str) -> frozenset[str]:
    """Which keywords a folded text has, as they were written."""
    return frozenset(one.written for one in wanted if one.met_in(text))
