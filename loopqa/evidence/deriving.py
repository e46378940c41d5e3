"""Derived columns of an input: made batch by batch, once per distinct value of their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.calc.loop.calendar import add_period
from loopqa.calc.scoring.answers import read_number
from loopqa.errors import DataError, Place
from loopqa.evidence.dates import read_dates, wall_of_timestamps
from loopqa.evidence.texts import Texts, texts_of
from loopqa.language import Text, text
from loopqa.model.derived import AgeBand, Derived

_EPOCH = date(1970, 1, 1)
_NEVER = np.iinfo(np.int64).min  #: a day that is none
_OLDEST, _LATEST = date(1800, 1, 1), date(9000, 1, 1)  #: beyond, no calendar arithmetic is safe


@dataclass(frozen=True)
class Derivation:
    """A derived column to be made while an input is read."""

    rule: Derived
    columns: tuple[str, ...]  #: candidates of its source; the first present wins


@dataclass(frozen=True)
class Written:
    """How an input writes its cells."""

    dates: str | None  #: strptime format; None: ISO 8601 and unambiguous forms
    zone: str | None  #: whose wall time dates with an offset become
    missing: frozenset[str] = frozenset()  #: normalised texts that stand for an empty cell


@dataclass
class Unread:
    """Values of a derived column's source that are neither a date nor a number."""

    rows: int = 0
    read: int = 0  #: rows whose value could be read
    example: tuple[str, str, str] | None = None  #: file, column, value


@dataclass
class Deriving:
    """The derived columns of one input, and what of their sources could not be read."""

    unread: dict[str, Unread] = field(default_factory=dict)

    def column(
        self,
        rule: Derived,
        array: Any,
        at: Any,
        *,
        written: Written,
        place: tuple[str, str],
    ) -> Any:
        """The derived column of one batch, as an Arrow dictionary array.

        Args:
            rule: how it is made.
            array: the source column.
            at: the cases' own times (wall time), for ages.
            written: how the input writes its cells.
            place: file and column, for messages.

        Raises:
            Ambiguous: without a format, a date can be read in two ways.
        """
        dates, zone = rule.dates or written.dates, written.zone
        if pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
            array, dates = wall_of_timestamps(array, zone).cast(pa.date32()).cast(pa.string()), None
        texts = texts_of(array).without(written.missing)
        if rule.is_age:
            codes, bad = _ages(rule, texts, at, dates, zone)
        else:
            codes, bad = _sorted_out(rule, texts)
        self._note(rule.name, texts, bad, place)
        names = _names(rule)
        return Texts(codes.astype(np.int32), names).dictionary()

    def _note(self, name: str, texts: Texts, bad: list[bool], place: tuple[str, str]) -> None:
        known = self.unread.setdefault(name, Unread())
        wrong = texts.flags(bad)
        blank = texts.flags([not one for one in texts.values])
        known.rows += int(wrong.sum())
        known.read += int((~wrong & ~blank).sum())
        if any(bad) and known.example is None:
            known.example = (*place, texts.values[bad.index(True)])

    def warnings(self) -> tuple[Text, ...]:
        """One sentence per column of which some values could not be read."""
        return tuple(
            text(
                "{file}: {n} rows have a {column} like '{value}', which says nothing of '{name}'",
                file=one.example[0],
                n=one.rows,
                column=one.example[1],
                value=one.example[2],
                name=name,
            )
            for name, one in self.unread.items()
            if one.example is not None
        )

    def refuse_unreadable(self, rules: Mapping[str, Derived]) -> None:
        """A source of which nothing at all could be read is not what the definition takes it for.

        Raises:
            DataError: a column holds values, none of which is a date (or number).
        """
        for name, one in self.unread.items():
            if one.example is not None and not one.read:
                file, column, value = one.example
                raise DataError(
                    text(
                        "'{name}' can't be derived: no value is a date, for example '{value}'",
                        name=name,
                        value=value,
                    )
                    if rules[name].is_age
                    else text(
                        "'{name}' can't be derived: no value is a number, for example '{value}'",
                        name=name,
                        value=value,
                    ),
                    place=Place(file, column=column),
                    hint=text(
                        "say how they are written with `derive: {{{name}: {{dates: ...}}}}`",
                        name=name,
                    )
                    if rules[name].is_age
                    else text('for the age of a date write lengths of time, such as "<= 3 months"'),
                )


def _names(rule: Derived) -> list[str]:
    """The values of a derived column, each once: bands or groups, otherwise, missing."""
    bands = (*(one.name for one in rule.ages), *(one.name for one in rule.numbers))
    return list(dict.fromkeys((*bands, *rule.values.values(), rule.otherwise, rule.missing)))


def _sorted_out(rule: Derived, texts: Texts) -> tuple[Any, list[bool]]:
    """Codes per row, and a flag per distinct text that is no number though it should be."""
    names = _names(rule)
    found = [_group(one, rule) if rule.values else _band(one, rule) for one in texts.values]
    codes = np.array([names.index(name) for name, _ in found], dtype=np.int32)
    return codes[texts.codes] if len(codes) else codes, [bad for _, bad in found]


def _group(written: str, rule: Derived) -> tuple[str, bool]:
    if not written and written not in rule.values:
        return rule.missing, False
    return rule.values.get(written, rule.otherwise), False


def _band(written: str, rule: Derived) -> tuple[str, bool]:
    number = read_number(written)
    if number is None:
        return rule.missing, bool(written)
    fitting = (one.name for one in rule.numbers if one.condition.holds(number))
    return next(fitting, rule.otherwise), False


def _ages(
    rule: Derived, texts: Texts, at: Any, dates: str | None, zone: str | None
) -> tuple[Any, list[bool]]:
    """Codes per row by the first band that fits; an age below zero fits none."""
    names = _names(rule)
    days, bad = _days(texts, dates, zone)
    begun = _per_row([_number(day) for day in days], texts)
    now = _days_of(at)
    codes = np.full(len(begun), names.index(rule.otherwise), dtype=np.int32)
    open_ = (begun != _NEVER) & (now >= begun)
    for band in rule.ages:
        fits = open_ & _in_band(band, now, days, texts)
        codes[fits] = names.index(band.name)
        open_ &= ~fits
    codes[(begun == _NEVER) | (now == _NEVER)] = names.index(rule.missing)
    return codes, bad


def _days(
    texts: Texts, dates: str | None, zone: str | None
) -> tuple[list[date | None], list[bool]]:
    """The day behind each distinct text, and which of them are none though not blank."""
    found = [
        one.date() if one else None for one in read_dates(texts.values, dates, zone).to_pylist()
    ]
    days = [day if day and _OLDEST <= day <= _LATEST else None for day in found]
    bad = [bool(text_) and day is None for text_, day in zip(texts.values, days, strict=True)]
    return days, bad


def _in_band(band: AgeBand, now: Any, days: list[date | None], texts: Texts) -> Any:
    """Whether a case lies before (or after) the day on which the date is just so old."""
    reached = [_number(add_period(day, band.length)) if day else _NEVER for day in days]
    day = _per_row(reached, texts)
    match band.operator:
        case "<=":
            return now <= day
        case "<":
            return now < day
        case ">":
            return now > day
        case _:
            return now >= day


def _per_row(numbers: list[int], texts: Texts) -> Any:
    return np.array(numbers or [_NEVER], dtype=np.int64)[texts.codes]


def _number(day: date | None) -> int:
    return _NEVER if day is None else (day - _EPOCH).days


def _days_of(times: Any) -> Any:
    """Days since 1970 of wall times (numpy int64)."""
    days = times.cast(pa.date32(), safe=False).cast(pa.int32()).cast(pa.int64())
    return days.fill_null(int(_NEVER)).to_numpy(zero_copy_only=False)
