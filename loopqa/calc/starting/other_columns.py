"""Columns that are no ratings: numbers of cases, customers, teams, segments, comments, times."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from loopqa.calc.starting.columns import Column
from loopqa.calc.starting.guess import As, Measured, Taken, Told
from loopqa.calc.starting.names import hints_at, stem
from loopqa.calc.starting.scales import passed_or_failed, yes_no_of
from loopqa.calc.starting.times import seconds_of
from loopqa.language import Text, text

MOST_SEGMENTS = 4
MOST_VALUES = 24  #: of a segment whose name says that it is one
FEW_VALUES = 12  #: of any other
SMALL = 5  #: rows; a segment has few values that are rarer
MOST_AGENTS = 500
LONG = 12  #: characters of a usual comment; Chinese ones count twice

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|\+\d{9,15}|0\d{2,3}-\d{7,8}")
_IDENTITY = re.compile(r"\d{17}[\dXx]")
_LOOKED_AT = 200  #: values


def empty(column: Column) -> bool:
    """Whether a column says nothing at all."""
    return not column.answers


def constant(column: Column) -> bool:
    """Whether a column says the same in every row."""
    return column.distinct == 1 and column.filled == column.rows and column.rows > 1


def personal(column: Column) -> bool:
    """Whether a column holds names, addresses or numbers of people, by its name or its values."""
    looked = list(column.counts)[:_LOOKED_AT]
    shapes = (_MAIL, _PHONE, _IDENTITY)
    alike = sum(any(shape.fullmatch(one) for shape in shapes) for one in looked)
    if looked and alike > len(looked) / 2:
        return True
    used = ("agent", "team", "segment", "rating")
    if not hints_at(column.name, "personal") or hints_at(column.name, *used):
        return False
    # Few customers are named in a small file; a few marks or flags under such a name are none.
    many = column.distinct >= min(20, 0.3 * column.filled)
    return many or (column.numbers is None and column.distinct > 2 and _of_people(column.name))


def _of_people(name: str) -> bool:
    return hints_at(name, "people") or hints_at(name, "customer")


def case_number(columns: Sequence[Column]) -> Taken | None:
    """The column that numbers the cases: its name says so and no value comes twice."""
    unique = [one for one in columns if one.filled == one.rows == one.distinct and one.rows > 1]
    named = [one for one in unique if hints_at(one.name, "case")]
    whole = [one for one in unique if not any("." in value for value in one.counts)]
    best = next(iter(named or whole[:1]), None)
    return None if best is None else Taken(best.name, As.CASE, text("different in every row"))


def customer_number(columns: Sequence[Column]) -> Taken | None:
    """The column that numbers the customers."""
    named = [
        one
        for one in columns
        if hints_at(one.name, "customer")
        and not hints_at(one.name, "rating", "segment")
        and one.distinct >= min(20, 0.2 * one.filled)
        and one.filled > 0.5 * one.rows
    ]
    ids = [one for one in named if hints_at(one.name, "case")]
    best = next(iter(ids or named), None)
    return (
        None
        if best is None
        else Taken(
            best.name,
            As.CUSTOMER,
            text("{n} different ones; replaced by pseudonyms", n=_many(best)),
        )
    )


def clusters(columns: Sequence[Column]) -> list[Taken]:
    """Team and agent: what shocks are shared by, coarse to fine."""
    found: list[Taken] = []
    for role, most in (("team", MOST_AGENTS), ("agent", MOST_AGENTS)):
        fitting = [
            one
            for one in columns
            if hints_at(one.name, role)
            and not stem(one.name)
            and 2 <= len(one.answers) <= most
            and len(one.answers) < 0.5 * one.filled
            and one.filled > 0.5 * one.rows
            and one.name not in {taken.column for taken in found}
        ]
        if fitting:
            n = len(fitting[0].answers)
            found.append(Taken(fitting[0].name, As.CLUSTER, text("{n} different ones", n=n)))
    return found


def segments(columns: Sequence[Column], taken: Collection[str] = ()) -> list[Taken]:
    """Columns with a few values each, the likeliest ones first in mind, in the table's order."""
    ranked = sorted(
        (one for one in columns if one.name not in taken and _is_segment(one)),
        key=lambda one: (not hints_at(one.name, "segment", "team"), one.numbers is not None),
    )
    chosen = {one.name for one in ranked[:MOST_SEGMENTS]}
    return [segment(one) for one in columns if one.name in chosen]


def few_teams(column: Column) -> bool:
    """Whether a cluster is a team, and there are so few that each gets scores of its own."""
    team = hints_at(column.name, "team") and not hints_at(column.name, "agent")
    return team and len(column.answers) <= FEW_VALUES


def segment(column: Column) -> Taken:
    """A column as a segment."""
    return Taken(column.name, As.SEGMENT, text("{n} different values", n=len(column.answers)))


def _is_segment(column: Column) -> bool:
    named = hints_at(column.name, "segment", "team")
    answers = column.answers
    if column.capped or not 2 <= len(answers) <= (MOST_VALUES if named else FEW_VALUES):
        return False
    coded = column.numbers is not None and (not named or bool(stem(column.name)))
    if coded or yes_no_of(column) is not None:
        return False
    if sum(n < SMALL for n in answers.values()) > 0.2 * len(answers):
        return False
    most = max(answers.values())
    return sum(answers.values()) > 0.6 * column.rows and most < 0.97 * column.filled


def comment(columns: Sequence[Column], *, named: bool) -> Taken | None:
    """The column of free text, by its name or else by its length."""
    fitting = [
        one
        for one in columns
        if one.numbers is None
        and one.distinct > 2
        and (_called_comment(one.name) if named else one.distinct > 0.5 * one.filled)
        and (named or _length(one) >= LONG)
    ]
    best = max(fitting, key=_length, default=None)
    return (
        None
        if best is None
        else Taken(best.name, As.COMMENT, text("free text in {n} rows", n=f"{best.filled:,}"))
    )


def _called_comment(name: str) -> bool:
    return hints_at(name, "comment") and not hints_at(name, "segment", "team", "agent")


def _length(column: Column) -> float:
    looked = list(column.answers)[:_LOOKED_AT]
    wide = sum(len(one) + sum(ord(letter) > 0x2E80 for letter in one) for one in looked)
    return wide / len(looked) if looked else 0.0


def weight(columns: Sequence[Column]) -> Taken | None:
    """The column of survey weights: above 0, and 1 on average."""
    for one in columns:
        numbers = one.numbers
        if not hints_at(one.name, "weight") or not numbers or min(numbers) <= 0 or one.capped:
            continue
        n = sum(numbers.values())
        mean = sum(value * times for value, times in numbers.items()) / n
        if n == one.rows and len(numbers) > 1 and 0.9 < mean < 1.1:
            return Taken(
                one.name, As.WEIGHT, text("above 0 and {mean} on average", mean=f"{mean:.2f}")
            )
    return None


def told(columns: Sequence[Column]) -> list[Told]:
    """Yes-or-no columns about quality."""
    found: list[Told] = []
    for one in columns:
        answers = yes_no_of(one)
        if answers is None:
            continue
        passed = passed_or_failed(answers)
        if passed or hints_at(one.name, "good", "bad"):
            found.append(Told(one.name, answers, good=passed or not hints_at(one.name, "bad")))
    return found


def why_told(one: Told, rows: int) -> Text:
    """How a column says yes and no."""
    return text(
        "{yes} or {no} in {n} of {rows} rows",
        yes=", ".join(one.answers.yes),
        no=", ".join(one.answers.no),
        n=f"{one.answers.answered:,}",
        rows=f"{rows:,}",
    )


def measured(columns: Sequence[Column]) -> list[Measured]:
    """Columns of amounts of time, in numbers."""
    found: list[Measured] = []
    for one in columns:
        numbers = one.numbers
        if numbers is None or one.capped or not hints_at(one.name, "duration", "wait"):
            continue
        unit = _unit(one.name)
        if unit and len(numbers) > 10 and min(numbers) >= 0:
            found.append(Measured(one.name, unit, hints_at(one.name, "wait"), one.marks))
    return found


def _unit(name: str) -> str:
    units = (("seconds", "s"), ("minutes", "min"), ("hours", "h"))
    return next((unit for hint, unit in units if hints_at(name, hint)), "")


def why_measured(one: Measured) -> Text:
    """What the amounts are."""
    if one.wait:
        return text("numbers, by its name in {unit}; the shorter the better", unit=one.unit)
    return text("numbers, by its name in {unit}; shown only", unit=one.unit)


def length_as_clock(column: Column) -> bool:
    """Whether a column holds lengths of time such as 00:04:43, which can't be read as numbers."""
    return hints_at(column.name, "duration", "wait") and seconds_of(column.answers)


def _many(column: Column) -> str:
    return f"{column.distinct:,}{'+' if column.capped else ''}"
