"""English comments as terms: words, and two words side by side; no library, no dictionary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from loopqa.calc.themes.reading import LATIN

_WORD = re.compile(f"[{LATIN}]+(?:'[{LATIN}]+)?")
_SHORTEST = 3  #: letters of a word that is a term by itself
_BASE = 4  #: letters that must be left before a plural's s; one less before -ed and -ing

NEGATIONS = frozenset({"not", "no", "never", "nobody", "nothing", "without", "cannot"})

_EMPTY = """
a about above after all also am an and any are as at be because been before being below between
both but by can could did do does doing done down during each else etc even ever every few for
from further get gets getting give go goes going gone got had has have having he her here hers him
his how i if in into is it its itself just let like ll made make makes making many may me might
mine more most much must my myself of off on once one only or other our ours out over own please
quite rather re really s said same say says she should since so some such than that the their
theirs them then there these they this those though through to too under until up upon us use used
using ve very via was we well went were what when where which while who whom whose why will with
would yet you your yours
"""
#: Words that carry no theme of their own.
STOP = frozenset(_EMPTY.split())

_HISSING = ("xes", "ches", "shes", "sses", "zes")
_SHORT_FORMS = {"can't": ("can", "not"), "won't": ("will", "not"), "shan't": ("shall", "not")}


def english_terms(text: str) -> frozenset[str]:
    """The terms of a folded text: words that mean something, and pairs that stand side by side.

    A pair ends in such a word and begins with one, or with a negation.

    >>> sorted(english_terms("they didn't call back. slow!"))
    ['back', 'call', 'call back', 'not call', 'slow']
    """
    return frozenset(_terms(text))


def _terms(text: str) -> Iterator[str]:
    before: tuple[str, int] | None = None  #: the word before, and where it ends
    for match in _WORD.finditer(text):
        for word in _plain(match[0]):
            if _means_something(word):
                yield word
                if before and not text[before[1] : match.start()].strip():
                    yield f"{before[0]} {word}"
            opens = _means_something(word) or word in NEGATIONS
            before = (word, match.end()) if opens else None


def _plain(word: str) -> tuple[str, ...]:
    """A word without what an apostrophe adds; a contracted negation as a word of its own."""
    if word in _SHORT_FORMS:
        return _SHORT_FORMS[word]
    if word.endswith("n't"):
        return word[:-3], "not"
    return (word.partition("'")[0],)


def _means_something(word: str) -> bool:
    return len(word) >= _SHORTEST and word not in STOP and word not in NEGATIONS


def one_form(counts: Mapping[str, int]) -> dict[str, str]:
    """For every word that is the -s, -es, -ed or -ing form of another counted one: that one.

    Nothing is cut off that does not leave a word somebody wrote, so there are no made-up stems;
    an unlucky pair (news, new) is spared by asking for four letters before a plural's s.

    >>> one_form({"wait": 9, "waiting": 4, "queues": 1, "queue": 3, "morning": 2, "news": 1})
    {'waiting': 'wait', 'queues': 'queue'}
    """
    found = {}
    for word in counts:
        bases = [base for base in _bases(word) if base in counts and base not in STOP]
        if bases:
            found[word] = max(bases, key=lambda base: (counts[base], base))
    return found


def _bases(word: str) -> Iterator[str]:
    if word.endswith(_HISSING):
        yield word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > _BASE:
        yield word[:-1]
    for ending in ("ed", "ing"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= _BASE - 1:
            yield base
            yield base + "e"
            if base[-1] == base[-2]:
                yield base[:-1]


def united(documents: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The terms of every comment, with forms of one word told as one.

    >>> [sorted(one) for one in united([frozenset({"wait"}), frozenset({"waiting", "hour"})])]
    [['wait'], ['hour', 'wait']]
    """
    terms = list(documents)
    counts = Counter(word for one in terms for word in one if " " not in word)
    forms = one_form(counts)

    def form(term: str) -> str:
        return " ".join(forms.get(word, word) for word in term.split(" "))

    return [frozenset(map(form, one)) for one in terms]
