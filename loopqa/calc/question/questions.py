"""From a tally to the questions that :func:`loopqa.calc.verdict.judgement.judge` answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from loopqa.calc.question.arms import Cell
from loopqa.calc.question.evidence_index import EvidenceIndex, indexed
from loopqa.calc.question.own_questions import (
    material_of,
    notes,
    quantile_beside,
    settled,
    smallest_amounts,
    spread_scale,
)
from loopqa.calc.question.own_units import flag_cut
from loopqa.calc.question.readings import Reading, readings
from loopqa.calc.question.request import Request
from loopqa.model.coding import Scheme
from loopqa.model.rubric import Rubric, WhenMissing
from loopqa.model.tally import Tally
from loopqa.model.verdict import (
    Arm,
    Asked,
    Draw,
    PairMoments,
    Question,
    SharedCases,
    Stream,
)
from loopqa.model.yardstick import Kind

__all__ = ["Request", "questions"]

_LEAST_IN_CELL = 10  #: answers below which a cell was too small to be looked through


@dataclass(frozen=True)
class Panel:
    """The raters by whom one dimension is judged."""

    dimension: str
    weights: Mapping[Reading, float]  #: shares of 1
    absent: tuple[str, ...]  #: raters without any answer in both windows

    @property
    def first(self) -> Reading:
        """What its first rater says; all are on the same scale."""
        return next(iter(self.weights))

    def alike(self, other: Panel) -> bool:
        """Whether a mean here is comparable with one there: points of the same scale."""
        return self is other or (
            self.first.yardstick == other.first.yardstick
            and self.first.yardstick.kind is Kind.POINTS
            and self.first.scale == other.first.scale
        )


def questions(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    tally: Tally,
    request: Request,
    *,
    retest: Tally | None = None,
) -> tuple[Question, ...]:
    """One question for each dimension asked about, in the rubric's order.

    Args:
        rubric: the standard.
        schemes: its scoring schemes by indicator key.
        tally: counts of all windows of ``request``, grouped by (at least) ``request.columns``;
            with pairs where the same customers, or the low scorers, were asked again.
        request: what is compared with what.
        retest: a tally with pairs of two untreated windows: how well scores repeat themselves.
    """
    smallest = smallest_amounts(tally)
    points = request.asked is Asked.LOW
    asked = [
        [settled(reading, smallest) for reading in several]
        for dimension in rubric.dimensions
        for several in readings(
            rubric, schemes, dimension, points=points, separate=dimension.id in request.separate
        )
    ]
    index = indexed(tally, request, [one for several in asked for one in several], retest, smallest)
    panels = [_panel(rubric, several, index) for several in asked]
    streams = {one: _stream(one, index) for panel in panels for one in panel.weights}
    return tuple(
        _question(rubric, panel, panels, index, streams)
        for panel in panels
        if request.dimensions is None or panel.dimension in request.dimensions
    )


def _panel(rubric: Rubric, of: Sequence[Reading], index: EvidenceIndex) -> Panel:
    """Who is judged by, with weights.

    A rater without any answer in both windows takes no part in this comparison. One that fell
    silent in between leaves its weight to the others only where the rubric's blend says so.
    """
    answers = {one: index.answers(one.quantity) for one in of}
    heard = [one for one in of if any(answers[one])]
    if rubric.blend.when_missing is WhenMissing.USE_PRESENT:
        heard = [one for one in heard if all(answers[one])] or heard
    chosen = heard or list(of)
    weights = {one: rubric.blend.weights.get(one.rater, 0.0) for one in chosen}
    if not any(weights.values()):
        weights = dict.fromkeys(chosen, 1.0)
    total = sum(weights.values())
    shares = {one: weight / total for one, weight in weights.items() if weight > 0}
    return Panel(of[0].dimension, shares, tuple(one.rater for one in of if one not in chosen))


def _question(
    rubric: Rubric,
    panel: Panel,
    panels: Sequence[Panel],
    index: EvidenceIndex,
    streams: Mapping[Reading, Stream],
) -> Question:
    request, first = index.request, panel.first
    spread = spread_scale(first, index) if first.yardstick.kind is not Kind.POINTS else None
    scale = first.scale or spread or (0.0, 1.0)
    width = spread[1] - spread[0] if spread else scale[1] - scale[0]
    return Question(
        dimension=panel.dimension,
        streams=_streams(panel, panels, streams),
        baseline_cells=_cells(panel, panels, index),
        asked=request.asked,
        flagged=request.flagged,
        flag_cut=_cut(first, rubric),
        mode_changed=request.mode_changed,
        window_days_apart=request.days_apart,
        whole_population=not request.scope,
        scale=scale,
        low_at_most=request.low_at_most,
        cluster_name=index.arms.cluster_name,
        unit=width / (rubric.scale.high - rubric.scale.low),
        yardstick=first.yardstick,
        indicator=first.indicator if first.own else None,
        split=first.split,
        material=material_of(first) if len(panel.weights) == 1 else None,
        width=width,
        quantile=quantile_beside(first, index),
        shared=_shared(list(panel.weights), index),
        notes=notes(list(panel.weights), index.smallest, index.by_strata),
        teams=index.arms.teams,
        team_name=index.arms.team_name,
        natural_clusters=index.arms.natural,
        absent=panel.absent,
        draw=_draw(request),
    )


def _draw(request: Request) -> Draw | None:
    if request.drawn is None:
        return None
    return request.drawn.seen((*request.history, request.before, request.after))


def _cut(reading: Reading, rubric: Rubric) -> float | None:
    """Below what the flagged cell's mean had to lie, in the reading's points."""
    below = rubric.finding.below
    if not reading.own:
        return below
    if reading.source is None or reading.coding is None:
        return None
    return flag_cut(reading.source, reading.coding, reading.yardstick, below)


def _streams(
    panel: Panel, panels: Sequence[Panel], streams: Mapping[Reading, Stream]
) -> dict[str, Stream]:
    """The evidence by rater, with what the same rater says on the scale's other dimensions."""
    beside = [
        one
        for other in panels
        if other is not panel and panel.alike(other)
        for one in other.weights
    ]
    return {
        one.rater: replace(
            streams[one],
            weight=share,
            companions=tuple(streams[other] for other in beside if other.rater == one.rater),
        )
        for one, share in panel.weights.items()
    }


def _stream(reading: Reading, index: EvidenceIndex) -> Stream:
    quantity, request = reading.quantity, index.request
    return Stream(
        before=index.period(quantity, request.before),
        after=index.period(quantity, request.after),
        history=tuple(index.period(quantity, label) for label in request.history),
        pairs={arm: index.pairs[quantity, arm] for arm in Arm if (quantity, arm) in index.pairs},
        retest=index.retests.get(quantity, PairMoments()),
        histogram_before=index.counts.get((quantity, request.before, Arm.SCOPE), {}),
        histogram_after=index.counts.get((quantity, request.after, Arm.SCOPE), {}),
        levels={arm: index.levels(quantity, arm) for arm in Arm},
        low_pairs=index.low_pairs.get(quantity, PairMoments()),
        responses=index.responses.get(reading.rater, {}),
        surveyed=index.scope_means(quantity),
    )


def _shared(readings: Sequence[Reading], index: EvidenceIndex) -> tuple[SharedCases, ...]:
    """Cases rated twice, for each two raters that have any."""
    request, found = index.request, []
    for one, other in combinations(readings, 2):
        for first, second in ((one, other), (other, one)):
            before, after, *history = (
                index.joint.get((first.quantity, second.quantity, window), {})
                for window in request.windows
            )
            if before or after or any(history):
                raters = first.rater, second.rater
                found.append(SharedCases(raters, before, after, tuple(history)))
    return tuple(found)


def _cells(panel: Panel, panels: Sequence[Panel], index: EvidenceIndex) -> tuple[float, ...]:
    """Baseline means of all cells that the flagged one was picked from: every dimension on the
    same scale in every segment of the scope's columns."""
    every = [_cell_means(other, index) for other in panels if panel.alike(other)]
    return tuple(mean for means in every for mean in means)


def _cell_means(panel: Panel, index: EvidenceIndex) -> list[float]:
    names = [index.cells.get(one.quantity, {}) for one in panel.weights]
    shared: list[Cell] = [cell for cell in names[0] if all(cell in other for other in names)]
    return [
        sum(share * index.cells[one.quantity][cell].mean for one, share in panel.weights.items())
        for cell in sorted(shared)
        if all(index.cells[one.quantity][cell].n >= _LEAST_IN_CELL for one in panel.weights)
    ]
