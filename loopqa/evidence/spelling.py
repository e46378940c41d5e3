"""Words of a scale in whatever letters a file has them: ``very good`` is ``Very good``."""

from __future__ import annotations

from collections import Counter

import numpy as np

from loopqa.evidence.planning import Planned
from loopqa.evidence.texts import Texts
from loopqa.model.rubric import ColumnMeasure


def as_defined(texts: Texts, one: Planned) -> Texts:
    """The answers with known words as the definition spells them; letter case does not matter.

    Where two words of the definition differ in case alone, case does matter.
    """
    spelled = _spelled(one)
    if all(value in spelled.values() or value.casefold() not in spelled for value in texts.values):
        return texts
    position: dict[str, int] = {}
    moved = [position.setdefault(_word(value, spelled), len(position)) for value in texts.values]
    return Texts(np.array(moved, dtype=np.int32)[texts.codes], list(position))


def _word(value: str, spelled: dict[str, str]) -> str:
    return value if value in spelled.values() else spelled.get(value.casefold(), value)


def _spelled(one: Planned) -> dict[str, str]:
    """Case-folded word → the word, of those that are unlike each other without case."""
    known = set(one.coding.values)
    if isinstance(one.measure, ColumnMeasure):
        known |= one.measure.missing | one.measure.not_applicable | one.measure.refused
    folds = Counter(word.casefold() for word in known)
    return {word.casefold(): word for word in known if word and folds[word.casefold()] == 1}
