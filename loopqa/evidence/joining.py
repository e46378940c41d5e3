"""Cases that several raters rated: joint sums of their scores, for the covariance of a blend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import ibis

from loopqa.evidence.backend import Backend, Rows
from loopqa.evidence.coding import coded_cases, score_column
from loopqa.evidence.counting import CASES, GROUP, PRODUCT, WINDOW, cases_table, unpaired
from loopqa.evidence.grouping import Grouping
from loopqa.evidence.shapes import Shape
from loopqa.model.tally import JointSum

CASE = "_case"  #: what identifies a case, within its window
_OTHERS = "others"  #: name of the second table


class Counted(NamedTuple):
    """A table of cases with the shape by which it is counted."""

    shape: Shape
    table: Any


def blended(shape: Shape, other: Shape | None = None) -> tuple[tuple[int, int], ...]:
    """Positions of the case scores of one dimension by two raters: in one shape, or one in each."""
    names = [score.quantity.rpartition("@")[0] for score in shape.scores]
    if other is None:
        every = combinations(range(len(names)), 2)
        return tuple((a, b) for a, b in every if names[a] == names[b])
    theirs = [score.quantity.rpartition("@")[0] for score in other.scores]
    return tuple(
        (a, b) for a, one in enumerate(names) for b, two in enumerate(theirs) if one == two
    )


def joint_sums(backend: Backend, tables: Sequence[Counted], grouping: Grouping) -> list[JointSum]:
    """Joint sums over all cases that two raters rated, in one input or in two.

    Cases of two inputs are the same where they have the same case id in the same window.
    """
    found: list[JointSum] = []
    for one in tables:
        if blended(one.shape):
            found += _sums(backend, one, None, grouping)
    for one, other in combinations(tables, 2):
        if blended(one.shape, other.shape):
            found += _sums(backend, one, other, grouping)
    return found


def _sums(
    backend: Backend, one: Counted, other: Counted | None, grouping: Grouping
) -> Iterator[JointSum]:
    tables, second = {CASES: one.table}, one.shape
    build: Callable[[], Any] = partial(_within_one, one.shape)
    if other is not None:
        tables[_OTHERS], second = other.table, other.shape
        build = partial(_across_two, one.shape, other.shape)
    pairs = blended(one.shape, other.shape if other else None)
    rows: Rows
    (rows,) = backend.run(tables, {(one.shape, other and other.shape, "joint"): build})
    for position, number, n, *sums in sorted(rows):
        window, group = grouping.read(number)
        a, b = pairs[position]
        names = one.shape.scores[a].quantity, second.scores[b].quantity
        yield JointSum(window, *names, group, n, *(int(one) for one in sums))


def _within_one(shape: Shape) -> Any:
    coded = _coded(shape, CASES)
    pairs = blended(shape)
    first = [coded[score_column(a)] for a, _ in pairs]
    return _summed(coded, first, [coded[score_column(b)] for _, b in pairs])


def _across_two(shape: Shape, other: Shape) -> Any:
    pairs = blended(shape, other)
    one, two = _coded(shape, CASES), _coded(other, _OTHERS)
    ours = one.select(
        CASE, WINDOW, GROUP, **{f"f{at}": one[score_column(a)] for at, (a, _) in enumerate(pairs)}
    )
    theirs = two.select(
        case_=two[CASE],
        window_=two[WINDOW],
        **{f"g{at}": two[score_column(b)] for at, (_, b) in enumerate(pairs)},
    )
    both = ours.join(theirs, [ours[CASE] == theirs.case_, ours[WINDOW] == theirs.window_])
    first = [both[f"f{at}"] for at in range(len(pairs))]
    return _summed(both, first, [both[f"g{at}"] for at in range(len(pairs))])


def _coded(shape: Shape, name: str) -> Any:
    table = cases_table(shape, paired=False, name=name, more={CASE: "string"})
    return coded_cases(table, unpaired(shape))


def _summed(table: Any, first: list[Any], second: list[Any]) -> Any:
    positions = ibis.array([ibis.literal(at, "int16") for at in range(len(first))])
    long = table.select(
        GROUP,
        position=positions.unnest(),
        first=ibis.array(first).unnest(),
        second=ibis.array(second).unnest(),
    )
    long = long.filter(long["first"].notnull() & long["second"].notnull())
    x, y = long["first"].cast(PRODUCT), long["second"].cast(PRODUCT)
    return long.group_by("position", GROUP).aggregate(
        n=long.count(), firsts=x.sum(), seconds=y.sum(), products=(x * y).sum()
    )
