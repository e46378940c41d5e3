"""Scores of one evaluation: the records behind ``loopqa score`` and every report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

Interval = tuple[float, float]


class Grade(StrEnum):
    """How far a score can be told from its target or threshold."""

    MET = "met"  #: interval on the good side of the target
    MISSED = "missed"  #: interval on the bad side
    NOT_SHOWN = "not_shown"  #: the interval lies across the target
    NONE = "none"  #: no target, or no answers


@dataclass(frozen=True)
class IndicatorScore:
    """One indicator: its value in its own unit, and its score on the rubric's scale."""

    id: str
    rater: str
    n: int
    value: float | None
    unit: str
    score: float | None
    states: Mapping[str, int]  #: state -> answers, all five states
    counts: Mapping[float, int] = field(default_factory=dict)  #: level -> answers
    target: float | None = None
    gap: float | None = None  #: value - target, in the indicator's unit
    grade: Grade = Grade.NONE
    interval: Interval | None = None  #: 95 %, of the value

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of ``loopqa.score/1``."""
        return {
            "id": self.id,
            "rater": self.rater,
            "n": self.n,
            "value": self.value,
            "unit": self.unit,
            "score": self.score,
            "states": dict(self.states),
            "counts": {f"{level:g}": n for level, n in sorted(self.counts.items())},
            "target": self.target,
            "gap": self.gap,
            "grade": self.grade.value,
            "interval": list(self.interval) if self.interval else None,
        }


@dataclass(frozen=True)
class DimensionScore:
    """One dimension: statistics of its case scores, and its score by the order of operations."""

    id: str
    n: int
    mean: float | None
    sd: float | None  #: n - 1; None when it can't be told (a blend of separate inputs)
    top_share: float | None  #: 0..1
    bottom_share: float | None  #: 0..1
    interval: Interval | None  #: 95 % t interval of the mean
    score: float | None
    target: float | None
    gap: float | None  #: score - target
    grade: Grade
    indicators: tuple[IndicatorScore, ...]
    by_rater: Mapping[str, float | None] = field(default_factory=dict)  #: rater -> score
    effective_n: float | None = None  #: Kish's number of answers of a sample drawn by strata
    measured: str | None = None  #: period it was measured over, if that is not the run's window
    carried: bool = False  #: not due in this run: the last measurement, or none yet

    def without_figures(self) -> DimensionScore:
        """The same with everything unknown but its cases, its target and its indicators."""
        return replace(
            self,
            mean=None,
            sd=None,
            top_share=None,
            bottom_share=None,
            interval=None,
            score=None,
            gap=None,
            grade=Grade.NONE,
            effective_n=None,
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of ``loopqa.score/1``."""
        return {
            "id": self.id,
            "n": self.n,
            "mean": self.mean,
            "sd": self.sd,
            "top_share": self.top_share,
            "bottom_share": self.bottom_share,
            "interval": list(self.interval) if self.interval else None,
            "score": self.score,
            "target": self.target,
            "gap": self.gap,
            "grade": self.grade.value,
            "by_rater": dict(self.by_rater),
            "effective_n": self.effective_n,
            "measured": self.measured,
            "carried": self.carried,
            "indicators": [indicator.to_dict() for indicator in self.indicators],
        }


@dataclass(frozen=True)
class Composite:
    """The weighted mean of the dimension scores, always shown with its weakest dimension."""

    score: float | None
    n: int  #: cases with a composite case score; the smallest dimension n where inputs differ
    minimum: float | None  #: lowest dimension score

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of ``loopqa.score/1``."""
        return {"score": self.score, "n": self.n, "minimum": self.minimum}


@dataclass(frozen=True)
class ScoreCard:
    """All scores of one group of cases."""

    dimensions: tuple[DimensionScore, ...]
    composite: Composite

    def dimension(self, dimension_id: str) -> DimensionScore:
        """The score of one dimension.

        Raises:
            KeyError: the card has none of this id.
        """
        for dimension in self.dimensions:
            if dimension.id == dimension_id:
                return dimension
        raise KeyError(dimension_id)

    def to_dict(self) -> dict[str, Any]:
        """The card as JSON: ``{"dimensions": [...], "composite": {...}}``."""
        return {
            "dimensions": [dimension.to_dict() for dimension in self.dimensions],
            "composite": self.composite.to_dict(),
        }


@dataclass(frozen=True)
class Rows:
    """What became of the rows of a source: ``read == loaded + rejected`` always.

    Where events are collapsed, its rows are events: loaded are those of all cases that were made,
    rejected those that could not be used and those of cases that could not.
    """

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    cases: int | None = None  #: made of the loaded rows, where several rows make one; else None

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            self.read + other.read,
            self.loaded + other.loaded,
            self.rejected + other.rejected,
            None if self.cases is None and other.cases is None else self.in_cases + other.in_cases,
        )

    @property
    def in_cases(self) -> int:
        """The number of cases: those made of events, or as many as rows were loaded."""
        return self.loaded if self.cases is None else self.cases

    def to_dict(self) -> dict[str, int]:
        """The counts as JSON; ``cases`` only where they are not the loaded rows."""
        counts = {"read": self.read, "loaded": self.loaded, "rejected": self.rejected}
        return counts if self.cases is None else {**counts, "cases": self.cases}


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not loaded, and why."""

    file: str
    row: int  #: line of the file (text) or row of the sheet, counted from 1 with the header
    column: str | None
    value: str | None
    reason: str  #: an English template of the catalogue

    def to_dict(self) -> dict[str, Any]:
        """The rejected row as JSON."""
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Segment:
    """Scores of one segment: the cases whose columns have these values."""

    by: Mapping[str, str]
    card: ScoreCard

    def to_dict(self) -> dict[str, Any]:
        """The segment as JSON."""
        return {"by": dict(self.by), **self.card.to_dict()}


@dataclass(frozen=True)
class ScoreResult:
    """The whole answer of ``loopqa score``."""

    rubric_id: str
    rubric_version: str
    rubric_hash: str
    rows: Rows
    card: ScoreCard
    segments: tuple[Segment, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()  #: the first ones, for the reader

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.score/1``."""
        return {
            "schema": "loopqa.score/1",
            "rubric": {
                "id": self.rubric_id,
                "version": self.rubric_version,
                "hash": self.rubric_hash,
            },
            "rows": self.rows.to_dict(),
            **self.card.to_dict(),
            "segments": [segment.to_dict() for segment in self.segments],
            "rejected": [row.to_dict() for row in self.rejected],
        }
