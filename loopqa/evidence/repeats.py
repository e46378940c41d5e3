"""Whether the same customer came back soon: told once all cases of an input are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.evidence.dates import INSTANT, micros_of
from loopqa.evidence.planning import KNOWN_PREFIX, Planned, indicator_column
from loopqa.model.rubric import RepeatMeasure

MOMENT = "moment"  #: working column: the instant of the case itself
BY_PREFIX = "by:"  #: working columns: who is who, only while the input is read

_MICROS_PER_HOUR = 3_600_000_000
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Returns:
    """For every case: did its customer come back, and since when is that known?"""

    back: Any  #: numpy bool
    known: Any  #: numpy int64, microseconds: of the contact, or of the end of the time for it


def returns(customers: Any, contacts: Any, after: Any, within: int) -> Returns:
    """Find for each case another one of the same customer in ``(after, after + within]``.

    One sort of all contacts and all questions by customer and time; the next contact behind a
    question answers it. All times are microseconds.

    Args:
        customers: numpy int64 code by case.
        contacts: when each case began; cases whose time is not known are none (``_NEVER``).
        after: from when on each case asks.
    """
    n = len(customers)
    who = np.concatenate([customers, customers])
    when = np.concatenate([contacts, after])
    asks = np.repeat([False, True], n)
    # At the same instant contacts come first: one exactly at ``after`` is not behind it.
    order = np.lexsort((asks, when, who))
    following = _next_contact(asks[order])
    place = np.empty(2 * n, dtype=np.int64)
    place[order] = np.arange(2 * n)
    found = following[place[n:]]
    # A case is no repeat of itself, even where its times are in the wrong order.
    own = _at(order, found) == np.arange(n)
    found = np.where(own, following[np.minimum(found + 1, 2 * n)], found)
    contact = _at(order, found)
    same = (contact >= 0) & (customers[np.maximum(contact, 0)] == customers)
    moment = np.where(same, contacts[np.maximum(contact, 0)], _NEVER)
    back = (moment != _NEVER) & (moment - after <= within)
    return Returns(back, np.where(back, moment, after + within))


def _next_contact(asks: Any) -> Any:
    """Position of the nearest contact at or behind each position; one past the end: none."""
    n = len(asks)
    positions = np.where(asks, n, np.arange(n))
    behind = np.minimum.accumulate(positions[::-1])[::-1]
    return np.concatenate([behind, [n]])


def _at(order: Any, positions: Any) -> Any:
    """The case at each position of the sorted list; -1 past its end."""
    return np.concatenate([order, [-1]])[positions]


def with_repeats(table: Any, planned: Mapping[str, Planned], now: datetime | None) -> Any:
    """The table with the values of repeat measures, without the columns they were made of.

    1 where the customer came back, 0 where not, null (pending) where the time for it has not
    begun or is not over ``now``, NaN where it can't be told who the customer is.
    """
    for key, one in planned.items():
        assert isinstance(one.measure, RepeatMeasure)
        values, known = _values(table, key, one.measure, now)
        made = {indicator_column(key): values, KNOWN_PREFIX + key: known}
        table = table.drop_columns([BY_PREFIX + key, KNOWN_PREFIX + key])
        for name, column in made.items():
            table = table.append_column(name, column)
    return table.drop_columns([MOMENT]) if planned else table


def _values(table: Any, key: str, measure: RepeatMeasure, now: datetime | None) -> tuple[Any, Any]:
    whom = table.column(BY_PREFIX + key).combine_chunks().dictionary_encode()
    unknown = whom.is_null().to_numpy(zero_copy_only=False)
    customers = whom.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    contacts = micros_of(table.column(MOMENT), _NEVER)
    contacts = np.where(unknown, _NEVER, contacts)
    begun = micros_of(table.column(KNOWN_PREFIX + key), _NEVER)
    open_ = begun == _NEVER
    within = round(measure.within_hours * _MICROS_PER_HOUR)
    found = returns(customers, contacts, np.where(open_, 0, begun), within)
    if now is not None:
        open_ = open_ | (~found.back & (found.known > int(now.timestamp() * 1_000_000)))
    values = np.where(unknown, np.nan, found.back.astype(np.float64))
    decided = pa.array(values, pa.float64(), mask=open_ & ~unknown)
    return decided, pa.array(found.known, pa.int64(), mask=open_ | unknown).cast(INSTANT)
