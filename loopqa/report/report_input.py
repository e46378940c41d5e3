"""What a report is made from: records of one workflow, handed in by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import local_day
from loopqa.model.cycle import WaveKind, WaveState
from loopqa.model.rubric import Label
from loopqa.report.vocabulary import rater_words
from loopqa.report.words import named, plain

if TYPE_CHECKING:
    from datetime import date, datetime

    from loopqa.language import Text
    from loopqa.model.analysis import Analysis
    from loopqa.model.cycle import Action, Finding, Note, ReSurvey, Verdict, Wave
    from loopqa.model.rubric import Dimension, Indicator, Rubric
    from loopqa.model.workflow import Workflow
    from loopqa.report.reading import Document

_TREND_LENGTH = 24


@dataclass(frozen=True)
class ReportInput:
    """All that one report tells; nothing is read from anywhere else."""

    rubric: Rubric
    workflow: Workflow
    wave: Wave
    audit_head: str  #: hash of the last entry of the audit chain
    generated_at: datetime  #: aware
    command: str  #: rebuilds the file
    languages: tuple[str, ...] = ("en",)
    time_zone: str = "UTC"  #: of the workspace: decides what "today" is
    previous: Wave | None = None  #: the routine wave before, for changes
    waves: tuple[Wave, ...] = ()  #: for the trend, in any order; the wave itself may be among them
    findings: tuple[Finding, ...] = ()
    actions: tuple[Action, ...] = ()
    resurveys: tuple[ReSurvey, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[Note, ...] = ()
    analyses: tuple[Analysis, ...] = ()  #: the latest of each finding, and those of the wave

    @cached_property
    def today(self) -> date:
        """The day of the report in the workspace's time zone."""
        return local_day(self.generated_at, self.time_zone)

    @property
    def scores(self) -> Document:
        """The wave's ``loopqa.score/1`` document."""
        return self.wave.scores

    @cached_property
    def trend(self) -> tuple[Wave, ...]:
        """The last of :attr:`series`, as many as a chart can hold."""
        return self.series[-_TREND_LENGTH:]

    @cached_property
    def series(self) -> tuple[Wave, ...]:
        """Complete waves up to this one, oldest first, one per window.

        The wave of a re-survey stands in only for a window that has no other.
        """
        latest: dict[date, Wave] = {}
        for wave in sorted((*self.waves, self.wave), key=_rank):
            if _is_standing(wave) and wave.window.end <= self.wave.window.end:
                latest[wave.window.start] = wave
        return tuple(latest[start] for start in sorted(latest))

    @cached_property
    def standing_verdicts(self) -> tuple[Verdict, ...]:
        """Verdicts that late data has not overturned: newest first, named dimensions first."""
        return tuple(
            sorted(
                (verdict for verdict in self.verdicts if not verdict.stale),
                key=lambda one: (
                    -one.reached_at.timestamp(),
                    -one.action,
                    -one.round,
                    not one.judgement.primary,
                    one.id,
                ),
            )
        )

    @cached_property
    def latest_verdicts(self) -> tuple[Verdict, ...]:
        """Of every action, the verdicts of its last judged round."""
        rounds: dict[int, int] = {}
        for one in self.standing_verdicts:
            rounds[one.action] = max(one.round, rounds.get(one.action, 0))
        return tuple(one for one in self.standing_verdicts if one.round == rounds[one.action])

    def dimension(self, name: str) -> Dimension | None:
        """The rubric's dimension with this id, or with this id in an earlier version."""
        for dimension in self.rubric.dimensions:
            if name in (dimension.id, dimension.was):
                return dimension
        return None

    def dimension_name(self, name: str) -> Text:
        """A dimension's title; its id where the rubric no longer has it."""
        dimension = self.dimension(name)
        return named(dimension.title) if dimension else plain(name)

    def rater_name(self, rater: str) -> Text:
        """A rater group's title in the rubric; else its usual name, or its id."""
        title = self.rubric.raters.get(rater, {}).get("title")
        return named(title) if isinstance(title, Label) else rater_words(rater)

    def indicator(self, dimension: str, name: str) -> Indicator | None:
        """The rubric's indicator with this id."""
        owner = self.dimension(dimension)
        for indicator in owner.indicators if owner else ():
            if indicator.id == name:
                return indicator
        return None


def _rank(wave: Wave) -> tuple[bool, int]:
    """Order in which waves of one window replace each other."""
    return wave.kind is not WaveKind.RE_SURVEY, wave.revision


def _is_standing(wave: Wave) -> bool:
    """Whether a wave is complete and not replaced."""
    return wave.state is WaveState.DONE and not wave.stale
