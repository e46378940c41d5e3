"""Cases: one row per rated service contact, with raw values and without names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial, reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.calc.scoring.answers import normalise
from loopqa.errors import UsageError
from loopqa.evidence.digest import table_digest
from loopqa.evidence.planning import INDICATOR_PREFIX, KNOWN_PREFIX, RESERVED, kept_column
from loopqa.evidence.spool import (
    Dropped,
    Made,
    Page,
    Picked,
    Renamed,
    batches,
    changed,
    stacked,
)
from loopqa.hints import did_you_mean
from loopqa.language import Text, text
from loopqa.model.score import RejectedRow, Rows
from loopqa.model.window import Window

Conditions = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, Sequence[str]]]
"""Column values that cases must have: a mapping, or a :data:`loopqa.model.cycle.Scope`."""


@dataclass(frozen=True)
class Cases:
    """The cases of one input.

    Columns of ``table``: ``row`` (int64), ``file``, ``at`` (wall time of the workspace),
    ``customer`` (16-byte pseudonym), ``case``, ``comment``, ``weight`` (double, if the input has
    weights), ``stratum`` and ``population`` (int64, if it was drawn by strata), one text column
    per kept name, and ``i:<dimension.indicator>`` per indicator: normalised text, or for durations
    a number of the measure's unit (null: the case is still open, NaN: it has no start), for
    repeats 1 or 0 (null: not decided yet, NaN: nobody knows whose case it is). Until a window is
    cut out, ``known:<dimension.indicator>`` says since when (instant) such a number is known.

    Up to some hundred thousand cases ``table`` is an Arrow table. More lie in temporary files, and
    ``table`` is a :class:`loopqa.evidence.spool.SpooledTable`: whole columns can still be had, but
    what shall work for any number of cases reads them by :meth:`batches`.
    """

    table: Any
    rows: Rows  #: of the whole reading, also after cases were picked out
    rejected: tuple[RejectedRow, ...] = ()  #: the first ones; ``rows`` has the count
    warnings: tuple[Text, ...] = ()
    lacks: frozenset[str] = frozenset()  #: planned columns this input has not (one of several)
    notes: tuple[Text, ...] = ()  #: how it was read, where there is a choice

    @property
    def n(self) -> int:
        """Number of cases."""
        return int(self.table.num_rows)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Keys of the indicators whose values are here."""
        start = len(INDICATOR_PREFIX)
        names: list[str] = self.table.column_names
        return tuple(name[start:] for name in names if name.startswith(INDICATOR_PREFIX))

    def has(self, columns: Sequence[str]) -> bool:
        """Whether all of these segment, cluster or condition columns were kept."""
        return all(kept_column(name) in self.table.column_names for name in columns)

    def values(self, column: str) -> tuple[str, ...]:
        """The values that a kept column has, sorted; that some cases have none does not show."""
        name = self._kept(column)
        found = {
            value
            for batch in self.batches([name])
            for value in pc.unique(batch.column(name)).to_pylist()
        }
        return tuple(sorted(value for value in found if value))

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """The cases in their order as Arrow tables that fit into memory, with these columns."""
        return batches(self.table, columns)

    def widened(self, columns: Sequence[str]) -> Cases:
        """The same cases with all of these kept columns; a new one says nothing of any case."""
        table = self.table
        for name in (kept_column(one) for one in columns if not self.has((one,))):
            table = changed(table, Made(name, frozenset({"row"}), _nothing))
        return replace(self, table=table)

    def renamed(self, keys: Mapping[str, str]) -> Cases:
        """The same cases with some indicators under new keys."""
        names = {INDICATOR_PREFIX + old: INDICATOR_PREFIX + new for old, new in keys.items()}
        return replace(self, table=changed(self.table, Renamed(names)))

    def told_apart(self, number: int) -> Cases:
        """The same cases, whose customers match only those of cases with the same number.

        The number goes into the pseudonyms; 0 leaves them as they are.
        """
        if not number:
            return self
        step = Made("customer", frozenset({"customer"}), partial(_told_apart, number))
        return replace(self, table=changed(self.table, step))

    @property
    def last_day(self) -> date | None:
        """The day of the latest case; None without cases or times."""
        latest = [pc.max(batch.column("at")).as_py() for batch in self.batches(["at"])]
        return max((one.date() for one in latest if one is not None), default=None)

    def by_day(self) -> Counter[date]:
        """How many cases there are on each day; those without a time are on none."""
        found: Counter[date] = Counter()
        for batch in self.batches(["at"]):
            days = pc.drop_null(batch.column("at")).cast(pa.date32(), safe=False)
            counts = pc.value_counts(days).to_pylist()
            found.update({one["values"]: one["counts"] for one in counts})
        return found

    def within(self, window: Window, until: datetime | None = None) -> Cases:
        """The cases of a window; those without a time are in none.

        ``until`` (an instant): as they stood then; what came later is still open.
        """
        inside = self._picked(Picked(frozenset({"at"}), partial(_inside, window), _beside(window)))
        seen = inside if until is None else inside.as_of(until)
        known = frozenset(one for one in seen.table.column_names if one.startswith(KNOWN_PREFIX))
        return replace(seen, table=changed(seen.table, Dropped(known))) if known else seen

    def as_of(self, until: datetime) -> Cases:
        """The cases as they stood at an instant: what became known later is still open."""
        table = self.table
        for name in table.column_names:
            value = INDICATOR_PREFIX + name.removeprefix(KNOWN_PREFIX)
            if name.startswith(KNOWN_PREFIX) and value in table.column_names:
                make = partial(_still_open, until, value, name)
                table = changed(table, Made(value, frozenset({value, name}), make))
        return replace(self, table=table)

    def where(self, conditions: Conditions) -> Cases:
        """The cases whose columns have these values; values compare as normalised text.

        Raises:
            UsageError: a column was not kept when the cases were read.
        """
        pairs = list(conditions.items() if isinstance(conditions, Mapping) else conditions)
        if not pairs:
            return self
        wanted = [(self._kept(column), _normalised(values)) for column, values in pairs]
        reads = frozenset(name for name, _ in wanted)
        return self._picked(Picked(reads, partial(_meets, wanted)))

    def _kept(self, name: str) -> str:
        column = kept_column(name)
        if column in self.table.column_names:
            return column
        known = [
            one
            for one in self.table.column_names
            if one not in RESERVED and not one.startswith((INDICATOR_PREFIX, KNOWN_PREFIX))
        ]
        raise UsageError(
            text("the cases have no column '{name}'", name=name), hint=did_you_mean(name, known)
        )

    def unweighted(self) -> Cases:
        """The same cases without the strata they were drawn from."""
        drawn = [one for one in ("stratum", "population") if one in self.table.column_names]
        return replace(self, table=changed(self.table, Dropped(frozenset(drawn))))

    def _picked(self, step: Picked) -> Cases:
        return replace(self, table=changed(self.table, step))

    def thinned(self, most: int) -> Cases:
        """At most so many of the cases: every second, every third ... in their order."""
        step = -(-self.n // most)
        if step <= 1:
            return self
        found, passed = [], 0
        for batch in self.batches():
            found.append(batch.take(np.arange(-passed % step, batch.num_rows, step)))
            passed += batch.num_rows
        return replace(self, table=stacked(found))

    def digest(self) -> str:
        """SHA-256 over what the cases say; the order of rows and where they stood do not count."""
        return table_digest(self.table)


def _nothing(table: Any) -> Any:
    return pa.nulls(table.num_rows, pa.string())


def _normalised(values: str | Sequence[str]) -> Any:
    wanted = (values,) if isinstance(values, str) else values
    return pa.array([normalise(one) for one in wanted], pa.string())


def _meets(conditions: Sequence[tuple[str, Any]], table: Any) -> Any:
    masks = (pc.is_in(table.column(name), value_set=values) for name, values in conditions)
    return reduce(pc.and_, masks)


def _inside(window: Window, table: Any) -> Any:
    at = table.column("at")
    first = pa.scalar(window.first_instant, at.type)
    past = pa.scalar(window.past_instant, at.type)
    return pc.and_(pc.greater_equal(at, first), pc.less(at, past))


def _beside(window: Window) -> Callable[[Page], bool]:
    def beside(page: Page) -> bool:
        first, last = (one.as_py() for one in page.span)
        return first is None or last < window.first_instant or first >= window.past_instant

    return beside


def _still_open(until: datetime, name: str, known: str, table: Any) -> Any:
    """A column without the values that became known later."""
    since = table.column(known)
    late = pc.greater(since, pa.scalar(until, since.type)).fill_null(False)
    return pc.if_else(late, pa.scalar(None, pa.float64()), table.column(name))


def _told_apart(number: int, table: Any) -> Any:
    known = table.column("customer").combine_chunks()
    if known.null_count == len(known):
        return known
    width = known.type.byte_width
    start, end = known.offset * width, (known.offset + len(known)) * width
    raw = np.frombuffer(known.buffers()[1], np.uint8)[start:end].copy()
    raw.view(np.uint32).reshape(len(known), -1)[:, 0] ^= number
    other = pa.FixedSizeBinaryArray.from_buffers(known.type, len(known), [None, pa.py_buffer(raw)])
    return pc.if_else(known.is_valid(), other, pa.nulls(len(known), known.type))
