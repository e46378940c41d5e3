"""The columns of times of an input while it is read: each once a batch, and what is wrong noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.batches import Raw
from loopqa.evidence.checks import Checks
from loopqa.evidence.dates import (
    Ambiguous,
    instants_of_timestamps,
    read_dates,
    read_instants,
    wall_of_timestamps,
)
from loopqa.evidence.doubtful_dates import no_reading, two_readings
from loopqa.evidence.texts import texts_of
from loopqa.language import Text, text
from loopqa.model.score import RejectedRow

NO_DATE = text("not a date").template


@dataclass
class Times:
    """Reads columns of times as one input writes them."""

    dates: str | None  #: strptime format; None: ISO 8601 and unambiguous forms
    zone: str | None  #: whose clocks tell times without offset; None: as they are written
    missing: frozenset[str]  #: normalised texts that stand for an empty cell
    _known: dict[tuple[str, frozenset[str] | None, bool], Any] = field(default_factory=dict)
    _read: int = 0  #: values that are times
    _first_bad: tuple[str, str, str, int] | None = None  #: file, column, value, row

    def next_batch(self) -> None:
        """Forget the columns of the batch before."""
        self._known.clear()

    def of(
        self,
        raw: Raw,
        column: str,
        checks: Checks,
        missing: frozenset[str] | None = None,
        *,
        instants: bool = False,
    ) -> Any:
        """A column as wall times or instants; null where it is blank.

        Texts that are no times reject their rows.

        Raises:
            DataError: a text can be read in two ways.
        """
        known = (column, missing, instants)
        if known not in self._known:
            self._known[known] = self._times(raw, column, checks, missing, instants)
        return self._known[known]

    def _times(
        self, raw: Raw, column: str, checks: Checks, missing: frozenset[str] | None, instants: bool
    ) -> Any:
        array = raw.columns[column]
        if pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
            self._read += 1
            times = (instants_of_timestamps if instants else wall_of_timestamps)(array, self.zone)
            lost = pc.and_(times.is_null(), array.is_valid()).to_numpy(zero_copy_only=False)
            checks.reject(lost, column, NO_DATE)
            return times
        texts = texts_of(array).without(self.missing | (missing or frozenset()))
        read = read_instants if instants else read_dates
        try:
            distinct = read(texts.values, self.dates, self.zone)
        except Ambiguous as doubt:
            doubtful = texts.flags([one == doubt.written for one in texts.values])
            raise two_readings(doubt, raw.file, column, _first(raw, doubtful)) from None
        empty = distinct.is_null().to_pylist()
        wrong = [bool(one) and none for one, none in zip(texts.values, empty, strict=True)]
        self._read += len(wrong) - sum(empty)
        if any(wrong):
            flags = texts.flags(wrong)
            checks.reject(flags, column, NO_DATE, texts)
            bad = texts.values[texts.codes[int(flags.argmax())]]
            self._first_bad = self._first_bad or (raw.file, column, bad, _first(raw, flags))
        return distinct.take(pa.array(texts.codes))

    def refuse_unreadable(self) -> None:
        """Refuse an input in which no time at all could be read.

        Raises:
            DataError: there were texts where times should be, and none was one.
        """
        if self._first_bad is not None and not self._read:
            file, column, value, row = self._first_bad
            raise no_reading(value, self.dates, file, column, row)


def _first(raw: Raw, flags: Any) -> int:
    """The row of the first record that a numpy mask is true of."""
    return int(raw.rows[int(flags.argmax())].as_py())


def perhaps_empty(rejected: Iterable[RejectedRow]) -> tuple[Text, ...]:
    """A warning for each word or sign that was rejected as a date and may stand for none."""
    values = (one.value for one in rejected if one.reason == NO_DATE and one.value)
    marks = dict.fromkeys(value for value in values if not any(map(str.isdigit, value)))
    return tuple(
        text(
            "'{value}' is no date; if it stands for an empty cell, say so: missing: \"{value}\"",
            value=value,
        )
        for value in list(marks)[:_MARKS]
    )


_MARKS = 3  #: that many such warnings are enough to see what is meant
