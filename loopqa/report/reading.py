"""Reading a stored ``loopqa.score/1`` document: typed, and with small groups left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.model.score import Grade
from loopqa.model.window import Window
from loopqa.report.privacy import is_small

if TYPE_CHECKING:
    from loopqa.model.score import Interval

Document = Mapping[str, Any]


@dataclass(frozen=True)
class DimensionReading:
    """One dimension of a document; all figures are None where its group is too small."""

    id: str
    n: int
    small: bool
    mean: float | None
    interval: Interval | None
    top_share: float | None
    bottom_share: float | None
    score: float | None
    target: float | None
    gap: float | None
    grade: Grade
    indicators: tuple[IndicatorReading, ...]
    measured: Window | None = None  #: period it was measured over, if not the wave's window
    carried: bool = False  #: not due: the last measurement

    @property
    def only_shown(self) -> bool:
        """Whether its indicators have values, but none that makes a score."""
        return not self.n and any(one.n for one in self.indicators)


@dataclass(frozen=True)
class IndicatorReading:
    """One indicator of a document, by the same rule."""

    id: str
    rater: str
    n: int
    small: bool
    value: float | None
    unit: str
    score: float | None
    target: float | None
    gap: float | None
    grade: Grade
    states: Mapping[str, int]
    counts: Mapping[float, int]
    interval: Interval | None = None


def dimensions(document: Document) -> tuple[DimensionReading, ...]:
    """All dimensions of a document or of one of its segments."""
    return tuple(_dimension(entry) for entry in document.get("dimensions", ()))


def dimension_scores(document: Document) -> dict[str, float | None]:
    """Score by dimension, None where it is not to be shown."""
    return {entry.id: entry.score for entry in dimensions(document)}


def measured_scores(document: Document) -> dict[str, float | None]:
    """The same without what was carried forward: nothing new was seen of it."""
    return {entry.id: entry.score for entry in dimensions(document) if not entry.carried}


def composite(document: Document) -> tuple[float | None, int]:
    """The composite score, None in a small group, and the cases it rests on."""
    entry = document.get("composite") or {}
    n = int(entry.get("n") or 0)
    return (None if is_small(n) else entry.get("score")), n


def indicators(document: Document) -> dict[tuple[str, str], IndicatorReading]:
    """Indicators by (dimension, indicator)."""
    return {
        (dimension.id, indicator.id): indicator
        for dimension in dimensions(document)
        for indicator in dimension.indicators
    }


def _dimension(entry: Document) -> DimensionReading:
    n = int(entry.get("n") or 0)
    shown = {} if is_small(n) else entry
    return DimensionReading(
        id=entry["id"],
        n=n,
        small=is_small(n),
        mean=shown.get("mean"),
        interval=_interval(shown),
        top_share=shown.get("top_share"),
        bottom_share=shown.get("bottom_share"),
        score=shown.get("score"),
        target=entry.get("target"),
        gap=shown.get("gap"),
        grade=Grade(shown.get("grade") or Grade.NONE),
        indicators=tuple(_indicator(indicator) for indicator in entry.get("indicators", ())),
        measured=Window.parse(entry["measured"]) if entry.get("measured") else None,
        carried=bool(entry.get("carried")),
    )


def _indicator(entry: Document) -> IndicatorReading:
    n = int(entry.get("n") or 0)
    shown = {} if is_small(n) else entry
    return IndicatorReading(
        id=entry["id"],
        rater=entry.get("rater") or "",
        n=n,
        small=is_small(n),
        value=shown.get("value"),
        unit=entry.get("unit") or "",
        score=shown.get("score"),
        target=entry.get("target"),
        gap=shown.get("gap"),
        grade=Grade(shown.get("grade") or Grade.NONE),
        states=entry.get("states") or {},
        counts={float(level): int(n) for level, n in (shown.get("counts") or {}).items()},
        interval=_interval(shown),
    )


def _interval(entry: Document) -> Interval | None:
    bounds = entry.get("interval")
    return (bounds[0], bounds[1]) if bounds else None
