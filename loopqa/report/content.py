"""The whole report as records without a language: what is told, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from loopqa.report.actions import action_table
from loopqa.report.distribution import distribution_figure, segment_tables
from loopqa.report.drivers import driver_view
from loopqa.report.effects import effect_figure, secondary_table, unit_figures, verdict_cards
from loopqa.report.findings import finding_cards, finding_table
from loopqa.report.indicators import indicator_table
from loopqa.report.method import (
    method_facts,
    rejected_table,
    rows_table,
    seals,
    states_table,
)
from loopqa.report.recovery import recovery_table
from loopqa.report.report_input import ReportInput
from loopqa.report.samples import sample_view
from loopqa.report.scores import score_figure, score_table
from loopqa.report.summary import summary, tiles
from loopqa.report.trend import trend_figure
from loopqa.report.words import named, period

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.report.blocks import Figure, Table
    from loopqa.report.drivers import DriverView
    from loopqa.report.effects import VerdictCard
    from loopqa.report.findings import FindingCard
    from loopqa.report.method import Facts
    from loopqa.report.samples import SampleView
    from loopqa.report.summary import Tile


@dataclass(frozen=True)
class Content:
    """Everything the page shows, section by section."""

    title: Text
    period: Text
    generated: str  #: local time of the workspace, to the minute
    summary: Text
    tiles: tuple[Tile, ...]
    method: Facts
    rows: Table
    rejected: Table | None
    states: Table | None
    sample: SampleView | None
    score_figure: Figure | None
    scores: Table
    indicators: Table | None
    distribution: Figure | None
    segments: tuple[Table, ...]
    findings: tuple[FindingCard, ...]
    more_findings: Table | None
    drivers: DriverView | None
    effects: Figure | None
    unit_effects: tuple[Figure, ...]  #: of verdicts told in other units than the first ones
    verdicts: tuple[VerdictCard, ...]
    secondary: Table | None
    recovery: Table | None
    trend: Figure | None
    actions: Table
    seals: Facts

    @property
    def has_slices(self) -> bool:
        """Whether some finding has a table of slices, whose columns want explaining."""
        return any(view.of_slices for card in self.findings for view in card.insights)


def content(source: ReportInput) -> Content:
    """Work out all that the report says; pure, and the same for every language."""
    made = source.generated_at.astimezone(ZoneInfo(source.time_zone))
    return Content(
        title=named(source.workflow.title),
        period=period(source.wave.window),
        generated=f"{made:%Y-%m-%d %H:%M} ({source.time_zone})",
        summary=summary(source),
        tiles=tiles(source),
        method=method_facts(source),
        rows=rows_table(source),
        rejected=rejected_table(source),
        states=states_table(source),
        sample=sample_view(source),
        score_figure=score_figure(source),
        scores=score_table(source),
        indicators=indicator_table(source),
        distribution=distribution_figure(source),
        segments=segment_tables(source),
        findings=finding_cards(source),
        more_findings=finding_table(source),
        drivers=driver_view(source),
        effects=effect_figure(source),
        unit_effects=unit_figures(source),
        verdicts=verdict_cards(source),
        secondary=secondary_table(source),
        recovery=recovery_table(source),
        trend=trend_figure(source),
        actions=action_table(source),
        seals=seals(source),
    )


__all__ = ["Content", "ReportInput", "content"]
