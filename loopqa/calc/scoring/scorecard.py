"""From a tally to scores: indicator → dimension → rater → blend → composite; nothing is rounded.

A dimension has a score only if every rater group with a say in it has one (``when_missing: none``),
or the groups present share the weight (``use_present``). The composite is the weighted mean of the
dimensions that have a score: a dimension that nobody answered in this window leaves its weight to
the others, and the report shows that it has none. Only without any score there is no composite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from loopqa.calc.exact import weighted_mean
from loopqa.calc.scoring.dimensions import score_dimension
from loopqa.calc.scoring.indicators import score_indicator
from loopqa.calc.scoring.sums import Sums, gather
from loopqa.model.coding import Scheme
from loopqa.model.rubric import Indicator, Rubric, indicator_key
from loopqa.model.score import Composite, DimensionScore, ScoreCard
from loopqa.model.tally import COMPOSITE, Group, Tally


def scorecard(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    tally: Tally,
    *,
    window: str,
    group: Callable[[Group], bool] | None = None,
) -> ScoreCard:
    """All scores of one window.

    Args:
        rubric: the standard.
        schemes: one for every indicator, by ``dimension.indicator``.
        tally: counts of this and perhaps other windows.
        window: label of the window inside the tally.
        group: which groups of the tally to take; None: all of them.
    """
    found = gather(tally, window, lambda one: True if group is None or group(one) else None)
    return card_of(rubric, schemes, found.get(True, Sums()))


def card_of(rubric: Rubric, schemes: Mapping[str, Scheme], sums: Sums) -> ScoreCard:
    """All scores of one group of cases."""
    dimensions = tuple(
        score_dimension(
            rubric,
            dimension,
            tuple(
                score_indicator(
                    dimension,
                    indicator,
                    schemes[indicator_key(dimension, indicator)],
                    sums,
                    rubric.finding.min_n,
                )
                for indicator in dimension.indicators
            ),
            sums,
        )
        for dimension in rubric.dimensions
    )
    return ScoreCard(dimensions, composite(rubric, dimensions, sums))


def composite(rubric: Rubric, dimensions: Sequence[DimensionScore], sums: Sums) -> Composite:
    """The weighted mean of the dimensions that have a score, with the lowest of them.

    With a single rater group, n counts cases with a composite, and where an auto-fail caps the
    composite of a case, the score is the mean of these. Otherwise n is the smallest of the
    dimensions that went in.
    """
    scores = [
        (dimension.weight, scored.score, scored.n)
        for dimension, scored in zip(rubric.dimensions, dimensions, strict=True)
        if scored.score is not None and dimension.weight > 0
    ]
    score = weighted_mean((weight, score) for weight, score, _ in scores)
    n = min((n for _, _, n in scores), default=0)
    cases = sums.case_moments(COMPOSITE)
    if cases.n and len({indicator.rater for _, indicator in rubric.indicators}) == 1:
        n = int(cases.n)
        if score is not None and any(_capping(indicator) for _, indicator in rubric.indicators):
            score = _case_mean(rubric, sums)
    return Composite(
        score=score,
        n=n,
        minimum=min((score for _, score, _ in scores), default=None),
    )


def _case_mean(rubric: Rubric, sums: Sums) -> float:
    """Mean of the cases' composites, over strata where the sample was drawn by them."""
    rater = rubric.indicators[0][1].rater
    found = sums.sampled and sums.sampled.estimate(rater, lambda one: one.case_moments(COMPOSITE))
    return found.mean if found else sums.case_moments(COMPOSITE).mean


def _capping(indicator: Indicator) -> bool:
    return indicator.critical is not None and indicator.critical.caps == "composite"
