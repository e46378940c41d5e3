"""``collapse`` of an input as people write it: how several events become one case."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, ConfigDict, model_validator

from loopqa.define.fields import Part, Words, Wrong, listed
from loopqa.define.indicator_document import CaseCondition
from loopqa.define.indicators import when_record
from loopqa.language import text
from loopqa.model.collapse import Collapse, Made, Pick

_PICKS = tuple(pick.value for pick in Pick)

Conditions = Annotated[
    tuple[dict[str, CaseCondition], ...],
    BeforeValidator(
        listed,
        json_schema_input_type=dict[str, CaseCondition] | list[dict[str, CaseCondition]],
    ),
]


class MadePart(Part):
    """One column of a case, made of its events."""

    first: Words | None = None
    last: Words | None = None
    earliest: Words | None = None
    latest: Words | None = None
    count: Words | None = None
    by: Words | None = None
    where: Conditions = ()

    @model_validator(mode="after")
    def _one_pick(self) -> MadePart:
        used = [pick for pick in _PICKS if getattr(self, pick) is not None]
        if len(used) != 1:
            raise Wrong(
                text("a column is made in one way, not {kinds}", kinds=" + ".join(used))
                if used
                else text("this makes no column"),
                text("write one of {words} and a column of the events", words=", ".join(_PICKS)),
            )
        if self.by is not None and used[0] not in (Pick.EARLIEST, Pick.LATEST):
            raise Wrong(
                text("'{word}' is not ordered by a column", word=used[0]),
                text("write latest (or earliest) and by, or drop 'by'"),
            )
        return self


class CollapsePart(Part):
    """How several events become one case; every key but ``key`` names a column of the case."""

    model_config = ConfigDict(extra="allow")
    further: ClassVar[type[Part]] = MadePart
    __pydantic_extra__: dict[str, MadePart]
    key: Words

    @model_validator(mode="after")
    def _key_stays_itself(self) -> CollapsePart:
        if self.key in (self.model_extra or {}):
            raise Wrong(
                text("'{name}' is the key: it is the same on all events of a case", name=self.key),
                text("give the column that is made another name"),
            )
        return self


def collapse_record(part: CollapsePart) -> Collapse:
    """The record of a ``collapse`` that was found sound."""
    made = part.model_extra or {}
    return Collapse(part.key, tuple(_made(name, one) for name, one in made.items()))


def _made(name: str, part: MadePart) -> Made:
    pick = next(pick for pick in Pick if getattr(part, pick.value) is not None)
    where = tuple(
        tuple(when_record(column, one) for column, one in group.items()) for group in part.where
    )
    return Made(name, pick, getattr(part, pick.value), part.by, where)
