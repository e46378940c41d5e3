"""Single cases behind a finding: read page by page, scored by the engine, few of them kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.backend import Backend
from loopqa.evidence.cases import Cases
from loopqa.evidence.coding import COMPOSITE_COLUMN, coded_cases
from loopqa.evidence.counting import CASES, GROUP, WINDOW, cases_table
from loopqa.evidence.planning import INDICATOR_PREFIX, indicator_column, kept_column
from loopqa.evidence.shapes import Shape
from loopqa.evidence.shaping import shape_of
from loopqa.evidence.tallying import encoded_column, usable_keys
from loopqa.model.behind import LONGEST_COMMENT, Comment, RatedCase
from loopqa.model.coding import Scheme
from loopqa.model.cycle import Scope
from loopqa.model.rubric import Condition, Indicator, Rubric, indicator_key
from loopqa.model.tally import CASE_SCALE

MOST_COMMENTS = 10_000  #: a side; beyond that a sample says the same
_KEY = 20  #: hexadecimal digits by which comments are sampled

_PLACE, _SCORE, _CUT = "_place", "_score", "_cut"
_UNITS = {"minutes": "min", "hours": "h", "days": "d"}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time, as cases carry it


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
            page = page.filter(_has_words(page)) if commented else page
            if page.num_rows:
                places, scores = self._scores(shape, page)
                found = page.select(list(columns)).take(pa.array(places))
                yield found.append_column(_SCORE, pa.array(scores))

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
        return places[order], found.column(_SCORE).to_numpy()[order] / CASE_SCALE


def _score_query(shape: Shape) -> Any:
    """Place and score of every case that has a score."""
    coded = coded_cases(cases_table(shape, paired=False, more={_PLACE: "int64"}), shape)
    score = coded[COMPOSITE_COLUMN]
    return coded.filter(score.notnull()).select(_PLACE, **{_SCORE: score.cast("int64")})


def _has_words(page: Any) -> Any:
    trimmed = pc.utf8_trim_whitespace(page.column("comment").cast(pa.string()))
    return pc.fill_null(pc.greater(pc.utf8_length(trimmed), 0), False)


@dataclass(frozen=True)
class Side:
    """Comments of one side of the boundary; a sample where there are many."""

    comments: tuple[Comment, ...]
    in_all: int
    cut: int


def comments_of(inputs: Sequence[Behind], low: Condition, seed: str) -> tuple[Side, Side]:
    """The comments on low scores, and those on all others.

    Of more than ``MOST_COMMENTS`` a side, those with the smallest keys are kept: a key is SHA-256
    of seed, customer, time and comment, so neither the order of rows nor the engine matters.
    """
    sides = _Kept(seed), _Kept(seed)
    columns = ["comment", "customer", "at"]
    for one in inputs:
        for page in one.scored(columns, commented=True):
            is_low = np.asarray(low.holds(page.column(_SCORE).to_numpy()))
            for kept, mask in zip(sides, (is_low, ~is_low), strict=True):
                kept.add(page.filter(pa.array(mask)))
    return sides[0].side(), sides[1].side()


class _Kept:
    """Cases with the smallest keys so far; never many more than are wanted."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.in_all = 0
        self.held = 0
        self.tables: list[Any] = []

    def add(self, table: Any) -> None:
        """Take in the cases of a page."""
        if not table.num_rows:
            return
        written = table.column("comment").cast(pa.string())
        kept = {
            "comment": pc.utf8_slice_codeunits(written, 0, LONGEST_COMMENT),
            "customer": table.column("customer").cast(pa.binary()),
            "at": table.column("at").cast(pa.string()),
            _SCORE: table.column(_SCORE),
            _CUT: pc.greater(pc.utf8_length(written), LONGEST_COMMENT),
        }
        self.tables.append(pa.table(kept))
        self.in_all += table.num_rows
        self.held += table.num_rows
        if self.held > 2 * MOST_COMMENTS:
            self._thin()

    def _thin(self) -> None:
        """Keep those with the smallest keys."""
        whole = pa.concat_tables(self.tables)
        if whole.num_rows > MOST_COMMENTS:
            keys = np.array([self._key(*row) for row in _rows(whole)])
            whole = whole.take(pa.array(np.sort(np.argsort(keys, kind="stable")[:MOST_COMMENTS])))
        self.tables, self.held = [whole], whole.num_rows

    def _key(self, comment: str, customer: bytes | None, at: str | None) -> str:
        written = f"{self.seed}:{(customer or b'').hex()}:{at}:{comment}"
        return hashlib.sha256(written.encode()).hexdigest()[:_KEY]

    def side(self) -> Side:
        """What was kept."""
        if not self.tables:
            return Side((), 0, 0)
        self._thin()
        (table,) = self.tables
        scores = table.column(_SCORE).to_pylist()
        comments = tuple(
            Comment(comment, customer.hex() if customer else None, score)
            for (comment, customer, _), score in zip(_rows(table), scores, strict=True)
        )
        return Side(comments, self.in_all, pc.sum(table.column(_CUT)).as_py())


def _rows(table: Any) -> Iterator[tuple[str, bytes | None, str | None]]:
    columns = (table.column(name).to_pylist() for name in ("comment", "customer", "at"))
    return zip(*columns, strict=True)


def lowest_of(
    inputs: Mapping[str, Behind], segments: Sequence[str], most: int
) -> tuple[RatedCase, ...]:
    """The lowest cases of all inputs, at most one a customer.

    The lowest first; among equals those with a comment, then the latest; what is left equal is
    ordered by input, number and row.
    """
    found: list[tuple[tuple[Any, ...], RatedCase]] = []
    for name, one in inputs.items():
        for page in one.scored(_columns(one.cases, segments)):
            found = _lowest([*found, *_page(one, name, page, segments, most)], most)
    return tuple(case for _, case in found)


def _columns(cases: Cases, segments: Sequence[str]) -> list[str]:
    names = ["row", "file", "at", "customer", "case", "comment"]
    names += [kept_column(one) for one in segments if cases.has((one,))]
    return [*dict.fromkeys(names), *(f"{INDICATOR_PREFIX}{key}" for key in cases.indicators)]


def _page(
    one: Behind, name: str, page: Any, segments: Sequence[str], most: int
) -> Iterator[tuple[tuple[Any, ...], RatedCase]]:
    """The lowest cases of one page with what they are ordered by."""
    order = _order(page)
    seen: set[bytes] = set()
    taken = 0
    for row in _in_pieces(page, order, most):
        customer = row["customer"]
        if customer is not None and customer in seen:
            continue
        seen.add(customer)
        yield _key(name, row), _rated(one, name, row, segments)
        taken += 1
        if taken >= most:
            return


def _order(page: Any) -> Any:
    keys = pa.table(
        {
            "score": page.column(_SCORE),
            "silent": pc.invert(_has_words(page)),
            "at": page.column("at"),
            "case": page.column("case").cast(pa.string()),
            "row": page.column("row"),
        }
    )
    directions = [("score", "ascending"), ("silent", "ascending"), ("at", "descending"),
                  ("case", "ascending"), ("row", "ascending")]  # fmt: skip
    return pc.sort_indices(keys, sort_keys=directions)


def _in_pieces(page: Any, order: Any, most: int) -> Iterator[dict[str, Any]]:
    """The rows of a page in order, few of them at once as Python objects."""
    for first in range(0, len(order), 4 * most):
        yield from page.take(order.slice(first, 4 * most)).to_pylist()


def _lowest(
    found: Sequence[tuple[tuple[Any, ...], RatedCase]], most: int
) -> list[tuple[tuple[Any, ...], RatedCase]]:
    kept: list[tuple[tuple[Any, ...], RatedCase]] = []
    seen: set[str] = set()
    for key, case in sorted(found, key=lambda one: one[0]):
        if case.customer is None or case.customer not in seen:
            kept.append((key, case))
            seen |= {case.customer} if case.customer else set()
    return kept[:most]


def _key(name: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    at, silent = row["at"], not (row["comment"] or "").strip()
    late = (_EPOCH - at).total_seconds() if at is not None else float("inf")
    return row[_SCORE], silent, late, name, row["case"] or "", row["file"] or "", row["row"]


def _rated(one: Behind, name: str, row: Mapping[str, Any], segments: Sequence[str]) -> RatedCase:
    answers = {
        indicator_key(*pair): _written(pair[1], row.get(indicator_column(indicator_key(*pair))))
        for pair in one.rubric.indicators
    }
    comment = (row["comment"] or "")[:LONGEST_COMMENT].strip()
    return RatedCase(
        input=name,
        score=row[_SCORE],
        case=row["case"] or None,
        at=row["at"],
        customer=row["customer"].hex() if row["customer"] else None,
        segments=tuple((column, row.get(kept_column(column)) or "") for column in segments),
        answers={key: value for key, value in answers.items() if value},
        comment=comment or None,
    )


def _written(indicator: Indicator, value: Any) -> str:
    """An answer as it was given; a duration with its unit; blank where there is none."""
    if value is None or value != value:
        return ""
    if not isinstance(value, float):
        return str(value)
    unit = _UNITS.get(getattr(indicator.measure, "unit", ""), "")
    return f"{value:.4g} {unit}".rstrip()
