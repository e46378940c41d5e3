"""Scores of segments: the groups of a tally put together by some of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from loopqa.calc.scoring.scorecard import card_of
from loopqa.calc.scoring.sums import Sums, gather
from loopqa.calc.scoring.unsliced import unsliced, without_unsliced
from loopqa.model.coding import Scheme
from loopqa.model.rubric import Rubric
from loopqa.model.score import ScoreCard, Segment
from loopqa.model.tally import Group, Tally


def segments(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    tally: Tally,
    *,
    window: str,
    by: Sequence[str],
    group: Callable[[Group], bool] | None = None,
) -> tuple[Segment, ...]:
    """One score card for each combination of values of the columns ``by``, sorted by values.

    Cases without a value make a segment with the value "". A dimension has no score in segments by
    a column that the input of one of its indicators does not have. ``group``: which groups of the
    tally to take; None: all of them.

    Raises:
        ValueError: the tally was not grouped by one of the columns.
    """
    places = [tally.by.index(column) for column in by]

    def values_of(one: Group) -> Group | None:
        if group is not None and not group(one):
            return None
        return tuple(one[place] for place in places)

    found = gather(tally, window, values_of)
    codings = {key: scheme.code() for key, scheme in schemes.items()}
    keys = unsliced(tally, window, places)

    def card(sums: Sums) -> ScoreCard:
        return without_unsliced(rubric, codings, card_of(rubric, schemes, sums), keys)

    return tuple(
        Segment(dict(zip(by, values, strict=True)), card(sums))
        for values, sums in sorted(found.items())
    )
