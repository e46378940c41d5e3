"""Which column is the date of a case, and between which moments time is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from loopqa.calc.starting.columns import Column
from loopqa.calc.starting.guess import Choices, Span
from loopqa.calc.starting.names import hints_at, words_of
from loopqa.calc.starting.times import Ambiguous, Written, dates_of, read

FILLED = 0.9  #: share of the rows that a date of the case must have

_NOT_OF_THE_CASE = ("birth", "birthday", "registered", "registration", "valid", "expires")
_NOT_OF_THE_CASE_ZH = ("生日", "出生", "注册", "入职", "到期", "开户")


@dataclass(frozen=True)
class Dates:
    """The date columns of a table."""

    written: Mapping[str, Written]
    ambiguous: Mapping[str, Ambiguous]


def dates_in(columns: Sequence[Column], form: str | None) -> Dates:
    """All date columns; one that reads in two ways is settled by its neighbours where they can.

    Args:
        form: how dates are written, where a person said so.
    """
    written: dict[str, Written] = {}
    ambiguous: dict[str, Ambiguous] = {}
    for one in columns:
        found = dates_of(one)
        if isinstance(found, Written):
            written[one.name] = found
        elif found is not None:
            ambiguous[one.name] = found
    orders = {one.form[:2] for one in written.values() if one.form and one.form[:2] in _ORDERS}
    if form is not None and form[:2] in _ORDERS:
        orders = {form[:2]}
    if len(orders) == 1:
        at = _ORDERS.index(orders.pop())
        settled = {name: one.forms[at] for name, one in ambiguous.items()}
        written |= {name: Written(one, ":" in one) for name, one in settled.items()}
        ambiguous = {}
    return Dates(written, ambiguous)


_ORDERS = ("%d", "%m")


def date_of_case(columns: Sequence[Column], dates: Dates, choices: Choices) -> str | None:
    """The column of the day that a case counts for: when it was rated, else when it was opened."""
    if choices.date_column is not None:
        return choices.date_column or None
    known = [
        one
        for one in columns
        if one.name in dates.written or one.name in dates.ambiguous
        if len(one.answers) and sum(one.answers.values()) >= FILLED * one.rows
        if not _about_something_else(one.name)
    ]
    ranked = sorted(known, key=lambda one: _rank(one.name))
    return ranked[0].name if ranked else None


def _rank(name: str) -> int:
    for rank, hint in enumerate(("asked", "opened", "date")):
        if hints_at(name, hint):
            return rank
    return 3


def _about_something_else(name: str) -> bool:
    words = words_of(name)
    return any(one in words for one in _NOT_OF_THE_CASE) or any(
        one in name for one in _NOT_OF_THE_CASE_ZH
    )


def spans_in(columns: Sequence[Column], dates: Dates, form: str | None) -> tuple[Span, ...]:
    """From the time a case was opened to its answer and to its solution."""
    fitting = [
        one
        for one in columns
        if one.name in dates.written
        and dates.written[one.name].clock
        and dates.written[one.name].form == form
    ]
    opened = next((one for one in fitting if hints_at(one.name, "opened")), None)
    if opened is None:
        return ()
    found: list[Span] = []
    for id_ in ("responded", "resolved", "closed"):
        for one in fitting:
            fits = one.name != opened.name and hints_at(one.name, id_)
            if fits and one.name not in {span.end for span in found}:
                found.append(Span(id_, opened.name, one.name))
                break
    if any(span.id == "resolved" for span in found):
        found = [span for span in found if span.id != "closed"]
    return tuple(found) if _in_order(opened, found, columns, form) else ()


def _in_order(
    opened: Column, spans: Sequence[Span], columns: Sequence[Column], form: str | None
) -> bool:
    """Whether what ends comes after what begins, as far as the totals tell."""
    ends = [one for one in columns if one.name in {span.end for span in spans}]
    starts = _moments(opened, form)
    return all(
        starts and (ended := _moments(one, form)) and min(starts) <= max(ended) for one in ends
    )


def _moments(column: Column, form: str | None) -> list[datetime]:
    return [moment for one in column.answers if (moment := read(one, form)) is not None]
