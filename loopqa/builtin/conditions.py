"""Options that the built-in plugins share: conditions as people write them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from loopqa.language import text
from loopqa.model.rubric import Condition


def read_condition(written: Any) -> Condition:
    """A condition such as ``<= 15`` from its text.

    Raises:
        ValueError: with a sentence for people.
    """
    if isinstance(written, Condition):
        return written
    try:
        return Condition.parse(str(written))
    except ValueError:
        raise ValueError(
            text('write a condition with its sign in quotes, such as "<= 15"')
        ) from None


def read_levels_or_condition(written: Any) -> Condition | tuple[float, ...]:
    """Levels such as ``[4, 5]``, one level, or a condition.

    Raises:
        ValueError: with a sentence for people.
    """
    if isinstance(written, str) and written.strip()[:1] in set("<>=≤≥＜＞"):
        return read_condition(written)
    levels = written if isinstance(written, (list, tuple)) else [written]
    try:
        return tuple(float(level) for level in levels)
    except (TypeError, ValueError):
        raise ValueError(
            text('write levels such as [4, 5], or a condition in quotes such as "<= 15"')
        ) from None


ConditionOption = Annotated[
    Condition, PlainValidator(read_condition), WithJsonSchema({"type": "string"})
]
LevelsOrCondition = Annotated[
    Condition | tuple[float, ...],
    PlainValidator(read_levels_or_condition),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "number"}}]}),
]
