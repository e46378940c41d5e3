"""How the dates of a column are written, told from all of its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from loopqa.calc.starting.columns import Column, Days
from loopqa.calc.starting.names import hints_at

MOST_STRAYS = 0.02  #: share of the rows of a date column that may say something else

_FIRST_YEAR, _LAST_YEAR = 1980, 2100

_SHAPE = re.compile(
    r"(?P<a>\d{1,4})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})"
    r"(?:(?P<t>[ T])(?P<clock>\d{1,2}:\d{2}(?P<s>:\d{2})?(?P<f>\.\d+)?)(?P<ap> ?[AaPp][Mm])?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_CHINESE = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日(?P<gap> ?)(?P<clock>\d{1,2}:\d{2}(?P<s>:\d{2})?)?"
)


@dataclass(frozen=True)
class Ambiguous:
    """Every value is a date in two ways."""

    value: str
    day_first: str  #: ISO day
    month_first: str
    forms: tuple[str, str]  #: strptime, day first and month first


@dataclass(frozen=True)
class Written:
    """The form of a column's dates."""

    form: str | None  #: strptime; None: ISO 8601, or forms that read in one way only
    clock: bool


def form_of(values: Iterable[str]) -> Written | Ambiguous | None:
    """The one form in which all texts are dates; None where there is none.

    Args:
        values: distinct texts.

    >>> form_of(["14/4/2016 20:42", "3/5/2016 09:11"])
    Written(form='%d/%m/%Y %H:%M', clock=True)
    >>> form_of(["3/4/2016"]).forms
    ('%d/%m/%Y', '%m/%d/%Y')
    """
    texts = list(values)
    if not texts:
        return None
    if all(_CHINESE.fullmatch(one) for one in texts):
        return _chinese(texts)
    found = [_SHAPE.fullmatch(one) for one in texts]
    shapes = [one for one in found if one is not None]
    if len(shapes) != len(texts):
        return None
    return _year_first(shapes) if len(shapes[0]["a"]) == 4 else _year_last(shapes)


def _chinese(texts: list[str]) -> Written | None:
    forms = {
        "%Y年%m月%d日" + (found["gap"] + _clock_form(found) if found["clock"] else "")
        for one in texts
        if (found := _CHINESE.fullmatch(one))
    }
    if len(forms) != 1:
        return None
    form = forms.pop()
    return Written(form, ":" in form) if _reads(texts, form) else None


def _year_first(shapes: list[re.Match[str]]) -> Written | None:
    """Year, month, day: LoopQA reads these by itself."""
    fits = all(
        len(one["a"]) == 4
        and _FIRST_YEAR <= int(one["a"]) <= _LAST_YEAR
        and 1 <= int(one["b"]) <= 12
        and 1 <= int(one["c"]) <= 31
        and len(one["c"]) <= 2
        and (one["sep"] != "-" or len(one["b"]) == len(one["c"]) == 2)
        for one in shapes
    )
    clock = any(one["clock"] for one in shapes)
    if fits:
        return Written(None, clock)
    return _one_form(shapes, "%Y{0}%m{0}%d", clock)


def _year_last(shapes: list[re.Match[str]]) -> Written | Ambiguous | None:
    long_years = {len(one["c"]) for one in shapes}
    if long_years not in ({4}, {2}):
        return None
    year = "%Y" if long_years == {4} else "%y"
    clock = any(one["clock"] for one in shapes)
    day_first = max(int(one["b"]) for one in shapes) <= 12
    month_first = max(int(one["a"]) for one in shapes) <= 12
    readings = [
        written
        for fits, order in ((day_first, "%d{0}%m{0}"), (month_first, "%m{0}%d{0}"))
        if fits and (written := _one_form(shapes, order + year, clock)) is not None
    ]
    if len(readings) == 2:
        differs = next((one for one in shapes if int(one["a"]) != int(one["b"])), shapes[0])
        return _ambiguous(differs.group(), readings)
    return readings[0] if readings else None


def _one_form(shapes: list[re.Match[str]], day: str, clock: bool) -> Written | None:
    """The strptime form, where all values have the same separator and clock."""
    forms = {
        day.format(one["sep"]) + (one["t"] + _clock_form(one) if one["clock"] else "")
        for one in shapes
    }
    if len(forms) != 1 or any(one["zone"] for one in shapes):
        return None
    form = forms.pop()
    return Written(form, clock) if _reads([one.group() for one in shapes], form) else None


def _clock_form(found: re.Match[str]) -> str:
    parts = found.groupdict()
    seconds = ":%S" if parts["s"] else ""
    seconds += ".%f" if parts.get("f") else ""
    if not parts.get("ap"):
        return f"%H:%M{seconds}"
    return f"%I:%M{seconds}{' ' if parts['ap'].startswith(' ') else ''}%p"


def _reads(texts: Iterable[str], form: str) -> bool:
    return all(read(one, form) is not None for one in texts)


def read(written: str, form: str | None) -> datetime | None:
    """One date; None where the text is none. Years before 1980 are times of day in disguise."""
    try:
        found = (
            datetime.fromisoformat(_iso(written))
            if form is None
            else datetime.strptime(written, form)  # noqa: DTZ007 - wall time
        )
    except ValueError:
        return None
    return found.replace(tzinfo=None) if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _iso(written: str) -> str:
    found = _SHAPE.fullmatch(written)
    if found is None:
        return written
    day = f"{found['a']}-{found['b']:0>2}-{found['c']:0>2}"
    clock = found["clock"] or ""
    return f"{day}T{clock:0>5}" if len(clock) in (4, 5) else f"{day}T{clock}" if clock else day


def _ambiguous(value: str, readings: list[Written]) -> Ambiguous | Written:
    day_first, month_first = (read(value, one.form) for one in readings)
    forms = (readings[0].form or "", readings[1].form or "")
    if day_first is None or month_first is None:
        return readings[0]
    return Ambiguous(value, day_first.date().isoformat(), month_first.date().isoformat(), forms)


def dates_of(column: Column) -> Written | Ambiguous | None:
    """How a column writes its dates; marks for empty cells do not count against it."""
    if column.typed_dates:
        return Written(
            None, any(len(one) > 10 and one[11:19] != "00:00:00" for one in column.counts)
        )
    answers = column.answers
    if not answers:
        return None
    if hints_at(column.name, "date") and all(_COMPACT.fullmatch(one) for one in answers):
        return Written("%Y%m%d", clock=False) if _reads(answers, "%Y%m%d") else None
    return form_of(_without_strays(answers))


def _without_strays(answers: Counter[str]) -> list[str]:
    """The distinct texts without the few that look like no date at all, such as "Total"."""
    dated = [one for one in answers if _SHAPE.fullmatch(one) or _CHINESE.fullmatch(one)]
    strays = answers.total() - sum(answers[one] for one in dated)
    return dated if strays <= MOST_STRAYS * answers.total() else list(answers)


def days_of(column: Column, written: Written) -> Days:
    """How many rows lie on each day."""
    counts: Counter[date] = Counter()
    for one, n in column.answers.items():
        moment = read(one, written.form)
        if moment is not None:
            counts[moment.date()] += n
    return Days(column.name, written.form, counts, written.clock)


def seconds_of(counts: Mapping[str, int]) -> bool:
    """Whether texts are lengths of time such as ``00:04:43``.

    >>> seconds_of({"00:04:43": 2, "1:00:00": 1}), seconds_of({"09:30": 1})
    (True, False)
    """
    return bool(counts) and all(re.fullmatch(r"\d{1,3}:[0-5]\d:[0-5]\d", one) for one in counts)
