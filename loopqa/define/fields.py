"""The kinds of values that definition files are made of; each says itself what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema

from loopqa import hints
from loopqa.define.nodes import Scalar, resolve
from loopqa.language import Text, text
from loopqa.model.rubric import Condition


class Wrong(ValueError):
    """A value is wrong; carries our own sentence instead of pydantic's."""

    def __init__(self, message: Text, hint: Text | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Part(BaseModel):
    """Base of all parts of a definition file: unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def kind_of(value: Any) -> Text:
    """What stands there, in words."""
    match value:
        case None | "":
            return text("nothing")
        case Mapping():
            return text("a mapping")
        case list() | tuple():
            return text("a list")
        case _:
            return text("'{value}'", value=brief(str(value)))


def brief(written: str) -> str:
    """The start of a long text, on one line."""
    one_line = " ".join(written.split())
    return one_line if len(one_line) <= 60 else one_line[:57] + "..."


def did_you_mean(name: str, known: list[str]) -> Text | None:
    """A hint with the nearest known name, or with all of them when they are few."""
    few = 0 < len(known) <= 30
    return hints.did_you_mean(name, known) or (
        text("known are: {names}", names=", ".join(known)) if few else None
    )


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(text("expected text, got {kind}", kind=kind_of(value)))
    if not str(value).strip():
        raise Wrong(text("expected text, got nothing"))
    return str(value).strip()


def _raw(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Wrong(text("expected text, got {kind}", kind=kind_of(value)))
    return str(value)


def _id(value: Any) -> str:
    name = _words(value)
    if not re.fullmatch(r"[^\W\d][\w-]*", name) or len(name) > 64:
        raise Wrong(
            text("'{name}' can't be an id", name=brief(name)),
            text("use letters, digits, '-' and '_', beginning with a letter; at most 64"),
        )
    return name


def number_of(value: Any) -> float | None:
    """The finite number that a YAML value or text stands for, or None."""
    meaning = resolve(value.strip()) if isinstance(value, str) else value
    if isinstance(meaning, bool) or not isinstance(meaning, int | float):
        return None
    try:
        number = float(meaning)
    except OverflowError:
        return None
    return number if abs(number) < 1e15 else None


def _number(value: Any) -> float:
    number = number_of(value)
    if number is None:
        raise Wrong(text("expected a number, got {kind}", kind=kind_of(value)))
    return number


def _whole(value: Any) -> int:
    number = number_of(value)
    if number is None or number != int(number) or number < 0:
        raise Wrong(text("expected a whole number, got {kind}", kind=kind_of(value)))
    return int(number)


def _positive(value: Any) -> int:
    number = _whole(value)
    if number < 1:
        raise Wrong(text("expected a whole number of at least 1, got {kind}", kind=kind_of(value)))
    return number


def _share(value: Any) -> float:
    number = number_of(value)
    percent = _percent(value)
    if percent is None and number is not None and 1 < number <= 100:
        raise Wrong(
            text("expected a share, got '{value}'", value=str(value)),
            text("write '{value}%' or a decimal up to 1", value=str(value)),
        )
    share = (
        percent / 100 if percent is not None else None if number is None else Fraction(str(number))
    )
    if share is None or not 0 <= share <= 1:
        raise Wrong(
            text("expected a share such as 30% or 0.3, got {kind}", kind=kind_of(value)),
        )
    return float(share)


def _percent(value: Any) -> Fraction | None:
    if not isinstance(value, str):
        return None
    match = re.fullmatch(r"\s*([-+]?\d{1,12}(?:\.\d{1,12})?)\s*[%％]\s*", value)
    return Fraction(match[1]) if match else None


def _size(value: Any) -> float:
    """A size in the unit of what it is about; a percent sign is understood."""
    percent = _percent(value)
    number = float(percent) if percent is not None else number_of(value)
    if number is None:
        raise Wrong(
            text("expected a number, got {kind}", kind=kind_of(value)),
            text("write 10% for times and amounts, or a plain number of points"),
        )
    return number


@dataclass(frozen=True)
class Weight:
    """A weight as written: ``amount`` in percent, as a decimal share, or in parts."""

    amount: Fraction
    kind: Literal["percent", "decimal", "parts"]


def _weight(value: Any) -> Weight:
    percent = _percent(value)
    number = number_of(value)
    if percent is not None and percent >= 0:
        return Weight(percent, "percent")
    if number is None or number < 0:
        raise Wrong(
            text("expected a weight, got {kind}", kind=kind_of(value)),
            text("write 40%, 0.4 or whole parts such as 2"),
        )
    meaning = resolve(value.strip()) if isinstance(value, str) else value
    whole = isinstance(meaning, int)
    return Weight(Fraction(repr(number)), "parts" if whole else "decimal")


_CONDITION = re.compile(
    r"\s*(>=|<=|==|=|>|<|≥|≤|＞|＜)?\s*([-+]?(?:\d{1,12}(?:\.\d{1,12})?|\.\d{1,12}))\s*[%％]?\s*"
)
_SIGNS = {"=": "==", "≥": ">=", "≤": "<=", "＞": ">", "＜": "<"}


def condition(value: Any) -> Condition:
    """The condition that a text such as ``>= 3.8`` says.

    Raises:
        Wrong: it says none.
    """
    match = _CONDITION.fullmatch(value) if isinstance(value, str) else None
    if not match or not match[1]:
        hint = text('write it in quotes with its sign, such as ">= 3.8" or "<= 15"')
        if match:
            hint = text('say which side is good: ">= {value}" or "<= {value}"', value=match[2])
        raise Wrong(text("expected a condition, got {kind}", kind=kind_of(value)), hint)
    return Condition(_SIGNS.get(match[1], match[1]), float(match[2]))


def _flag(value: Any) -> bool:
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    raise Wrong(text("expected true or false, got {kind}", kind=kind_of(value)))


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise Wrong(
            text("expected a date, got {kind}", kind=kind_of(value)),
            text("write it as 2026-12-31"),
        ) from None


def one_of(*choices: str) -> PlainValidator:
    """A field that takes one of a few words."""

    def choose(value: Any) -> str:
        if isinstance(value, str) and str(value) in choices:
            return str(value)
        hint = did_you_mean(str(value), list(choices)) if isinstance(value, str) else None
        expected = text(
            "expected one of {choices}, got {kind}", choices=", ".join(choices), kind=kind_of(value)
        )
        raise Wrong(expected, hint if hint and "name" in hint.params else None)

    return PlainValidator(choose, json_schema_input_type=Literal[choices])


def listed(value: Any) -> Any:
    """A single value stands for a list of one."""
    return value if isinstance(value, list) or value is None else [value]


def _shape(check: Callable[[Any], Any], input_type: Any) -> PlainValidator:
    return PlainValidator(check, json_schema_input_type=input_type)


_Any = str | int | float | bool

Words = Annotated[str, _shape(_words, str | int | float)]
Raw = Annotated[str, _shape(_raw, _Any | None)]
Id = Annotated[str, _shape(_id, str)]
Number = Annotated[float, _shape(_number, float)]
Whole = Annotated[int, _shape(_whole, int)]
Positive = Annotated[int, _shape(_positive, int)]
Share = Annotated[float, _shape(_share, str | float)]
SizeField = Annotated[float, _shape(_size, str | float)]
WeightField = Annotated[Weight, _shape(_weight, str | float)]
ConditionField = Annotated[
    Condition,
    PlainValidator(condition),
    WithJsonSchema({"type": "string", "pattern": r"^\s*(>=|<=|==|=|>|<|≥|≤)\s*-?[0-9.]+\s*%?\s*$"}),
]
Flag = Annotated[bool, _shape(_flag, bool)]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
_LIST_OF_RAW = BeforeValidator(
    listed, json_schema_input_type=str | float | list[str | float | None]
)
_LIST_OF_WORDS = BeforeValidator(listed, json_schema_input_type=str | float | list[str | float])
_LIST_OF_NUMBERS = BeforeValidator(listed, json_schema_input_type=float | list[float])

#: lists whose single member may stand alone
RawList = Annotated[tuple[Raw, ...], _LIST_OF_RAW]
WordList = Annotated[tuple[Words, ...], _LIST_OF_WORDS]
NumberList = Annotated[tuple[Number, ...], _LIST_OF_NUMBERS]

Language = Annotated[str, one_of("en", "zh")]
