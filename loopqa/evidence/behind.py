"""Single cases behind a finding: read page by page, scored by the engine, few of them kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.backend import Backend
from loopqa.evidence.cases import Cases
from loopqa.evidence.coding import COMPOSITE_COLUMN, coded_cases
from loopqa.evidence.counting import CASES, GROUP, WINDOW, cases_table
from loopqa.evidence.shapes import Shape
from loopqa.evidence.shaping import shape_of
from loopqa.evidence.tallying import encoded_column, usable_keys
from loopqa.model.coding import Scheme
from loopqa.model.cycle import Scope
from loopqa.model.rubric import Rubric
from loopqa.model.tally import CASE_SCALE

SCORE = "_score"  #: column with the score of a case, in points
_PLACE = "_place"


@dataclass(frozen=True)
class Behind:
    """The cases of one input that have a score in a finding's dimension, inside its scope."""

    backend: Backend
    rubric: Rubric
    schemes: Mapping[str, Scheme]
    rater: str | None
    cases: Cases
    dimension: str
    scope: Scope

    @property
    def shape(self) -> Shape | None:
        """How the dimension is scored case by case; None: this input has no score of it."""
        if not self.cases.has([column for column, _ in self.scope]):
            return None
        one = self.rubric.dimension(self.dimension)
        # Alone in its rubric, its score is the composite, whatever it weighs in the whole one.
        alone = replace(self.rubric, dimensions=(replace(one, weight=1.0),))
        keys = usable_keys(alone, self.rater, self.cases)
        shape = shape_of(alone, self.schemes, keys, weighted=False, values=False, composite=True)
        return replace(shape, composite_caps=(), whole_blend=False) if shape.scores else None

    def scored(self, columns: Sequence[str], *, commented: bool = False) -> Iterator[Any]:
        """The cases page by page with these columns and ``_score`` (points), in their order.

        ``commented``: only those that somebody wrote something about.
        """
        shape = self.shape
        if shape is None:
            return
        needed = [one.column for one in shape.indicators]
        needed += [when.column for one in shape.indicators for when in one.applies]
        for page in self._pages(list(dict.fromkeys((*columns, *needed)))):
            page = page.filter(has_words(page)) if commented else page
            if page.num_rows:
                places, scores = self._scores(shape, page)
                found = page.select(list(columns)).take(pa.array(places))
                yield found.append_column(SCORE, pa.array(scores))

    def _pages(self, columns: Sequence[str]) -> Iterator[Any]:
        return self.cases.where(self.scope).batches(columns)

    def _scores(self, shape: Shape, page: Any) -> tuple[Any, Any]:
        """Places of the cases that have a score, in their order, and the scores in points."""
        columns = {one.column: encoded_column(self.backend, one, page) for one in shape.indicators}
        for when in (when for one in shape.indicators for when in one.applies):
            columns[when.column] = page.column(when.column).cast(pa.string())
        columns[GROUP] = pa.array(np.zeros(page.num_rows, dtype=np.int64))
        columns[WINDOW] = pa.array(np.zeros(page.num_rows, dtype=np.int32))
        columns[_PLACE] = pa.array(np.arange(page.num_rows))
        query = partial(_score_query, shape)
        found = self.backend.column({CASES: pa.table(columns)}, (shape, "behind"), query)
        places = found.column(_PLACE).to_numpy()
        order = np.argsort(places)
        return places[order], found.column(SCORE).to_numpy()[order] / CASE_SCALE


def _score_query(shape: Shape) -> Any:
    """Place and score of every case that has a score."""
    coded = coded_cases(cases_table(shape, paired=False, more={_PLACE: "int64"}), shape)
    score = coded[COMPOSITE_COLUMN]
    return coded.filter(score.notnull()).select(_PLACE, **{SCORE: score.cast("int64")})


def has_words(page: Any) -> Any:
    """Which cases of a page have a comment that is more than blanks."""
    trimmed = pc.utf8_trim_whitespace(page.column("comment").cast(pa.string()))
    return pc.fill_null(pc.greater(pc.utf8_length(trimmed), 0), False)
