"""Response rates in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.report import numbers

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.beside import ResponseChange, ResponseRates


def response_words(rates: ResponseRates) -> Text:
    """Who answered before and after, in the scope and beside it."""
    scope = _rates(rates.scope)
    if rates.comparison is None:
        return scope
    return text(
        "{scope}; in the comparison {comparison}",
        scope=scope,
        comparison=_rates(rates.comparison),
    )


def _rates(change: ResponseChange) -> Text:
    before, after = change.before, change.after
    return text(
        "{before} of {invited_before} invited before, {after} of {invited_after} after",
        before=numbers.share(before.rate),
        invited_before=numbers.count(before.invited),
        after=numbers.share(after.rate),
        invited_after=numbers.count(after.invited),
    )
