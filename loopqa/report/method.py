"""Section 1 and the footer: where the figures come from, and what seals them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loopqa.language import Text, text
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.reading import dimensions
from loopqa.report.vocabulary import STATES, WAVE_KINDS
from loopqa.report.words import Named, joined, named, period, plain

if TYPE_CHECKING:
    from loopqa.model.cycle import Snapshot
    from loopqa.model.window import Window
    from loopqa.report.reading import DimensionReading, IndicatorReading
    from loopqa.report.report_input import ReportInput

Facts = tuple[tuple[Text, Text], ...]


def method_facts(source: ReportInput) -> Facts:
    """What was evaluated, by which rules."""
    wave, rubric = source.wave, source.rubric
    facts = [
        (
            text("Window"),
            _window(wave.window),
        ),
        (text("Occasion"), WAVE_KINDS[wave.kind]),
        (
            text("Rubric"),
            text("{title}, version {version}", title=named(rubric.title), version=rubric.version),
        ),
        (text("Rated by"), _raters(source)),
        (text("Scale"), plain(f"{rubric.scale.low:g} – {rubric.scale.high:g}")),
    ]
    if wave.revision > 1:
        facts.insert(1, (text("Revision"), text("{n}: late data was added", n=wave.revision)))
    facts += _rules(source)
    if rubric.review_by:
        facts.append((text("Rubric to be revised by"), plain(rubric.review_by)))
    return tuple(facts)


def _window(window: Window) -> Text:
    """The window's name with its days; a window without a name is its days already."""
    name = period(window)
    if not isinstance(name, Named) or window.days == 1:
        return name
    return joined((name, plain(f"({window.start} – {window.end})")), " ")


def _raters(source: ReportInput) -> Text:
    """Rater groups of the rubric with their share of the blend, where there is one."""
    groups = dict.fromkeys(rater for one in source.rubric.dimensions for rater in one.raters)
    weights = source.rubric.blend.weights
    if len(groups) < 2 or not weights:
        return joined(source.rater_name(rater) for rater in groups)
    return joined(
        joined((source.rater_name(rater), plain(f"{weights.get(rater, 0) * 100:g}%")), " ")
        for rater in groups
    )


def _rules(source: ReportInput) -> list[tuple[Text, Text]]:
    rule, decide = source.rubric.finding, source.rubric.decide
    facts = []
    if rule.below is not None:
        facts.append(
            (
                text("A finding"),
                text(
                    "score below {below}; with fewer than {n} answers it is only watched",
                    below=f"{rule.below:g}",
                    n=rule.min_n,
                ),
            )
        )
    facts.append(
        (
            text("A verdict"),
            text(
                "one-sided confidence {confidence}; changes within ±{margin} count as not material",
                confidence=f"{decide.confidence * 100:g}%",
                margin=f"{decide.material_change:g}",
            ),
        )
    )
    return facts


def rows_table(source: ReportInput) -> Table:
    """Rows read, loaded and rejected, by input."""
    columns = (
        Column(text("Input")),
        Column(text("Rows read"), number=True),
        Column(text("Loaded"), number=True),
        Column(text("Rejected"), number=True),
    )
    rows = [
        _counts(Cell.of(one.input), one.read, one.loaded, one.rejected)
        for one in source.wave.snapshots
    ]
    total = source.scores.get("rows")
    if total and len(rows) != 1:
        whole = _counts(Cell(text("All")), total["read"], total["loaded"], total["rejected"])
        rows.append(Row(whole.cells, strong=True))
    cases = (total or {}).get("cases")
    notes = () if cases is None else (text("The loaded rows make {n} cases.", n=cases),)
    return Table(text("Rows of the inputs"), columns, tuple(rows), notes=notes)


def _counts(name: Cell, *counts: int) -> Row:
    return Row((name, *(Cell.of(numbers.count(n)) for n in counts)))


def rejected_table(source: ReportInput) -> Table | None:
    """Why rows were rejected, counted by file, column and reason; values are not repeated here."""
    kept = source.scores.get("rejected", ())
    if not kept:
        return None
    found = Counter((row["file"], row["column"] or "", row["reason"]) for row in kept)
    rows = tuple(
        Row((Cell.of(file), Cell.of(column), Cell(Text(reason)), Cell.of(numbers.count(n))))
        for (file, column, reason), n in found.most_common()
    )
    columns = (
        Column(text("File")),
        Column(text("Column")),
        Column(text("Reason"), prose=True),
        Column(text("Rows"), number=True),
    )
    total = (source.scores.get("rows") or {}).get("rejected", len(kept))
    notes: tuple[Text, ...] = ()
    if total > len(kept):
        notes = (
            text("Of {total} rejected rows the first {n} are counted.", total=total, n=len(kept)),
        )
    return Table(text("Rejected rows by reason"), columns, rows, notes)


def states_table(source: ReportInput) -> Table | None:
    """Five kinds of answers, by indicator."""
    entries = [(d, i) for d in dimensions(source.scores) for i in d.indicators]
    if not entries:
        return None
    columns = (
        Column(text("Indicator")),
        Column(text("Rated by")),
        *(Column(word, number=True) for word in STATES.values()),
    )
    rows = tuple(_states_row(source, d, i) for d, i in entries)
    return Table(text("Answers by state"), columns, rows)


def _states_row(source: ReportInput, dimension: DimensionReading, entry: IndicatorReading) -> Row:
    known = source.indicator(dimension.id, entry.id)
    title = named(known.title) if known else plain(entry.id)
    cells = (
        Cell(title, notes=(source.dimension_name(dimension.id),)),
        Cell(source.rater_name(entry.rater)),
        *(_state_cell(entry, state) for state in STATES),
    )
    return Row(cells)


def _state_cell(entry: IndicatorReading, state: str) -> Cell:
    if entry.small and entry.n and state == "answered":
        return Cell(text("under 5"))
    return Cell.of(numbers.count(entry.states.get(state, 0)))


def seals(source: ReportInput) -> Facts:
    """Hashes by which the report can be checked, and how to make it again."""
    return (
        (text("Rubric hash"), plain(source.wave.rubric_hash)),
        *((_snapshot_name(one), plain(one.sha256)) for one in source.wave.snapshots),
        (text("Digest of the evidence"), plain(source.wave.digest)),
        (text("Audit head"), plain(source.audit_head)),
        (text("Made again by"), plain(source.command)),
    )


def _snapshot_name(snapshot: Snapshot) -> Text:
    return text("Snapshot {input}", input=snapshot.input)
