"""The comments behind a finding: those on low scores and the others, of many a sample."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.behind import SCORE, Behind
from loopqa.model.behind import LONGEST_COMMENT, Comment
from loopqa.model.rubric import Condition

MOST_COMMENTS = 10_000  #: a side; beyond that a sample says the same

_CUT, _KEY = "_cut", "_key"


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
            is_low = np.asarray(low.holds(page.column(SCORE).to_numpy()))
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
        self.bound: str | None = None  #: keys at or above it are out

    def add(self, table: Any) -> None:
        """Take in the cases of a page."""
        self.in_all += table.num_rows
        fresh = self._chosen(_plain(table))
        if fresh.num_rows:
            self.tables.append(fresh)
            self.held += fresh.num_rows
        if self.held > 2 * MOST_COMMENTS:
            self._thin()

    def _chosen(self, table: Any) -> Any:
        """The cases with their keys, without those that are out already."""
        keys = pa.array([self._key(*row) for row in _rows(table)], pa.string())
        keyed = table.append_column(_KEY, keys)
        return keyed if self.bound is None else keyed.filter(pc.less(keys, self.bound))

    def _key(self, comment: str, customer: bytes | None, at: str | None) -> str:
        written = f"{self.seed}:{(customer or b'').hex()}:{at}:{comment}"
        return hashlib.sha256(written.encode()).hexdigest()

    def _thin(self) -> None:
        """Keep those with the smallest keys."""
        whole = pa.concat_tables(self.tables)
        ordered = whole.take(pc.sort_indices(whole, sort_keys=[(_KEY, "ascending")]))
        self.tables = [ordered.slice(0, MOST_COMMENTS)]
        self.held = self.tables[0].num_rows
        if ordered.num_rows > MOST_COMMENTS:
            self.bound = ordered.column(_KEY)[MOST_COMMENTS].as_py()

    def side(self) -> Side:
        """What was kept, by key."""
        if not self.tables:
            return Side((), 0, 0)
        self._thin()
        (table,) = self.tables
        scores = table.column(SCORE).to_pylist()
        comments = tuple(
            Comment(comment, customer.hex() if customer else None, score)
            for (comment, customer, _), score in zip(_rows(table), scores, strict=True)
        )
        return Side(comments, self.in_all, pc.sum(table.column(_CUT)).as_py() or 0)


def _plain(table: Any) -> Any:
    """The columns of comments, of the same kinds on every page; long ones cut."""
    written = table.column("comment").cast(pa.string())
    return pa.table(
        {
            "comment": pc.utf8_slice_codeunits(written, 0, LONGEST_COMMENT),
            "customer": table.column("customer").cast(pa.binary()),
            "at": table.column("at").cast(pa.string()),
            SCORE: table.column(SCORE),
            _CUT: pc.greater(pc.utf8_length(written), LONGEST_COMMENT),
        }
    )


def _rows(table: Any) -> Iterator[tuple[str, bytes | None, str | None]]:
    columns = (table.column(name).to_pylist() for name in ("comment", "customer", "at"))
    return zip(*columns, strict=True)
