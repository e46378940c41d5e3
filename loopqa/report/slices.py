"""What the analyses say about a finding: where it sits, as a table; others in their own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.privacy import is_small
from loopqa.report.voices import CASES, THEMES, case_table, theme_table
from loopqa.report.words import scope_words

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.analysis import Insight, Lead
    from loopqa.model.cycle import Finding
    from loopqa.report.report_input import ReportInput

SLICES = "slices"  #: the analyser whose leads are shown as a table

#: notes of that analyser which hold for every finding: told once, below all of them
_OF_ALL = (text("at most about one in ten of those named can be there by chance"),)


@dataclass(frozen=True)
class InsightView:
    """One analysis as the reader meets it."""

    text: Text
    table: Table | None
    lines: tuple[Text, ...]  #: leads that are not in the table
    notes: tuple[Text, ...]
    of_slices: bool = False  #: whether the table is one of slices


def insights(source: ReportInput, finding: Finding) -> tuple[InsightView, ...]:
    """What was found out about a finding; nothing about a group too small to be shown.

    An analysis without a single figure had nothing to look into, and is left out.
    """
    if is_small(finding.n):
        return ()
    return tuple(
        _view(source, one.analyser, one.insight)
        for one in source.analyses
        if one.finding == finding.id and (one.insight.figures or one.insight.leads)
    )


def _view(source: ReportInput, analyser: str, insight: Insight) -> InsightView:
    if analyser == THEMES and insight.leads:
        return InsightView(insight.text, theme_table(insight), (), insight.notes)
    if analyser == CASES and insight.leads:
        return InsightView(insight.text, case_table(source, insight), (), insight.notes)
    if analyser != SLICES:
        lines = tuple(lead.text for lead in insight.leads)
        return InsightView(insight.text, None, lines, insight.notes)
    table = _table(insight)
    return InsightView(insight.text, table, (), () if table else insight.notes, table is not None)


def _table(insight: Insight) -> Table | None:
    rows = tuple(_row(lead) for lead in insight.leads)
    if not rows:
        return None
    columns = (
        Column(text("Where"), prose=True),
        Column(text("n"), number=True),
        Column(text("Mean"), number=True),
        Column(text("Elsewhere"), number=True),
        Column(text("Shrunk mean"), number=True),
        Column(text("Lowers the whole by"), number=True),
    )
    notes = tuple(note for note in insight.notes if note not in _OF_ALL)
    return Table(text("Slices that score lower than the rest"), columns, rows, notes)


def _row(lead: Lead) -> Row:
    found = lead.figures
    shown = (found.get(name) for name in ("mean", "rest", "shrunk", "contribution"))
    n = found.get("n")
    cells = (
        Cell(scope_words(lead.scope)),
        Cell.of(numbers.count(None if n is None else int(n))),
        *(Cell.of(numbers.score(value)) for value in shown),
    )
    return Row(cells)
