"""Small sentences that plugins and their host share."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from loopqa.language import Text, text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, capitals ignored; None if nothing is near."""
    by_folded = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> Text | None:
    """A hint that names the nearest known word, or None."""
    found = nearest(word, known)
    return text("did you mean '{name}'?", name=found) if found is not None else None


def near_or_all(word: str, known: Iterable[str]) -> Text:
    """A hint that names the nearest known word, or lists all of them."""
    names = sorted(known)
    return did_you_mean(word, names) or text("known ones: {names}", names=", ".join(names))
