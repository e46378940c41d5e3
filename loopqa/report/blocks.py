"""What a report is made of: tables, figures and the plots inside them, all without a language."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loopqa.report.vocabulary import Mark, Tone
from loopqa.report.words import NOTHING, plain

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.score import Interval


@dataclass(frozen=True)
class Column:
    """A table column; figures are right-aligned with tabular digits, prose may wrap."""

    title: Text
    number: bool = False
    prose: bool = False
    fixed: bool = False  #: never wraps: dates, signs with a word


@dataclass(frozen=True)
class Cell:
    """One cell: a sign and words in a tone, further lines below in small type."""

    words: Text
    tone: Tone = Tone.PLAIN
    sign: str = ""
    notes: tuple[Text, ...] = ()
    link: str = ""  #: id of a place in the same page
    warning: Text | None = None  #: a line that must not be missed, e.g. "3 days late"

    @classmethod
    def of(cls, words: object) -> Cell:
        """A cell that reads the same in every language."""
        return cls(plain(words))

    @classmethod
    def mark(cls, mark: Mark, *notes: Text) -> Cell:
        """A cell with a word of the vocabulary, its sign and its tone."""
        return cls(mark.word, mark.tone, mark.sign, notes)


@dataclass(frozen=True)
class Row:
    """One table row; ``anchor`` is its id in the page."""

    cells: tuple[Cell, ...]
    strong: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption and the notes that belong below it."""

    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Text, ...] = ()

    def without_empty_columns(self) -> Table:
        """The table without columns that hold nothing but dashes."""
        kept = [at for at in range(len(self.columns)) if self._says_something(at)]
        rows = tuple(replace(row, cells=tuple(row.cells[at] for at in kept)) for row in self.rows)
        return replace(self, columns=tuple(self.columns[at] for at in kept), rows=rows)

    def _says_something(self, column: int) -> bool:
        words = (row.cells[column].words.template for row in self.rows)
        return any(one not in ("", NOTHING) for one in words)


@dataclass(frozen=True)
class ScoreRow:
    """One line of a :class:`ScorePlot`."""

    label: Text
    score: float
    interval: Interval | None
    target: float | None
    short: bool  #: below the threshold, or its target missed


@dataclass(frozen=True)
class ScorePlot:
    """Scores with interval and target on the rubric's scale."""

    rows: tuple[ScoreRow, ...]
    scale: tuple[float, float]
    threshold: float | None


@dataclass(frozen=True)
class DistributionRow:
    """One line of a :class:`DistributionPlot`: answers by level, lowest first."""

    label: Text
    counts: tuple[int, ...]


@dataclass(frozen=True)
class DistributionPlot:
    """Shares of answers by level, to the left and right of the middle of the scale."""

    rows: tuple[DistributionRow, ...]
    levels: tuple[Text, ...]


@dataclass(frozen=True)
class ChangeRow:
    """One line of a :class:`ChangePlot`."""

    label: Text
    mark: Mark
    before: float | None
    after: float | None
    estimate: float | None
    interval: Interval | None


@dataclass(frozen=True)
class ChangePlot:
    """Before and after on the scale; beside them the estimated effect with its interval."""

    rows: tuple[ChangeRow, ...]
    scale: tuple[float, float]
    material: tuple[float, float]  #: between these a change is not material


@dataclass(frozen=True)
class ControlLimits:
    """The usual range of a score, from how it has moved from window to window."""

    low: float
    centre: float
    high: float
    windows: int  #: behind it
    provisional: bool


@dataclass(frozen=True)
class TrendPanel:
    """One small chart of a :class:`TrendPlot`: a value per window, None where it is not shown."""

    label: Text
    values: tuple[float | None, ...]
    limits: ControlLimits | None = None


@dataclass(frozen=True)
class TrendPlot:
    """Scores over windows, one panel each on the same scale."""

    panels: tuple[TrendPanel, ...]
    places: tuple[int, ...]  #: day number of each window's start
    ticks: tuple[str, ...]  #: name of each window
    scale: tuple[float, float]
    threshold: float | None
    closings: tuple[int, ...] = ()  #: day numbers on which actions were closed


@dataclass(frozen=True)
class ImportancePoint:
    """One dimension of an :class:`ImportancePlot`."""

    label: Text
    mark: Mark
    share: float  #: 0..1 of what all drivers explain
    share_interval: Interval
    height: float  #: score, or its distance to the dimension's own aim
    height_interval: Interval | None
    borderline: bool


@dataclass(frozen=True)
class ImportancePlot:
    """Scores against shares, cut into quarters at the aim and at an equal share."""

    points: tuple[ImportancePoint, ...]  #: what is to be labelled first comes first
    equal: float
    aim: float  #: 0 where heights are distances
    distances: bool


Plot = ScorePlot | DistributionPlot | ChangePlot | TrendPlot | ImportancePlot


@dataclass(frozen=True)
class Figure:
    """A figure: the title says what was found, the caption what is drawn."""

    id: str
    title: Text
    caption: Text
    plot: Plot
    table: Table | None  #: its data; None where a table of the section already holds them
    data_in: str = ""  #: id of that table
    legend: tuple[tuple[str, Text], ...] = field(default=())  #: (colour, meaning)


@dataclass(frozen=True)
class Facts:
    """Pairs of a word and what it stands for, one per line."""

    pairs: tuple[tuple[Text, Text], ...]
