"""From cases to tallies: one pass of counting on the engine, the exact rest in Python."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.evidence import counting
from loopqa.evidence.backend import Backend, Rows
from loopqa.evidence.coding import logarithm_column
from loopqa.evidence.grouping import Grouping, codes_and_texts
from loopqa.evidence.joining import CASE, Counted, joint_sums
from loopqa.evidence.lexicon import encoded_texts
from loopqa.evidence.logarithms import logarithms_of
from loopqa.evidence.readout import Readout
from loopqa.evidence.responding import silent_cases
from loopqa.evidence.shapes import Coded, Shape
from loopqa.evidence.shaping import shape_of
from loopqa.evidence.stratifying import Part, strata_of, with_strata
from loopqa.model.coding import Scheme
from loopqa.model.rubric import Rubric
from loopqa.model.tally import CASE_SCALE, STRATUM, OwnScore, Tally

__all__ = ["Part", "tally"]


@dataclass(frozen=True)
class _Job:
    """What is asked of every batch of parts."""

    by: tuple[str, ...]
    values: bool
    cross: bool
    pairs: tuple[str, str] | None
    cut: int | None
    only_pairs: bool
    own: tuple[OwnScore, ...]
    joint: bool
    raters: Mapping[str, str]  #: by indicator, whose response is counted; empty: nobody's


def tally(
    backend: Backend,
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    parts: Sequence[Part],
    *,
    by: Sequence[str] = (),
    values: bool = True,
    cross: bool = False,
    pairs: tuple[str, str] | None = None,
    low_at_most: float | None = None,
    only_pairs: bool = False,
    own: Sequence[OwnScore] = (),
    joint: bool = False,
    responses: bool = False,
) -> Tally:
    """Count cases.

    Composites are counted where all parts are of the same rater (or serve every rater): a case of
    one input can't have the scores of another.

    Args:
        by: kept columns; every combination of their values is a group.
        values: also count the single values of number indicators (medians, quantiles).
        cross: also count all case scores of an input jointly.
        pairs: labels of two windows (earlier, later) in which the same customers are paired.
        low_at_most: pair only customers whose earlier mean score is at most this (in points).
        only_pairs: count nothing but the sums of pairs, in no groups.
        own: indicators that are judged in their own unit: numbers are also counted by bins, and
            customers are paired by them.
        joint: also sum the scores of cases that two raters rated, for blends.
        responses: also count the cases that have no answer at all.

    Raises:
        UsageError: a column of ``by`` was not kept when the cases were read.
        DataError: what the cases say of strata and their sizes contradicts itself.
        RunFailed: the engine gave up.
    """
    assert not (only_pairs and by), "the sums of pairs alone come in no groups"
    raters = _raters(rubric)
    sizes = strata_of(parts, raters)
    if sizes and not only_pairs:
        parts, by = with_strata(parts), (*by, STRATUM)
    cut = None if low_at_most is None else _cut(low_at_most)
    asked = raters if responses else {}
    job = _Job(tuple(by), values, cross, pairs, cut, only_pairs, tuple(own), joint, asked)
    grouping = Grouping(job.by)
    readout = Readout(grouping)
    composite = len({part.rater for part in parts}) <= 1
    counted: list[Counted] = []
    for keys, members in _alike(rubric, parts).items():
        indicators, weighted = keys
        shape = shape_of(
            rubric,
            schemes,
            indicators,
            weighted=weighted,
            values=values,
            composite=composite,
            own=job.own,
            # Who scored low is told in points: nobody is low in a unit of its own.
            paired=pairs is not None and cut is None,
        )
        if shape.indicators:
            table = _count(backend, shape, members, grouping, job, readout)
            counted.append(Counted(shape, table))
    if joint:
        readout.joint += joint_sums(backend, counted, grouping)
    return replace(readout.tally(job.by), strata=sizes)


def _cut(low_at_most: float) -> int:
    return int(low_at_most * CASE_SCALE + 1e-6)


def _raters(rubric: Rubric) -> dict[str, str]:
    """Rater by indicator key."""
    return {
        f"{dimension.id}.{indicator.id}": indicator.rater
        for dimension, indicator in rubric.indicators
    }


def _alike(rubric: Rubric, parts: Sequence[Part]) -> dict[tuple[frozenset[str], bool], list[Part]]:
    """Parts by what can be counted in one query: the same indicators, with or without weights."""
    raters = _raters(rubric)
    alike: dict[tuple[frozenset[str], bool], list[Part]] = {}
    for part in parts:
        keys = frozenset(
            key
            for key in part.cases.indicators
            if key in raters and part.rater in (None, raters[key])
        )
        weighted = "weight" in part.cases.table.column_names
        alike.setdefault((keys, weighted), []).append(part)
    return alike


def _count(
    backend: Backend,
    shape: Shape,
    parts: Sequence[Part],
    grouping: Grouping,
    job: _Job,
    readout: Readout,
) -> Any:
    """Count the parts of one shape; the table that was counted."""
    windows = [grouping.window_number(part.window) for part in parts]
    paired = job.pairs is not None and set(job.pairs) <= {part.window for part in parts}
    tables = [
        _numbered(backend, shape, part.cases.table, window, grouping, job, paired=paired)
        for part, window in zip(parts, windows, strict=True)
    ]
    for one in tables if job.raters else ():
        readout.silence(silent_cases(shape, job.raters, one, one.column(counting.GROUP)))
    table = pa.concat_tables(tables)
    if paired:
        table = _with_logarithms(table, shape)
    queries = _queries(shape, job, _pair_windows(grouping, job) if paired else None)
    results = backend.run(
        {counting.CASES: table},
        {(shape, *name): build for name, (build, _) in queries.items()},
    )
    for rows, (_, read) in zip(results, queries.values(), strict=True):
        read(readout, shape, rows)
    return table


def _pair_windows(grouping: Grouping, job: _Job) -> tuple[int, int, int | None]:
    before, after = job.pairs or ("", "")
    return grouping.window_number(before), grouping.window_number(after), job.cut


_Read = Callable[[Readout, Shape, Rows], None]
_Query = tuple[Callable[[], Any], _Read]


def _queries(
    shape: Shape, job: _Job, paired: tuple[int, int, int | None] | None
) -> dict[tuple[Hashable, ...], _Query]:
    """The queries of a job: by a name that, with the shape, settles their SQL."""
    queries: dict[tuple[Hashable, ...], _Query] = {}
    if not job.only_pairs:
        queries[("counts",)] = (partial(counting.count_query, shape), Readout.counts)
    if any(one.number for one in shape.indicators) and not job.only_pairs:
        queries[("sums",)] = (partial(counting.sum_query, shape), Readout.sums)
    if shape.binned and not job.only_pairs:
        queries[("bins",)] = (partial(counting.bin_query, shape), Readout.bins)
    if job.cross and len(shape.scores) > 1:
        queries[("cross",)] = (partial(counting.cross_query, shape), Readout.cross)
    if paired is not None and counting.paired_quantities(shape):
        latest = not job.only_pairs
        queries[("pairs", *paired, latest)] = (
            partial(counting.pair_query, shape, *paired, latest=latest),
            Readout.pairs_of if latest else Readout.pair_sums,
        )
    return queries


def _numbered(
    backend: Backend,
    shape: Shape,
    table: Any,
    window: int,
    grouping: Grouping,
    job: _Job,
    *,
    paired: bool,
) -> Any:
    """The columns that the queries read: raw values, and what cases are grouped by as numbers."""
    columns = {one.column: _encoded(backend, one, table) for one in shape.indicators}
    for when in (when for one in shape.indicators for when in one.applies):
        columns[when.column] = table.column(when.column).cast(pa.string())
    columns[counting.GROUP] = pa.array(grouping.numbers(window, table))
    columns[counting.WINDOW] = pa.array(np.full(table.num_rows, window, dtype=np.int32))
    if job.joint:
        columns[CASE] = table.column("case").cast(pa.string())
    if shape.weighted:
        weights = table.column("weight").to_numpy()
        columns[counting.WEIGHT] = pa.array(
            np.rint(weights * counting.WEIGHT_SCALE).astype(np.int64)
        )
    if paired:
        columns[counting.CUSTOMER] = table.column("customer")
        columns[counting.ORDER] = pa.array(_order(table))
    return pa.table(columns)


def _with_logarithms(table: Any, shape: Shape) -> Any:
    """The table of all windows with logarithms, so that a zero counts the same in all of them."""
    for at in counting.logarithms(shape):
        one = shape.indicators[at]
        made = logarithms_of(table.column(one.column), one)
        table = table.append_column(logarithm_column(at), made)
    return table


def _encoded(backend: Backend, one: Coded, table: Any) -> Any:
    """Text answers as encoded values, coded once per distinct text; durations as they are."""
    column = table.column(one.column)
    if one.duration:
        return column
    codes, texts = codes_and_texts(column)
    values = encoded_texts(backend, one.reading, texts)
    return pa.array(values.astype(np.int64 if one.number else np.int16)[codes])


def _order(table: Any) -> Any:
    """Numbers that rise with time, and with the row among equal times."""
    at = table.column("at").cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    rows = table.column("row").to_numpy()
    ranks = np.empty(table.num_rows, dtype=np.int64)
    ranks[np.lexsort((rows, at))] = np.arange(table.num_rows)
    return ranks
