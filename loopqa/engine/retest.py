"""How the scores of the same customers repeat themselves where nothing was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from loopqa.calc.question.request import Request
from loopqa.engine.standard import Standard
from loopqa.evidence.backend import Backend
from loopqa.evidence.tallying import Part, tally
from loopqa.model.tally import OwnScore, Tally

_EARLIER, _LATER = "earlier", "later"


def retest(
    backend: Backend,
    used: Standard,
    parts: Sequence[Part],
    request: Request,
    own: Sequence[OwnScore] = (),
) -> Tally | None:
    """Pairs of customers who answered in neighbouring windows of the history.

    The windows are taken two by two from the last one backwards, so that every answer is used
    once. None where there are not two.
    """
    couples = list(_couples(parts, request.history))
    if not couples:
        return None
    return tally(
        backend,
        used.rubric,
        used.schemes,
        couples,
        values=False,
        pairs=(_EARLIER, _LATER),
        only_pairs=True,
        own=own,
    )


def _couples(parts: Sequence[Part], history: Sequence[str]) -> Iterator[Part]:
    ordered = history[len(history) % 2 :]
    place = {label: number for number, label in enumerate(ordered)}
    for part in parts:
        if part.window in place:
            couple, later = divmod(place[part.window], 2)
            # A customer of one couple is nobody in another: one query then pairs within each.
            cases = part.cases.told_apart(couple)
            yield replace(part, window=_LATER if later else _EARLIER, cases=cases)
