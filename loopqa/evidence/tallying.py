"""From cases to tallies: one pass of counting on the engine, the exact rest in Python."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.evidence import counting
from loopqa.evidence.backend import Backend, Rows
from loopqa.evidence.cases import Cases
from loopqa.evidence.collector import collector_paused
from loopqa.evidence.grouping import Grouping, codes_and_texts
from loopqa.evidence.joining import CASE, Counted, blended, joint_sums
from loopqa.evidence.levels import level_counts, plain_positions
from loopqa.evidence.lexicon import encoded_texts
from loopqa.evidence.pairing import NEEDED, Pairing, seen_in_both
from loopqa.evidence.planning import kept_column
from loopqa.evidence.readout import Readout
from loopqa.evidence.responding import silent_cases
from loopqa.evidence.shapes import Coded, Shape
from loopqa.evidence.shaping import shape_of
from loopqa.evidence.spool import PAGE_ROWS
from loopqa.evidence.stratifying import Part, strata_of, with_strata
from loopqa.evidence.sums import Sums
from loopqa.model.coding import Scheme
from loopqa.model.rubric import Rubric, indicator_key
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
    with collector_paused():
        return replace(_tallied(backend, rubric, schemes, parts, job), strata=sizes)


def _tallied(
    backend: Backend,
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    parts: Sequence[Part],
    job: _Job,
) -> Tally:
    """Count the parts of every shape."""
    grouping = Grouping(job.by)
    readout = Readout(grouping)
    composite = len({part.rater for part in parts}) <= 1
    counted: list[Counted] = []
    alike = _alike(rubric, parts)
    for keys, members in alike.items():
        indicators, weighted = keys
        shape = shape_of(
            rubric,
            schemes,
            indicators,
            weighted=weighted,
            values=job.values,
            composite=composite,
            own=job.own,
            # Who scored low is told in points: nobody is low in a unit of its own.
            paired=job.pairs is not None and job.cut is None,
        )
        if shape.indicators:
            kept = job.joint and (len(alike) > 1 or bool(blended(shape)))
            table = _count(backend, shape, members, grouping, job, readout, kept=kept)
            if kept:
                counted.append(Counted(shape, table))
    if counted:
        readout.joint += joint_sums(backend, counted, grouping)
    return readout.tally(job.by)


def _cut(low_at_most: float) -> int:
    return int(low_at_most * CASE_SCALE + 1e-6)


def _raters(rubric: Rubric) -> dict[str, str]:
    """Rater by indicator key."""
    return {
        f"{dimension.id}.{indicator.id}": indicator.rater
        for dimension, indicator in rubric.indicators
    }


def _conditions(rubric: Rubric) -> dict[str, tuple[str, ...]]:
    """Columns of ``when`` by indicator key."""
    return {
        indicator_key(dimension, indicator): tuple(one.column for one in indicator.when)
        for dimension, indicator in rubric.indicators
    }


def _alike(rubric: Rubric, parts: Sequence[Part]) -> dict[tuple[frozenset[str], bool], list[Part]]:
    """Parts by what can be counted in one query: the same indicators, with or without weights."""
    alike: dict[tuple[frozenset[str], bool], list[Part]] = {}
    for part in parts:
        keys = usable_keys(rubric, part.rater, part.cases)
        weighted = "weight" in part.cases.table.column_names
        alike.setdefault((keys, weighted), []).append(part)
    return alike


def usable_keys(rubric: Rubric, rater: str | None, cases: Cases) -> frozenset[str]:
    """The indicators of a rater (None: of all) whose values these cases have."""
    raters, conditions = _raters(rubric), _conditions(rubric)
    return frozenset(
        key
        for key in cases.indicators
        if key in raters
        and rater in (None, raters[key])
        # Frozen cases may be older than a condition: nobody can tell whom it would concern.
        and cases.has(conditions[key])
    )


def _count(
    backend: Backend,
    shape: Shape,
    parts: Sequence[Part],
    grouping: Grouping,
    job: _Job,
    readout: Readout,
    *,
    kept: bool,
) -> Any:
    """Count the parts of one shape; the table that was counted, if it is to be ``kept``."""
    pairing, windows = _pairing(shape, parts, grouping, job)
    tables = _gathered(_numbered(backend, shape, parts, grouping, job, pairing))
    seen = list(_passed(backend, shape, tables, job, readout, kept=kept))
    if pairing is not None:
        _pair(backend, pairing, windows, job, readout)
    return pa.concat_tables(seen) if kept else None


def _passed(
    backend: Backend,
    shape: Shape,
    tables: Iterator[Any],
    job: _Job,
    readout: Readout,
    *,
    kept: bool,
) -> Iterator[Any]:
    """Count everything that adds up while the cases pass by; those to be ``kept`` are handed on."""
    plain = () if job.only_pairs else plain_positions(shape)
    queries = _queries(shape, job, plain)
    sums = {name: Sums(one.keys) for name, one in queries.items()}
    levels = Sums(3)
    for table in tables:
        groups = table.column(counting.GROUP).to_numpy()
        if job.raters:
            readout.silence(silent_cases(shape, job.raters, table, groups))
        levels.add(list(level_counts(shape, table, groups, plain)))
        if queries:
            asked: dict[Hashable, Callable[[], Any]] = {
                (shape, *name): one.build for name, one in queries.items()
            }
            results = backend.run({counting.CASES: table}, asked)
            for one, rows in zip(sums.values(), results, strict=True):
                one.add(rows)
        if kept:
            yield table
    counted = levels.rows()
    for name, query in queries.items():
        found = sums[name].rows()
        if query.read is None:
            counted += [(query.positions[row[0]], *row[1:]) for row in found]
        else:
            query.read(readout, shape, found)
    readout.counts(shape, counted)


_Read = Callable[[Readout, Shape, Rows], None]


@dataclass(frozen=True)
class _Query:
    build: Callable[[], Any]
    keys: int  #: leading columns of its rows that are not added up
    read: _Read | None  #: None: counts of these positions, read with those of the plain levels
    positions: tuple[int, ...] = ()


def _queries(shape: Shape, job: _Job, plain: Sequence[int]) -> dict[tuple[Hashable, ...], _Query]:
    """The queries whose rows add up: by a name that, with the shape, settles their SQL."""
    if job.only_pairs:
        return {}
    queries: dict[tuple[Hashable, ...], _Query] = {}
    others = tuple(at for at in range(len(shape.indicators)) if at not in plain)
    if others:
        build = partial(counting.count_query, shape, others)
        queries[("counts", others)] = _Query(build, 3, None, others)
    if counting.summed_quantities(shape):
        queries[("sums",)] = _Query(partial(counting.sum_query, shape), 1, Readout.sums)
    if shape.binned:
        queries[("bins",)] = _Query(partial(counting.bin_query, shape), 3, Readout.bins)
    if job.cross and len(shape.scores) > 1:
        build = partial(counting.cross_query, shape)
        queries[("cross",)] = _Query(build, 1 + len(shape.scores), Readout.cross)
    return queries


def _pairing(
    shape: Shape, parts: Sequence[Part], grouping: Grouping, job: _Job
) -> tuple[Pairing | None, tuple[int, int]]:
    """Collects the cases of customers in both windows, if pairs are wanted and can be."""
    for part in parts:
        grouping.window_number(part.window)
    wanted = job.pairs is not None and counting.paired_quantities(shape)
    if job.pairs is None or not wanted or not set(job.pairs) <= {part.window for part in parts}:
        return None, (0, 0)
    before, after = job.pairs
    windows = grouping.window_number(before), grouping.window_number(after)
    return Pairing(shape, seen_in_both(parts, job.pairs), windows), windows


def _pair(
    backend: Backend, pairing: Pairing, windows: tuple[int, int], job: _Job, readout: Readout
) -> None:
    latest, shape = not job.only_pairs, pairing.shape
    build = partial(counting.pair_query, shape, *windows, job.cut, latest=latest)
    key = (shape, "pairs", *windows, job.cut, latest)
    for table in pairing.tables():
        (rows,) = backend.run({counting.CASES: table}, {key: build})
        (readout.pairs_of if latest else readout.pair_sums)(shape, rows)


def _gathered(tables: Iterator[Any]) -> Iterator[Any]:
    """Small tables put together, so that the engine is asked once for all of them."""
    found: list[Any] = []
    for table in tables:
        found.append(table)
        if sum(one.num_rows for one in found) >= PAGE_ROWS:
            yield pa.concat_tables(found)
            found = []
    if found:
        yield pa.concat_tables(found)


def _numbered(
    backend: Backend,
    shape: Shape,
    parts: Sequence[Part],
    grouping: Grouping,
    job: _Job,
    pairing: Pairing | None,
) -> Iterator[Any]:
    """All cases as the queries read them; those for pairs are put aside on the way."""
    for part in parts:
        window = grouping.window_number(part.window)
        needed = _needed(shape, job, paired=pairing is not None)
        # A column of ``by`` that is not there is told by who groups by it.
        here = [name for name in needed if name in part.cases.table.column_names]
        for cases in part.cases.batches(here):
            table = _readable(backend, shape, cases, window, grouping, job)
            if pairing is not None:
                pairing.take(table, cases, window)
            yield table


def _needed(shape: Shape, job: _Job, *, paired: bool) -> list[str]:
    """The columns of the case table that are read."""
    names = [one.column for one in shape.indicators]
    names += [when.column for one in shape.indicators for when in one.applies]
    names += [kept_column(name) for name in job.by]
    names += ["weight"] if shape.weighted else []
    names += ["case"] if job.joint else []
    return list(dict.fromkeys((*names, *(NEEDED if paired else ()), "row")))


def _readable(
    backend: Backend, shape: Shape, table: Any, window: int, grouping: Grouping, job: _Job
) -> Any:
    """The columns that the queries read: raw values, and what cases are grouped by as numbers."""
    columns = {one.column: encoded_column(backend, one, table) for one in shape.indicators}
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
    return pa.table(columns)


def encoded_column(backend: Backend, one: Coded, table: Any) -> Any:
    """Text answers as encoded values, coded once per distinct text; durations as they are."""
    column = table.column(one.column)
    if one.duration:
        return column
    codes, texts = codes_and_texts(column)
    values = encoded_texts(backend, one.reading, texts)
    return pa.array(values.astype(np.int64 if one.number else np.int16)[codes])
