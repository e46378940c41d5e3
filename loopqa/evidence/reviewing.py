"""Reviews held against the cases that were drawn for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.cases import Cases
from loopqa.evidence.planning import INDICATOR_PREFIX, KNOWN_PREFIX
from loopqa.evidence.sampling import AT, CASE, POPULATION, STRATUM
from loopqa.evidence.spool import stacked
from loopqa.model.window import Window


@dataclass(frozen=True)
class Reviewed:
    """What came back of a drawn sample."""

    cases: Cases  #: the drawn cases that are reviewed, with their stratum and its size
    by_stratum: Mapping[str, int]  #: how many of each stratum
    outside: tuple[str, ...]  #: numbers of cases reviewed in the window though not drawn
    repeated: int  #: reviews of a case that has a later one


def reviewed(cases: Cases, drawn: Any, window: Window) -> Reviewed:
    """The reviews of drawn cases, wherever their own time lies; the case's time counts.

    A row without any answer is no review: it may be an unfilled line of the list. Of several
    reviews of a case the last row holds.

    Args:
        cases: of the reviewed input, not cut to the window.
        drawn: the drawn cases of the window, see :func:`loopqa.evidence.sampling.draw`.
    """
    answered = _answered(cases)
    numbers = pc.cast(answered.column(CASE), pa.string())
    places = pc.index_in(numbers, value_set=drawn.column(CASE).combine_chunks())
    here = places.is_valid()
    stray = answered.filter(pc.invert(here))
    outside = _within(stray, window).column(CASE).to_pylist()
    rows = _last_rows(places.filter(here))
    table = answered.filter(here).take(rows)
    at_list = drawn.take(places.filter(here).take(rows))
    counts = at_list.column(STRATUM).value_counts().to_pylist()
    return Reviewed(
        replace(cases, table=_dressed(table, at_list)),
        {one["values"]: one["counts"] for one in counts},
        tuple(one or "" for one in outside),
        int(pc.sum(here).as_py() or 0) - len(rows),
    )


def together(found: Cases, earlier: Mapping[Window, Cases]) -> Cases:
    """The reviews of one window with those of earlier ones, whose strata are strata of their own.

    A case of July stands for cases of July: its stratum's size is that of the draw of July.
    """
    tables = [found.table, *(_apart(one.table, window) for window, one in earlier.items())]
    return replace(found, table=stacked(tables))


def _apart(table: Any, window: Window) -> Any:
    at = table.schema.get_field_index(STRATUM)
    named = pc.cast(table.column(STRATUM), pa.string())
    return table.set_column(
        at, STRATUM, pc.binary_join_element_wise(named, pa.scalar(str(window)), " ")
    )


def _answered(cases: Cases) -> Any:
    """The rows in which something was answered; when what takes time is known is known by now."""
    names = [name for name in cases.table.column_names if not name.startswith(KNOWN_PREFIX)]
    table = cases.table.select(names)
    columns = [name for name in table.column_names if name.startswith(INDICATOR_PREFIX)]
    if not columns:
        return table
    return table.filter(reduce(pc.or_, (_filled(table.column(name)) for name in columns)))


def _filled(column: Any) -> Any:
    if pa.types.is_floating(column.type):
        return pc.and_(column.is_valid(), pc.invert(pc.fill_null(pc.is_nan(column), False)))
    return pc.fill_null(pc.not_equal(pc.cast(column, pa.string()), ""), False)


def _within(table: Any, window: Window) -> Any:
    at = table.column(AT)
    first = pa.scalar(window.first_instant, at.type)
    past = pa.scalar(window.past_instant, at.type)
    return table.filter(pc.and_(pc.greater_equal(at, first), pc.less(at, past)))


def _last_rows(places: Any) -> Any:
    """Of rows with the same place, the last one: row numbers in ascending order."""
    found = places.to_numpy(zero_copy_only=False)[::-1] if len(places) else np.array([], np.int64)
    _, first = np.unique(found, return_index=True)
    return pa.array(np.sort(len(found) - 1 - first), pa.int64())


def _dressed(table: Any, at_list: Any) -> Any:
    """Reviews with the time, stratum and stratum's size of their cases."""
    known = [name for name in (STRATUM, POPULATION) if name in table.column_names]
    bare = table.drop_columns(known) if known else table
    timed = bare.set_column(bare.schema.get_field_index(AT), AT, at_list.column(AT))
    strata = at_list.column(STRATUM)
    return timed.append_column(STRATUM, strata).append_column(
        POPULATION, at_list.column(POPULATION)
    )


def count_cases(cases: Cases) -> int:
    """How many different case numbers there are."""
    numbers = pc.cast(pc.unique(cases.table.column(CASE)), pa.string())
    return int(pc.sum(pc.fill_null(pc.not_equal(numbers, ""), False)).as_py() or 0)
