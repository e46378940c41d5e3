"""A finding's reason in the words of the report: titles for ids, units in the reader's language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from loopqa.report import numbers
from loopqa.report.scores import target_words
from loopqa.report.words import named

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.cycle import Reason
    from loopqa.report.report_input import ReportInput


def reason_words(source: ReportInput, dimension: str, reason: Reason) -> Text:
    """The sentence of a detector, which names an indicator by its id, for people.

    Sentences without an indicator, or with one that the rubric no longer has, stay as they are.
    """
    known = source.indicator(dimension, str(reason.text.params.get("indicator", "")))
    value, target = reason.figures.get("value"), reason.figures.get("target")
    if known is None or value is None or target is None:
        return reason.text
    words = {
        "indicator": named(known.title),
        "value": numbers.measured(value, known.unit),
        "target": target_words(known.target, target, known.unit),
    }
    return replace(reason.text, params={**reason.text.params, **words})
