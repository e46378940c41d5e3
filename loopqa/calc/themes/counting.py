"""From comments to counts: which customers of either side use which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from loopqa.calc.themes.chinese import Segmenter, chinese_terms
from loopqa.calc.themes.distinctive import Uses
from loopqa.calc.themes.english import english_terms, united
from loopqa.calc.themes.reading import CHINESE, ENGLISH, folded, languages
from loopqa.model.behind import Comment

Voice = tuple[str, ...]
"""Everything that one customer wrote on one side, folded."""


@dataclass(frozen=True)
class Voices:
    """The customers who left comments on low answers, and those who did on others."""

    low: tuple[Voice, ...]
    rest: tuple[Voice, ...]

    def uses(self, words_of: Callable[[str], Iterable[str]]) -> dict[str, Uses]:
        """How many customers of each side use each of the words that ``words_of`` finds."""
        low, rest = (_counted(side, words_of) for side in (self.low, self.rest))
        return {word: Uses(low[word], rest[word]) for word in sorted({*low, *rest})}


def voices(low: Sequence[Comment], rest: Sequence[Comment]) -> Voices:
    """The comments of each side by customer; one whose customer is unknown is one voice."""
    return Voices(_by_customer(low), _by_customer(rest))


def _by_customer(comments: Sequence[Comment]) -> tuple[Voice, ...]:
    found: dict[object, list[str]] = {}
    for number, one in enumerate(comments):
        found.setdefault(one.customer or number, []).append(folded(one.text))
    return tuple(tuple(texts) for texts in found.values())


def _counted(side: Sequence[Voice], words_of: Callable[[str], Iterable[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for voice in side:
        counts.update({word for text in voice for word in words_of(text)})
    return counts


def languages_of(side: Iterable[Voice]) -> Counter[str]:
    """Comments by language; one in two languages counts in both."""
    return Counter(language for voice in side for text in voice for language in languages(text))


def term_uses(both: Voices, segment: Segmenter | None) -> dict[str, Uses]:
    """How many customers of each side use each term.

    Without a segmenter Chinese is left out: single characters and pairs of them are no words.
    """
    low, rest = ([_terms(voice, segment) for voice in side] for side in (both.low, both.rest))
    told = united([*low, *rest])
    on_low = Counter(term for one in told[: len(low)] for term in one)
    on_rest = Counter(term for one in told[len(low) :] for term in one)
    return {term: Uses(on_low[term], on_rest[term]) for term in sorted({*on_low, *on_rest})}


def _terms(voice: Voice, segment: Segmenter | None) -> frozenset[str]:
    found: set[str] = set()
    for text in voice:
        inside = languages(text)
        if ENGLISH in inside:
            found |= english_terms(text)
        if CHINESE in inside and segment is not None:
            found |= chinese_terms(text, segment)
    return frozenset(found)
