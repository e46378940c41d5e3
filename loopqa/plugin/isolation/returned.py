"""What plugins that work inside our process may return; anything else goes no further."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from loopqa.language import Text
from loopqa.model.analysis import Insight, Lead
from loopqa.model.coding import LevelCoding, NumberCoding, Score
from loopqa.model.cycle import Candidate, Reason

Check = Callable[[Any, tuple[Any, ...]], Any]
"""Looks at what a method returned, and what it was given; returns what is passed on."""


class Rubbish(Exception):
    """A plugin returned what it must not; ``str()`` of it says what, in a word."""


def coding(returned: Any, given: tuple[Any, ...]) -> Any:
    """What ``Scoring.code`` may return."""
    if not isinstance(returned, (LevelCoding, NumberCoding)):
        raise Rubbish(type(returned).__name__)
    return returned


def score(returned: Any, given: tuple[Any, ...]) -> Any:
    """What ``Scoring.score`` may return."""
    if not isinstance(returned, Score):
        raise Rubbish(type(returned).__name__)
    for number in (returned.value, returned.score):
        if number is not None and not _is_finite(number):
            raise Rubbish(_short(number))
    if not isinstance(returned.n, int) or returned.n < 0:
        raise Rubbish(_short(returned.n))
    return returned


def candidates(returned: Any, given: tuple[Any, ...]) -> Any:
    """What ``Detector.detect`` may return."""
    known = {dimension.id for dimension in given[0].rubric.dimensions}
    found = list(returned)
    for one in found:
        if not isinstance(one, Candidate):
            raise Rubbish(type(one).__name__)
        if one.dimension not in known:
            raise Rubbish(_short(one.dimension))
        if not (isinstance(one.reason, Reason) and isinstance(one.n, int)):
            raise Rubbish(type(one).__name__)
        _say(one.reason.text)
        _count(one.reason.figures)
        if one.score is not None and not _is_finite(one.score):
            raise Rubbish(_short(one.score))
        _scope(one.scope)
    return found


def _scope(scope: Any) -> None:
    if not isinstance(scope, tuple):
        raise Rubbish(type(scope).__name__)
    for name, value in scope:
        if not (isinstance(name, str) and isinstance(value, tuple)):
            raise Rubbish(_short(scope))


def insight(returned: Any, given: tuple[Any, ...]) -> Any:
    """What ``Analyser.analyse`` may return."""
    if returned is None:
        return None
    if not isinstance(returned, Insight):
        raise Rubbish(type(returned).__name__)
    for lead in returned.leads:
        if not isinstance(lead, Lead):
            raise Rubbish(type(lead).__name__)
    for told in (returned.text, *returned.notes, *(lead.text for lead in returned.leads)):
        _say(told)
    for figures in (returned.figures, *(lead.figures for lead in returned.leads)):
        _count(figures)
    return returned


def anything(returned: Any, given: tuple[Any, ...]) -> Any:
    """Where whoever calls looks at it."""
    return returned


def _say(told: Any) -> None:
    if not isinstance(told, Text):
        raise Rubbish(type(told).__name__)
    told.render("en")
    told.render("zh")
    json.dumps(told.to_dict())


def _count(figures: Any) -> None:
    for number in figures.values():
        if number is not None and not _is_finite(number):
            raise Rubbish(_short(number))


def _short(value: Any) -> str:
    return str(value)[:60]


def _is_finite(number: Any) -> bool:
    return isinstance(number, (int, float)) and isfinite(number)


#: Hook → the methods of its classes that are watched, and how what they return is looked at.
METHODS: Mapping[str, Mapping[str, Check]] = {
    "loopqa_scorings": {"code": coding, "score": score},
    "loopqa_detectors": {"detect": candidates},
    "loopqa_analysers": {"analyse": insight},
    "loopqa_report_sections": {"html": anything},
}
