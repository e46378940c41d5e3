"""Names in two languages."""

from __future__ import annotations

from loopqa.define.indicator_document import TitlePart
from loopqa.model.rubric import Label


def label(part: TitlePart | None, fallback: str) -> Label:
    """The name as written; a language that was left out gets the other one."""
    if part is None:
        return Label(fallback, fallback)
    return Label(part.en or part.zh or fallback, part.zh or part.en or fallback)
