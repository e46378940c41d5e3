"""Score cards whose dimensions were measured over different periods, or carried forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from loopqa.calc.loop.cadence import Pace
from loopqa.calc.scoring.scorecard import composite
from loopqa.calc.scoring.sums import Sums
from loopqa.model.rubric import Rubric
from loopqa.model.score import DimensionScore, Grade, IndicatorScore, ScoreCard

Document = Mapping[str, Any]
"""Scores as ``loopqa.score/1`` has them."""


def paced(
    rubric: Rubric, pace: Pace, own: ScoreCard, others: Mapping[str, ScoreCard | None]
) -> ScoreCard:
    """One card of a run: each dimension from the period it is measured over.

    ``own``: of the run's window; ``others``: of longer periods, by the period as text. A dimension
    that is not due has no score yet.
    """
    dimensions = tuple(_of_its_period(score, pace, others) for score in own.dimensions)
    return ScoreCard(dimensions, composite(rubric, dimensions, Sums()))


def _of_its_period(
    score: DimensionScore, pace: Pace, others: Mapping[str, ScoreCard | None]
) -> DimensionScore:
    if score.id in pace.carried:
        return _blank(score)
    period = pace.periods.get(score.id)
    if period is None:
        return score
    card = others.get(str(period))
    return replace(
        card.dimension(score.id) if card else _blank(score), measured=str(period), carried=False
    )


def _blank(score: DimensionScore) -> DimensionScore:
    """A dimension that nothing is known of, with its target."""
    return replace(score.without_figures(), n=0, indicators=(), by_rater={}, carried=True)


def carried_forward(rubric: Rubric, card: ScoreCard, documents: Sequence[Document]) -> ScoreCard:
    """The card with what is not due taken from the last document that measured it.

    ``documents``: earlier score cards of the same group, the latest first, each with ``window``.
    """
    if not any(score.carried for score in card.dimensions):
        return card
    dimensions = tuple(
        _last(score, documents) if score.carried else score for score in card.dimensions
    )
    return ScoreCard(dimensions, composite(rubric, dimensions, Sums()))


def _last(score: DimensionScore, documents: Sequence[Document]) -> DimensionScore:
    for document in documents:
        for entry in document.get("dimensions", ()):
            if entry["id"] == score.id and entry["n"] and not entry.get("carried"):
                measured = entry.get("measured") or document["window"]
                return replace(dimension_of(entry), measured=measured, carried=True)
    return score


def dimension_of(entry: Document) -> DimensionScore:
    """A dimension's score as it was written; the inverse of ``DimensionScore.to_dict``."""
    return DimensionScore(
        id=entry["id"],
        n=entry["n"],
        mean=entry["mean"],
        sd=entry["sd"],
        top_share=entry["top_share"],
        bottom_share=entry["bottom_share"],
        interval=_pair(entry["interval"]),
        score=entry["score"],
        target=entry["target"],
        gap=entry["gap"],
        grade=Grade(entry["grade"]),
        indicators=tuple(_indicator(one) for one in entry["indicators"]),
        by_rater=entry.get("by_rater") or {},
        effective_n=entry.get("effective_n"),
        measured=entry.get("measured"),
        carried=bool(entry.get("carried")),
    )


def _indicator(entry: Document) -> IndicatorScore:
    return IndicatorScore(
        id=entry["id"],
        rater=entry["rater"],
        n=entry["n"],
        value=entry["value"],
        unit=entry["unit"],
        score=entry["score"],
        states=entry["states"],
        counts={float(level): n for level, n in (entry.get("counts") or {}).items()},
        target=entry["target"],
        gap=entry["gap"],
        grade=Grade(entry["grade"]),
        interval=_pair(entry["interval"]),
    )


def _pair(bounds: Any) -> tuple[float, float] | None:
    return (bounds[0], bounds[1]) if bounds else None
