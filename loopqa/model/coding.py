"""Coding: the closed description of how a raw value becomes a level, a number or a state.

A scoring scheme says it once; ``loopqa.evidence`` compiles it to the engine, ``loopqa.calc``
applies it to single values (golden tests). Both must agree, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from loopqa.model.rubric import Condition


class State(StrEnum):
    """What became of one answer: five different things, all counted."""

    ANSWERED = "answered"
    MISSING = "missing"  #: no answer was given
    NOT_APPLICABLE = "not_applicable"  #: the question does not concern this case
    REFUSED = "refused"  #: the person declined to answer
    PENDING = "pending"  #: not known yet: the case is still open


@dataclass(frozen=True)
class LevelCoding:
    """Values that fall on few levels; counted level by level.

    A value is looked up in ``values`` (normalised text), or read as a number that must be one of
    ``points``, or, with ``bands``, put in the first band whose condition holds (best level first).
    """

    points: Mapping[float, float]  #: level -> points: what one such answer contributes to a mean
    values: Mapping[str, float] = field(default_factory=dict)  #: normalised text -> level
    bands: tuple[tuple[float, Condition], ...] = ()  #: (level, condition), tested in order
    amounts: Mapping[float, float] = field(default_factory=dict)
    """Level -> contribution to the indicator's value, where that is not its points: attainment of
    a share has amounts 0 and 100 (%), and points on the rubric's scale. Empty: the points."""
    scored: bool = True  #: False: counted and shown, but part of no case score
    weighted: bool = False  #: the value is a mean weighted with the case weights


@dataclass(frozen=True)
class NumberCoding:
    """Values that are numbers; exact sums are kept in thousandths."""

    values: Mapping[str, float] = field(default_factory=dict)  #: normalised text -> number
    low: float | None = None  #: bounds of the value, inclusive; a value outside is an error
    high: float | None = None
    line: tuple[float, float] | None = None
    """(offset, slope): a number x is worth ``offset + slope * x`` points on the rubric's scale;
    None: single numbers have no worth of their own (medians, quantiles, unscored ones)."""
    scored: bool = True  #: False: counted and shown only


Coding = LevelCoding | NumberCoding


@dataclass(frozen=True)
class Histogram:
    """Weighted counts of values: ``counts[value] = (n, weight)`` of answers with that value."""

    counts: Mapping[float, tuple[int, float]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of answers."""
        return sum(n for n, _ in self.counts.values())

    @property
    def weight(self) -> float:
        """Sum of the answers' weights."""
        return sum(weight for _, weight in self.counts.values())


@dataclass(frozen=True)
class Score:
    """What a scheme makes of the values of one indicator."""

    value: float | None  #: in the indicator's own unit; None without answers
    score: float | None  #: on the rubric's scale; None where the scheme does not score
    n: int  #: answers it rests on


class Scheme(Protocol):
    """What the scores need of a scoring scheme; every :class:`loopqa.plugin.Scoring` is one."""

    @property
    def unit(self) -> str:
        """Unit of the value: "" for scores, "%", "points", or the indicator's own."""

    def code(self) -> Coding:
        """How raw values become levels or numbers."""

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """Value and score of the answers; built-in schemes read the one input ``"value"``."""
