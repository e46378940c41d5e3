"""From batches of source rows to cases: mapped, normalised, checked, pseudonymised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.batches import Raw, pieces, raw_of
from loopqa.evidence.cases import Cases
from loopqa.evidence.checks import Checks, off_scale_numbers, off_scale_texts
from loopqa.evidence.columns import Presence, Wish, missing_columns
from loopqa.evidence.dates import INSTANT, WALL, Ambiguous, micros_of
from loopqa.evidence.deriving import Derivation, Deriving, Written
from loopqa.evidence.doubtful_dates import two_readings
from loopqa.evidence.keys import pseudonyms, pseudonyms_of_hex
from loopqa.evidence.paging import Paging
from loopqa.evidence.planning import (
    KNOWN_PREFIX,
    CasePlan,
    Planned,
    indicator_column,
    kept_column,
)
from loopqa.evidence.repeated import repeated
from loopqa.evidence.repeats import BY_PREFIX, MOMENT, with_repeats
from loopqa.evidence.spelling import as_defined
from loopqa.evidence.spool import PAGE_ROWS, Dropped, changed
from loopqa.evidence.texts import Texts, as_strings, blank, normal_codes, normal_strings, texts_of
from loopqa.evidence.times import Times, perhaps_empty
from loopqa.language import Text, text
from loopqa.model.rubric import DurationMeasure, RepeatMeasure
from loopqa.model.score import RejectedRow, Rows

Progress = Callable[[str, int, "int | None"], None]

REMEMBERED = 1000  #: rejected rows that are kept with their reason; the count is exact

DATE_MISSING = text("the date is missing").template
NO_WEIGHT = text("not a weight").template
NO_STRATUM = text("the stratum is missing").template
NO_POPULATION = text("not a number of cases").template

_SECONDS = {"minutes": 60.0, "hours": 3600.0, "days": 86400.0}


def ingest(
    batches: Iterable[Any],
    plan: CasePlan,
    *,
    name: str,
    key: bytes,
    progress: Progress | None = None,
    all_columns: Callable[[], Sequence[str] | None] | None = None,
    now: datetime | None = None,
) -> Cases:
    """Turn everything a source yields into cases; every row is loaded or rejected.

    Args:
        batches: batches of rows and rejected rows, as :meth:`loopqa.plugin.Source.read` yields.
        name: of the input, for messages about sources that do not name their files.
        key: of the customers' pseudonyms.
        progress: told about the rows read so far; the source itself tells about its files.
        all_columns: names every column of the source, also those that its batches leave out; asked
            only where a planned column is missing, for the hint (``Source.columns``).
        now: until when customers can have come back; None: any time for it is over.

    Raises:
        DataError: a planned column is nowhere in the input, a date can be read in two ways, or no
            date of the input fits the format.
    """
    reading = Reading(plan, name, key, all_columns, now)
    for item in batches:
        if isinstance(item, RejectedRow):
            reading.reject(item)
        else:
            for piece in pieces(item, PAGE_ROWS):
                reading.add(piece)
        if progress is not None:
            progress(name, reading.read, None)
    return reading.cases()


@dataclass
class Reading:
    """An input while it is being read."""

    plan: CasePlan
    name: str
    key: bytes
    all_columns: Callable[[], Sequence[str] | None] | None = None
    now: datetime | None = None
    read: int = 0
    refused: int = 0  #: rows rejected
    collapsed: bool = False  #: the rows that are read here were made of several of the source
    rejected: list[RejectedRow] = field(default_factory=list)
    presence: Presence = field(default_factory=Presence)

    deriving: Deriving = field(default_factory=Deriving)

    def __post_init__(self) -> None:
        plan = self.plan
        # Who came back is told from all customers as they are called: that stays in memory.
        self.paging = Paging(self._pseudonyms, spools=not plan.repeats)
        self.times = Times(plan.dates, plan.zone, plan.missing)

    def reject(self, row: RejectedRow) -> None:
        """Count a row that the source itself could not read."""
        self.read += 1
        self.refused += 1
        if len(self.rejected) < REMEMBERED:
            self.rejected.append(row)

    def add(self, batch: Any) -> None:
        """Load a batch of rows."""
        raw = raw_of(batch, name=self.name, first_row=self.read + 1)
        if not raw.names and not raw.length:
            return
        checks = Checks(raw)
        self.times.next_batch()
        columns = self._columns(raw, checks)
        kept = checks.good
        self.read += raw.source_rows()
        self.refused += raw.source_rows(~kept)
        self.collapsed = self.collapsed or raw.events is not None
        self.rejected.extend(checks.rows(REMEMBERED - len(self.rejected)))
        table = pa.table(columns)
        self.paging.add(table if checks.all_good else table.filter(pa.array(kept)))

    def _columns(self, raw: Raw, checks: Checks) -> dict[str, Any]:
        """The case table's columns of this batch; what is wrong with a row goes to ``checks``."""
        plan = self.plan
        file = pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(raw.length, dtype=np.int32)), pa.array([raw.file])
        )
        columns: dict[str, Any] = {"row": raw.rows, "file": file, "at": self._at(raw, checks)}
        columns["customer"] = self._customers(raw)
        columns["case"] = self._cases(raw)
        columns["comment"] = self._comments(raw)
        if plan.roles["weight"]:
            columns["weight"] = self._weights(raw, checks)
        if plan.roles["stratum"] and plan.roles["population"]:
            columns["stratum"] = self._strata(raw, checks)
            columns["population"] = self._populations(raw, checks)
        for kept, candidates in plan.kept.items():
            columns[kept_column(kept)] = self._kept(raw, kept, candidates)
        for made in plan.derived:
            columns[kept_column(made.rule.name)] = self._derived(raw, made, columns["at"])
        for one in plan.indicators:
            columns |= self._indicator(raw, one, checks)
        if plan.repeats:
            columns[MOMENT] = self._moments(raw, plan.roles["at"], "at", checks)
        return columns

    def _role(self, raw: Raw, role: str) -> Texts:
        return self._texts(raw, self._found(raw, role))

    def _texts(self, raw: Raw, column: str | None) -> Texts:
        if column is None:
            return blank(raw.length)
        return texts_of(raw.columns[column]).without(self.plan.missing)

    def _found(self, raw: Raw, role: str) -> str | None:
        candidates = self.plan.roles[role]
        wish = Wish(candidates, role, optional=role not in self.plan.needed)
        return self.presence.look_up(wish, raw) if candidates else None

    def _at(self, raw: Raw, checks: Checks) -> Any:
        column = self._found(raw, "at")
        if column is None:
            return pa.repeat(pa.scalar(self.plan.day, pa.date32()).cast(WALL), raw.length)
        times = self.times.of(raw, column, checks)
        if self.plan.need_at:
            empty = times.is_null().to_numpy(zero_copy_only=False)
            checks.reject(empty, column, DATE_MISSING)
        return times

    def _moments(
        self,
        raw: Raw,
        candidates: tuple[str, ...],
        purpose: str,
        checks: Checks,
        missing: frozenset[str] | None = None,
    ) -> Any:
        """A column as instants; null everywhere where the input has no such column."""
        column = self.presence.look_up(Wish(candidates, purpose), raw)
        if column is None:
            return pa.nulls(raw.length, INSTANT)
        return self.times.of(raw, column, checks, missing, instants=True)

    def _customers(self, raw: Raw) -> Any:
        """Codes of the customers as they are called; they become pseudonyms with the page."""
        column = self._found(raw, "customer")
        if column is None:
            return pa.nulls(raw.length, pa.dictionary(pa.int32(), pa.string()))
        coded = normal_codes(raw.columns[column])
        marks = pa.array(self.plan.missing, pa.string())
        if pc.any(pc.is_in(coded.dictionary, value_set=marks)).as_py():
            return self._texts(raw, column).dictionary()
        return coded

    def _pseudonyms(self, customers: list[str]) -> Any:
        if self.plan.pseudonymous:
            return pseudonyms_of_hex(customers)
        return pseudonyms(customers, self.key)

    def _cases(self, raw: Raw) -> Any:
        column = self._found(raw, "case")
        if column is None:
            return pa.nulls(raw.length, pa.string())
        return self._unmarked(normal_strings(raw.columns[column]))

    def _comments(self, raw: Raw) -> Any:
        column = self._found(raw, "comment")
        if column is None:
            return pa.nulls(raw.length, pa.string())
        return self._unmarked(as_strings(raw.columns[column]))

    def _unmarked(self, strings: Any) -> Any:
        """Strings without the marks that stand for an empty cell."""
        if not self.plan.missing:
            return strings
        marked = pc.is_in(strings, value_set=pa.array(sorted(self.plan.missing), pa.string()))
        return pc.if_else(marked, pa.scalar(None, pa.string()), strings)

    def _weights(self, raw: Raw, checks: Checks) -> Any:
        texts = self._role(raw, "weight")
        numbers = [_weight(one) for one in texts.values]
        wrong = texts.flags([one is None for one in numbers])
        checks.reject(wrong, self.plan.roles["weight"][0], NO_WEIGHT, texts)
        return pa.array(numbers, pa.float64()).take(pa.array(texts.codes))

    def _strata(self, raw: Raw, checks: Checks) -> Any:
        texts = self._role(raw, "stratum")
        missing = texts.flags([not one for one in texts.values])
        checks.reject(missing, self.plan.roles["stratum"][0], NO_STRATUM)
        return texts.dictionary()

    def _populations(self, raw: Raw, checks: Checks) -> Any:
        texts = self._role(raw, "population")
        numbers = [_whole(one) for one in texts.values]
        wrong = texts.flags([one is None for one in numbers])
        checks.reject(wrong, self.plan.roles["population"][0], NO_POPULATION, texts)
        return pa.array(numbers, pa.int64()).take(pa.array(texts.codes))

    def _kept(self, raw: Raw, name: str, candidates: tuple[str, ...]) -> Any:
        column = self.presence.look_up(Wish(candidates, name), raw)
        texts = self._texts(raw, column)
        if candidates == self.plan.roles["customer"]:
            # A customer as a cluster is a pseudonym too: real numbers never enter evidence.
            hexed = [one.hex() if one else "" for one in self._pseudonyms(texts.values).to_pylist()]
            texts = Texts(texts.codes, hexed)
        return texts.dictionary()

    def _derived(self, raw: Raw, made: Derivation, at: Any) -> Any:
        rule = made.rule
        column = self.presence.look_up(Wish(made.columns, rule.name), raw)
        if column is None:
            return blank(raw.length).dictionary()
        plan, place = self.plan, (raw.file, column)
        written = Written(plan.dates, plan.zone, plan.missing)
        try:
            return self.deriving.column(rule, raw.columns[column], at, written=written, place=place)
        except Ambiguous as doubt:
            raise two_readings(doubt, raw.file, column) from None

    def _indicator(self, raw: Raw, one: Planned, checks: Checks) -> dict[str, Any]:
        match one.measure:
            case DurationMeasure() as measure:
                return self._duration(raw, one, measure, checks)
            case RepeatMeasure() as measure:
                return self._repeat(raw, one, measure, checks)
        column = self.presence.look_up(Wish(one.columns, one.key), raw)
        texts = as_defined(self._texts(raw, column), one)
        for reason, flagged in off_scale_texts(texts.values, one) if column is not None else ():
            checks.reject(texts.flags(flagged), str(column), reason, texts)
        return {indicator_column(one.key): texts.dictionary()}

    def _duration(
        self, raw: Raw, one: Planned, measure: DurationMeasure, checks: Checks
    ) -> dict[str, Any]:
        """Real time from start to end, whatever the clocks were set to in between."""
        begun = self._moments(raw, one.start, one.key, checks, measure.missing)
        ended = self._moments(raw, one.end, one.key, checks, measure.missing)
        values = (micros_of(ended, 0) - micros_of(begun, 0)) / 1e6 / _SECONDS[measure.unit]
        no_start = begun.is_null().to_numpy(zero_copy_only=False)
        no_end = ended.is_null().to_numpy(zero_copy_only=False)
        values = np.where(no_start | no_end, np.nan, values)
        column = raw.find(one.end) or one.key
        for reason, flagged in off_scale_numbers(values, one):
            checks.reject(flagged, column, reason)
        numbers = pa.array(values, pa.float64(), mask=no_end & ~no_start)
        return {indicator_column(one.key): numbers, KNOWN_PREFIX + one.key: ended}

    def _repeat(
        self, raw: Raw, one: Planned, measure: RepeatMeasure, checks: Checks
    ) -> dict[str, Any]:
        """Who it was and from when on; the rest is told when all cases are known."""
        column = self.presence.look_up(Wish(one.columns, one.key), raw)
        whom = self._texts(raw, column).without(measure.missing or frozenset())
        after = self._moments(raw, one.start, one.key, checks, measure.missing)
        return {BY_PREFIX + one.key: whom.strings(), KNOWN_PREFIX + one.key: after}

    def cases(self) -> Cases:
        """Everything read, as cases.

        Raises:
            DataError: see :func:`ingest`.
        """
        nowhere = self.presence.nowhere
        here = [one for one in nowhere if one.purpose not in self.plan.elsewhere]
        if here and not self.plan.one_of_several:
            known = self.all_columns() if self.all_columns else None
            raise missing_columns(here, self.presence, known)
        if self.refused == self.read:
            self.times.refuse_unreadable()
        self.deriving.refuse_unreadable({one.rule.name: one.rule for one in self.plan.derived})
        if self.paging.empty:
            self.paging.add(self._of_no_rows())
        table = with_repeats(self.paging.table(), self.plan.repeats, self.now)
        lacks = frozenset(wish.purpose for wish in nowhere)
        dropped = [indicator_column(one.key) for one in self.plan.indicators if one.key in lacks]
        loaded = self.read - self.refused
        return Cases(
            changed(table, Dropped(frozenset(dropped))) if dropped else table,
            Rows(self.read, loaded, self.refused, table.num_rows if self.collapsed else None),
            tuple(self.rejected),
            (
                *self.presence.warnings(),
                *self.deriving.warnings(),
                *(_repeated(table) if self.plan.roles["case"] else ()),
                *perhaps_empty(self.rejected),
            ),
            lacks,
        )

    def _of_no_rows(self) -> Any:
        empty = Reading(self.plan, self.name, self.key)
        raw = raw_of(pa.table({"_": pa.array([], pa.string())}), name=self.name, first_row=1)
        return pa.table(empty._columns(raw, Checks(raw)))


def _weight(written: str) -> float | None:
    try:
        number = float(written)
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None


def _whole(written: str) -> int | None:
    number = _weight(written)
    return int(number) if number is not None and number >= 1 and number == int(number) else None


def _repeated(table: Any) -> tuple[Text, ...]:
    again = repeated(table, "case")
    if not again:
        return ()
    return (text("{n} rows repeat the number of another case; every row is counted", n=again),)
