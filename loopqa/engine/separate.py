"""Dimensions of which no input holds a rater's whole part: there are no cases to judge them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from loopqa.model.rubric import Dimension, Rubric, indicator_key

if TYPE_CHECKING:
    from loopqa.evidence.tallying import Part
    from loopqa.model.coding import Scheme


def separate_dimensions(
    rubric: Rubric, schemes: Mapping[str, Scheme], parts: Sequence[Part]
) -> frozenset[str]:
    """Ids of the dimensions whose indicators come to one rater from several inputs.

    Their rows put together are a mixture that changes with the size of each input: twice as many
    answers to one of the questions would look like a change. So they are judged one by one.
    """
    held = [(part.rater, frozenset(part.cases.indicators)) for part in parts]
    return frozenset(
        dimension.id
        for dimension in rubric.dimensions
        for rater in dimension.raters
        if _separate(_keys(dimension, rater, schemes), rater, held)
    )


def _keys(dimension: Dimension, rater: str, schemes: Mapping[str, Scheme]) -> frozenset[str]:
    own = ((indicator_key(dimension, one), one) for one in dimension.indicators)
    return frozenset(
        key
        for key, one in own
        if one.rater == rater and one.weight > 0 and schemes[key].code().scored
    )


def _separate(
    keys: frozenset[str], rater: str, held: Sequence[tuple[str | None, frozenset[str]]]
) -> bool:
    here = [have & keys for who, have in held if who in (None, rater)]
    together = frozenset().union(*here)
    return len(together) > 1 and together not in here
