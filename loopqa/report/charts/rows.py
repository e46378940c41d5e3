"""What charts with labelled rows share: their room, the height of a row, the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.report import theme
from loopqa.report.charts.lettering import wrapped
from loopqa.report.charts.marks import Frame, Layer, Rows, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopqa.language import Text

ROW = 38  #: px from one row to the next
LINE = 15  #: px from one line of a label to the next


@dataclass(frozen=True)
class Layout:
    """Room of a chart: all its width, and the part that row labels take, in pixels."""

    width: int
    label: int

    @property
    def wide(self) -> bool:
        """Whether panels fit side by side."""
        return self.width > 500


WIDE = Layout(752, 152)  #: for a page
NARROW = Layout(328, 100)  #: for a phone


def middle(row: int) -> float:
    """Height of the middle of a row, in pixels from the top."""
    return row * ROW + ROW / 2


def stacked(row: int, lines: Sequence[str], colour: str) -> Rows:
    """The lines of a label one below the other around the middle of its row."""
    top = middle(row) - (len(lines) - 1) * LINE / 2
    return [
        {"x": 0, "y": top + LINE * step, "text": line, "colour": colour}
        for step, line in enumerate(lines)
    ]


def row_labels(frame: Frame, labels: Sequence[Text], layout: Layout, language: str) -> Layer:
    """Labels left of the plot area, at most two lines each."""
    most = layout.label / theme.SIZE - 1
    rows: Rows = []
    for at, label in enumerate(labels):
        rows += stacked(at, wrapped(label.render(language), most), theme.INK)
    return words(frame, rows, at=-layout.label)
