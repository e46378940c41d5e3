"""The lowest cases behind a finding, at most one a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.behind import SCORE, Behind, has_words
from loopqa.evidence.cases import Cases
from loopqa.evidence.planning import INDICATOR_PREFIX, indicator_column, kept_column
from loopqa.model.behind import LONGEST_COMMENT, RatedCase
from loopqa.model.rubric import Indicator, indicator_key

_UNITS = {"minutes": "min", "hours": "h", "days": "d"}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time, as cases carry it


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
            "score": page.column(SCORE),
            "silent": pc.invert(has_words(page)),
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
    return row[SCORE], silent, late, name, row["case"] or "", row["file"] or "", row["row"]


def _rated(one: Behind, name: str, row: Mapping[str, Any], segments: Sequence[str]) -> RatedCase:
    answers = {
        indicator_key(*pair): _written(pair[1], row.get(indicator_column(indicator_key(*pair))))
        for pair in one.rubric.indicators
    }
    comment = (row["comment"] or "")[:LONGEST_COMMENT].strip()
    return RatedCase(
        input=name,
        score=row[SCORE],
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
