"""The Ibis form of the tallies: group-bys that leave only counts and sums of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loopqa.evidence.coding import (
    COMPOSITE_COLUMN,
    coded_cases,
    divided,
    is_answer,
    logarithm_column,
    meets,
    own_column,
    score_column,
    value_column,
)
from loopqa.evidence.shapes import Coded, Shape
from loopqa.model.tally import BIN_RATIO, NEGATIVE_BIN, ZERO_BIN

CASES = "cases"  #: name of the registered table
GROUP = "_group"  #: window and group of a case, as one number
WINDOW = "_window"  #: window of a case, as a number
WEIGHT = "_weight"  #: case weight per WEIGHT_SCALE
ORDER = "_order"  #: rises with time; for the latest answer of a customer
CUSTOMER = "customer"  #: of a pseudonym in the cases; a number where customers are paired
LATEST_BEFORE, LATEST_AFTER = "latest_before", "latest_after"

WEIGHT_SCALE = 10**9
MEAN_SCALE = 10**6  #: customers' mean scores inside pairs, per point

_NUDGE = 1e-7  #: of a bin's width

PRODUCT = dt.Decimal(19, 0)  #: the product of two fits 38 digits


def score_quantities(shape: Shape) -> tuple[tuple[str, str], ...]:
    """(quantity, column) of every case score, the composite last."""
    names = [(score.quantity, score_column(at)) for at, score in enumerate(shape.scores)]
    if shape.composite:
        names.append(("composite", COMPOSITE_COLUMN))
    return tuple(names)


def paired_quantities(shape: Shape) -> tuple[tuple[str, str], ...]:
    """(quantity, column) of every score by which customers are paired."""
    own = ((score.quantity, own_column(at)) for at, score in enumerate(shape.own))
    return (*score_quantities(shape), *own)


def cases_table(
    shape: Shape, *, paired: bool, name: str = CASES, more: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """The unbound case table of a shape; ``more`` are further columns and their types."""
    columns: dict[str, str] = {GROUP: "int64", WINDOW: "int32"}
    for one in shape.indicators:
        columns[one.column] = "float64" if one.duration else one_kind(one)
        columns.update({when.column: "string" for when in one.applies})
    if shape.weighted:
        columns[WEIGHT] = "int64"
    if paired:
        columns.update({CUSTOMER: "int32", ORDER: "int64"})
        columns.update({logarithm_column(at): "int64" for at in logarithms(shape)})
    return ibis.table({**columns, **more}, name=name)


def logarithms(shape: Shape) -> tuple[int, ...]:
    """Positions of the indicators whose logarithms the case table has to hold, for pairs."""
    return tuple(one.terms[0].indicator for one in shape.own if one.terms[0].logarithm)


def one_kind(one: Coded) -> str:
    """Ibis type of an indicator's encoded texts."""
    return "int64" if one.number else "int16"


def count_query(shape: Shape, positions: Sequence[int]) -> Any:
    """Levels, states and value counts of the indicators at these positions.

    Rows: (place among the positions, group, value, n[, weight, squared weight]); the value is
    encoded, of numbers whose values are not wanted it is only the state.
    """
    coded = coded_cases(cases_table(shape, paired=False), unscored(shape))
    columns = [_counted(coded, at, shape.indicators[at], shape) for at in positions]
    kept = [GROUP, WEIGHT] if shape.weighted else [GROUP]
    long = _unpivoted(coded, kept, {"value": columns})
    sums = {"n": long.count()}
    if shape.weighted:
        weight = long[WEIGHT].cast(PRODUCT)
        sums |= {"weight": weight.sum(), "weight2": (weight * weight).sum()}
    return long.group_by("position", GROUP, "value").aggregate(**sums)


def counted_scores(shape: Shape) -> tuple[tuple[str, str], ...]:
    """The case scores that levels alone do not settle: (quantity, column)."""
    settled = {score.quantity for score in shape.scores if score.of_levels is not None}
    return tuple(pair for pair in score_quantities(shape) if pair[0] not in settled)


def _counted(coded: Any, at: int, one: Coded, shape: Shape) -> Any:
    value = coded[value_column(at)]
    if one.number and not shape.values:
        return is_answer(value).ifelse(ibis.literal(0, "int64"), value)
    return value


def _unpivoted(table: Any, kept: list[str], columns: dict[str, list[Any]]) -> Any:
    """One row per position of the parallel lists of columns."""
    length = len(next(iter(columns.values())))
    positions = ibis.array([ibis.literal(at, "int16") for at in range(length)])
    lists = {name: ibis.array(values).unnest() for name, values in columns.items()}
    return table.select(*kept, position=positions.unnest(), **lists)


def sum_query(shape: Shape) -> Any:
    """Count, sum and sum of squares of everything in :func:`summed_quantities`, a row per group."""
    coded = coded_cases(cases_table(shape, paired=False), unpaired(shape))
    sums: dict[str, Any] = {}
    numbers = [value_column(at) for at, one in enumerate(shape.indicators) if one.number]
    for at, name in enumerate(numbers):
        number = is_answer(coded[name]).ifelse(coded[name], ibis.null("int64")).cast(PRODUCT)
        sums |= _moments(number, at)
    kind = PRODUCT if _boundless(shape) else "int64"
    for at, (_, name) in enumerate(counted_scores(shape), start=len(numbers)):
        sums |= _moments(coded[name].cast(kind), at)
    return coded.group_by(GROUP).aggregate(**sums)


def summed_quantities(shape: Shape) -> tuple[str, ...]:
    """Number indicators, and the case scores that levels alone do not settle."""
    numbers = (one.key for one in shape.indicators if one.number)
    return (*numbers, *(quantity for quantity, _ in counted_scores(shape)))


def _moments(number: Any, at: int) -> dict[str, Any]:
    squares = (number * number).sum()
    return {f"n{at}": number.count(), f"t{at}": number.sum(), f"q{at}": squares}


def _boundless(shape: Shape) -> bool:
    """Whether a case score may be so large that its square needs more than 64 bits."""
    return any(term.line is not None for score in shape.scores for term in score.terms)


def unscored(shape: Shape) -> Shape:
    """The shape without scores."""
    return replace(shape, scores=(), composite=(), composite_caps=(), own=())


def unpaired(shape: Shape) -> Shape:
    """The shape without what only pairs need."""
    return replace(shape, own=())


def bin_query(shape: Shape) -> Any:
    """Binned numbers: (position in ``shape.binned``, group, bin, n, total, within).

    A bin's number is made by a logarithm, which engines may round differently in the last digit.
    The ends of bins are nudged off whole numbers by far more than that, so that all agree.
    """
    coded = coded_cases(cases_table(shape, paired=False), unpaired(shape))
    numbers = [coded[value_column(one.indicator)] for one in shape.binned]
    met = [
        ibis.literal(0, "int64")
        if one.within is None
        else meets(number, one.within).ifelse(1, 0).cast("int64")
        for one, number in zip(shape.binned, numbers, strict=True)
    ]
    long = _unpivoted(coded, [GROUP], {"number": numbers, "met": met})
    long = long.filter(is_answer(long.number))
    long = long.mutate(bin=_bin(long.number))
    return long.group_by("position", GROUP, "bin").aggregate(
        n=long.count(), total=long.number.cast(PRODUCT).sum(), within=long.met.sum()
    )


def _bin(number: Any) -> Any:
    positive = (number > 0).ifelse(number, 1).cast("float64")
    found = (positive.ln() * (1 / math.log(BIN_RATIO)) + _NUDGE).floor().cast("int64")
    return ibis.cases((number > 0, found), (number == 0, ZERO_BIN), else_=NEGATIVE_BIN)


def cross_query(shape: Shape) -> Any:
    """Joint counts of all case scores of an input: (window, one column a score, n)."""
    coded = coded_cases(cases_table(shape, paired=False), unpaired(shape))
    scores = [score_column(at) for at in range(len(shape.scores))]
    return coded.group_by(WINDOW, *scores).aggregate(n=coded.count())


def _customers(shape: Shape, before: int, after: int, cut: int | None, latest: bool) -> Any:
    """One row per case score and customer seen in both windows.

    Without ``latest`` all cases of a window are of one group, so that any of them tells it.
    """
    cases = cases_table(shape, paired=True)
    coded = coded_cases(cases.filter(cases[WINDOW].isin((before, after))), shape)
    scores = [coded[column] for _, column in paired_quantities(shape)]
    long = _unpivoted(coded, [CUSTOMER, GROUP, WINDOW, ORDER], {"score": scores})
    long = long.filter(long.score.notnull() & long[CUSTOMER].notnull())
    early, late = long[WINDOW] == before, long[WINDOW] == after
    found = {
        "n_before": early.sum().cast("int64"),
        "n_after": late.sum().cast("int64"),
        "t_before": early.ifelse(long.score, 0).sum().cast("int64"),
        "t_after": late.ifelse(long.score, 0).sum().cast("int64"),
        "group": long[GROUP].min(where=early),
    }
    if latest:
        found["group"] = long[GROUP].argmax(long[ORDER], where=early)
        found[LATEST_BEFORE] = long.score.argmax(long[ORDER], where=early)
        found[LATEST_AFTER] = long.score.argmax(long[ORDER], where=late)
    each = long.group_by("position", CUSTOMER).aggregate(**found)
    each = each.filter((each.n_before > 0) & (each.n_after > 0))
    return each if cut is None else each.filter(each.t_before <= each.n_before * cut)


def pair_query(shape: Shape, before: int, after: int, cut: int | None, *, latest: bool) -> Any:
    """The same customers: (position, group[, latest before, latest after], n, sums ...).

    Sums are over the customers' mean scores, per MEAN_SCALE: before, after, squares before, squares
    after, products. With ``latest``, customers with the same latest scores are a row; without it,
    cases must not be grouped.
    """
    each = _customers(shape, before, after, cut, latest)
    each = each.mutate(
        mean_before=divided(each.t_before * 10_000, each.n_before).cast(PRODUCT),
        mean_after=divided(each.t_after * 10_000, each.n_after).cast(PRODUCT),
    )
    scores = (LATEST_BEFORE, LATEST_AFTER) if latest else ()
    return each.group_by("position", "group", *scores).aggregate(
        n=each.count(),
        before=each.mean_before.sum(),
        after=each.mean_after.sum(),
        before_squares=(each.mean_before * each.mean_before).sum(),
        after_squares=(each.mean_after * each.mean_after).sum(),
        products=(each.mean_before * each.mean_after).sum(),
    )
