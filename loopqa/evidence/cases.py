"""Cases: one row per rated service contact, with raw values and without names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.calc.scoring.answers import normalise
from loopqa.errors import UsageError
from loopqa.evidence.digest import table_digest
from loopqa.evidence.planning import INDICATOR_PREFIX, KNOWN_PREFIX, RESERVED, kept_column
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
        found = pc.unique(self.table.column(self._kept(column))).to_pylist()
        return tuple(sorted(value for value in found if value))

    def renamed(self, keys: Mapping[str, str]) -> Cases:
        """The same cases with some indicators under new keys."""
        names = {INDICATOR_PREFIX + old: INDICATOR_PREFIX + new for old, new in keys.items()}
        columns = [names.get(name, name) for name in self.table.column_names]
        return replace(self, table=self.table.rename_columns(columns))

    def told_apart(self, number: int) -> Cases:
        """The same cases, whose customers match only those of cases with the same number.

        The number goes into the pseudonyms; 0 leaves them as they are.
        """
        known = self.table.column("customer").combine_chunks()
        if not number or known.null_count == len(known):
            return self
        width = known.type.byte_width
        start, end = known.offset * width, (known.offset + len(known)) * width
        raw = np.frombuffer(known.buffers()[1], np.uint8)[start:end].copy()
        raw.view(np.uint32).reshape(len(known), -1)[:, 0] ^= number
        changed = pa.FixedSizeBinaryArray.from_buffers(
            known.type, len(known), [None, pa.py_buffer(raw)]
        )
        customers = pc.if_else(known.is_valid(), changed, pa.nulls(len(known), known.type))
        place = self.table.schema.get_field_index("customer")
        return replace(self, table=self.table.set_column(place, "customer", customers))

    @property
    def last_day(self) -> date | None:
        """The day of the latest case; None without cases or times."""
        latest = pc.max(self.table.column("at")).as_py()
        return latest.date() if latest is not None else None

    def by_day(self) -> Counter[date]:
        """How many cases there are on each day; those without a time are on none."""
        days = pc.drop_null(self.table.column("at")).cast(pa.date32(), safe=False)
        counts = pc.value_counts(days).to_pylist()
        return Counter({one["values"]: one["counts"] for one in counts})

    def within(self, window: Window, until: datetime | None = None) -> Cases:
        """The cases of a window; those without a time are in none.

        ``until`` (an instant): as they stood then; what came later is still open.
        """
        at = self.table.column("at")
        first = pa.scalar(window.first_instant, at.type)
        past = pa.scalar(window.past_instant, at.type)
        inside = self._picked(pc.and_(pc.greater_equal(at, first), pc.less(at, past)))
        seen = inside if until is None else inside.as_of(until)
        known = [name for name in seen.table.column_names if name.startswith(KNOWN_PREFIX)]
        return replace(seen, table=seen.table.drop_columns(known)) if known else seen

    def as_of(self, until: datetime) -> Cases:
        """The cases as they stood at an instant: what became known later is still open."""
        table = self.table
        for name in table.column_names:
            value = INDICATOR_PREFIX + name.removeprefix(KNOWN_PREFIX)
            if not name.startswith(KNOWN_PREFIX) or value not in table.column_names:
                continue
            since = table.column(name)
            late = pc.greater(since, pa.scalar(until, since.type)).fill_null(False)
            column = pc.if_else(late, pa.scalar(None, pa.float64()), table.column(value))
            table = table.set_column(table.schema.get_field_index(value), value, column)
        return replace(self, table=table)

    def where(self, conditions: Conditions) -> Cases:
        """The cases whose columns have these values; values compare as normalised text.

        Raises:
            UsageError: a column was not kept when the cases were read.
        """
        pairs = list(conditions.items() if isinstance(conditions, Mapping) else conditions)
        if not pairs:
            return self
        masks = [self._has(column, values) for column, values in pairs]
        return self._picked(reduce(pc.and_, masks))

    def _has(self, column: str, values: str | Sequence[str]) -> Any:
        wanted = (values,) if isinstance(values, str) else values
        found = self.table.column(self._kept(column))
        return pc.is_in(found, value_set=pa.array([normalise(one) for one in wanted], pa.string()))

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
        return replace(self, table=self.table.drop_columns(drawn)) if drawn else self

    def _picked(self, mask: Any) -> Cases:
        return replace(self, table=self.table.filter(mask))

    def thinned(self, most: int) -> Cases:
        """At most so many of the cases: every second, every third ... in their order."""
        step = -(-self.n // most)
        if step <= 1:
            return self
        return replace(self, table=self.table.take(np.arange(0, self.n, step)))

    def digest(self) -> str:
        """SHA-256 over what the cases say; the order of rows and where they stood do not count."""
        return table_digest(self.table)
