"""Importance and performance: which dimensions go along with the outcome, and which fall short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loopqa.calc.analysis.importance import Placed, Quarter, placed
from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import (
    Cell,
    Column,
    Figure,
    ImportancePlot,
    ImportancePoint,
    Row,
    Table,
)
from loopqa.report.vocabulary import QUARTERS
from loopqa.report.words import NOTHING, joined

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.analysis import Figures, Insight
    from loopqa.model.score import Interval
    from loopqa.report.report_input import ReportInput

DRIVERS = "drivers"  #: the analyser whose leads are shown as a matrix
_MOST_NAMED = 3


@dataclass(frozen=True)
class DriverView:
    """What goes along with the outcome, as the reader meets it."""

    figure: Figure | None  #: None where there is no aim to hold scores against, or no ranking
    table: Table | None  #: where there is no figure that has it
    text: Text | None  #: where there is neither


@dataclass(frozen=True)
class _Standing:
    """One dimension with its share, its score and where that puts it."""

    name: Text
    share: float
    interval: Interval
    rank: int
    score: float | None
    score_interval: Interval | None
    aim: float | None
    where: Placed | None


def driver_view(source: ReportInput) -> DriverView | None:
    """The drivers of the wave; None where the workflow does not ask for them."""
    found = [
        one.insight for one in source.analyses if one.finding is None and one.analyser == DRIVERS
    ]
    if not found:
        return None
    insight = found[0]
    standings = [_standing(source, lead.dimension or "", lead.figures) for lead in insight.leads]
    equal = insight.figures.get("equal")
    if not standings or equal is None:
        return DriverView(None, None, insight.text)
    standings = [_with_place(one, equal) for one in standings]
    table = _table(source, insight, standings)
    if not all(one.where for one in standings):
        return DriverView(None, table, None)
    return DriverView(_figure(source, insight, standings, equal, table), None, None)


def _standing(source: ReportInput, dimension: str, figures: Figures) -> _Standing:
    return _Standing(
        source.dimension_name(dimension),
        figures.get("share") or 0.0,
        _bounds(figures, "low", "high") or (0.0, 1.0),
        int(figures.get("rank") or 1),
        figures.get("score"),
        _bounds(figures, "score_low", "score_high"),
        figures.get("aim"),
        None,
    )


def _bounds(figures: Figures, low: str, high: str) -> Interval | None:
    ends = figures.get(low), figures.get(high)
    return (ends[0], ends[1]) if ends[0] is not None and ends[1] is not None else None


def _with_place(one: _Standing, equal: float) -> _Standing:
    if one.score is None or one.aim is None:
        return one
    where = placed(one.share, one.interval, equal, one.score, one.score_interval, one.aim)
    return replace(one, where=where)


def _figure(
    source: ReportInput,
    insight: Insight,
    standings: list[_Standing],
    equal: float,
    table: Table,
) -> Figure:
    aims = {one.aim for one in standings}
    distances = len(aims) > 1
    plot = ImportancePlot(
        tuple(_point(one, distances=distances) for one in _by_weight(standings)),
        equal,
        0.0 if distances else standings[0].aim or 0.0,
        distances,
    )
    return Figure(
        "figure-importance",
        _title(standings),
        _caption(source, insight, distances=distances),
        plot,
        table,
    )


def _by_weight(standings: list[_Standing]) -> list[_Standing]:
    """What should be worked on first leads, then by share."""
    return sorted(standings, key=lambda one: (not _is_first(one), -one.share))


def _is_first(one: _Standing) -> bool:
    return one.where is not None and one.where.quarter is Quarter.FIRST


def _point(one: _Standing, *, distances: bool) -> ImportancePoint:
    where = one.where or Placed(Quarter.LATER, borderline=True)
    shift = one.aim or 0.0 if distances else 0.0
    spread = one.score_interval
    return ImportancePoint(
        one.name,
        QUARTERS[where.quarter],
        one.share,
        one.interval,
        (one.score or 0.0) - shift,
        (spread[0] - shift, spread[1] - shift) if spread else None,
        where.borderline,
    )


def _title(standings: list[_Standing]) -> Text:
    first = [one for one in standings if _is_first(one)]
    sure = [one for one in first if one.where and not one.where.borderline]
    if sure:
        names = joined(one.name for one in sure[:_MOST_NAMED])
        return text("Goes along with the outcome and falls short: {names}", names=names)
    if first:
        names = joined(one.name for one in first[:_MOST_NAMED])
        return text("May matter most, on the border of the matrix: {names}", names=names)
    return text("Nothing that goes along with the outcome falls short")


def _outcome(source: ReportInput, insight: Insight) -> Text:
    if insight.dimension is None:
        return text("the composite")
    return text("“{name}”", name=source.dimension_name(insight.dimension))


def _caption(source: ReportInput, insight: Insight, *, distances: bool) -> Text:
    parts = [
        text(
            "To the right: share of what all dimensions explain of {outcome} "
            "(Johnson's relative weights), with its 95% interval.",
            outcome=_outcome(source, insight),
        ),
        text("Upwards: score minus target or threshold.")
        if distances
        else text("Upwards: score, with its 95% interval."),
        text("Dashed: an equal share for each, and the aim."),
        text("Hollow: chance could put it into another quarter."),
        text("Points without a name are in the table."),
        text("This is correlation, not cause: only an action shows whether it helps."),
    ]
    return joined(parts, " ")


def _table(source: ReportInput, insight: Insight, standings: list[_Standing]) -> Table:
    columns = (
        Column(text("Dimension")),
        Column(text("Rank"), number=True),
        Column(text("Share"), number=True),
        Column(text("95% interval"), number=True),
        Column(text("Score"), number=True),
        Column(text("Aim"), number=True),
        Column(text("Place in the matrix")),
    )
    ranks = [one.rank for one in standings]
    rows = tuple(_row(one, tied=ranks.count(one.rank) > 1) for one in standings)
    caption = text("What goes along with {outcome}", outcome=_outcome(source, insight))
    return Table(caption, columns, rows, _notes(insight)).without_empty_columns()


def _row(one: _Standing, *, tied: bool) -> Row:
    low, high = one.interval
    return Row(
        (
            Cell(one.name),
            Cell.of(f"={one.rank}" if tied else one.rank),
            Cell.of(f"{100 * one.share:.0f}%"),
            Cell.of(f"[{100 * low:.0f}%,{numbers.NO_BREAK}{100 * high:.0f}%]"),
            Cell.of(numbers.score(one.score)),
            Cell.of(numbers.score(one.aim)),
            _place(one.where),
        )
    )


def _place(where: Placed | None) -> Cell:
    if where is None:
        return Cell.of(NOTHING)
    notes = (text("borderline"),) if where.borderline else ()
    return Cell.mark(QUARTERS[where.quarter], *notes)


def _notes(insight: Insight) -> tuple[Text, ...]:
    n, r2 = insight.figures.get("n"), insight.figures.get("r2")
    basis = text(
        "From {n} cases and more; together the dimensions explain {share} of the differences. "
        "The same rank with =: not told apart.",
        n=numbers.count(int(n or 0)),
        share=f"{100 * (r2 or 0):.0f}%",
    )
    return (basis, *insight.notes)
