"""Service recovery: low scorers who answered again, apart from every verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import text
from loopqa.model.cycle import action_ref
from loopqa.report import numbers
from loopqa.report.blocks import Cell, Column, Row, Table
from loopqa.report.privacy import is_small
from loopqa.report.words import plain

if TYPE_CHECKING:
    from loopqa.language import Text
    from loopqa.model.beside import Recovery
    from loopqa.model.cycle import Verdict
    from loopqa.report.report_input import ReportInput


def recovery_table(source: ReportInput) -> Table | None:
    """The low scorers of every judged action's last round; None where none answered again."""
    known = [
        (one, one.judgement.recovery)
        for one in source.latest_verdicts
        if one.judgement.primary and one.judgement.recovery is not None
    ]
    if not known:
        return None
    columns = (
        Column(text("Action")),
        Column(text("Dimension")),
        Column(text("Low scorers"), number=True),
        Column(text("Before"), number=True),
        Column(text("After"), number=True),
        Column(text("Gain"), number=True),
        Column(text("From doing nothing"), number=True),
        Column(text("Beyond that"), number=True),
    )
    rows = tuple(_row(source, verdict, recovery) for verdict, recovery in known)
    return Table(text("Low scorers who answered again"), columns, rows, (_note(known[0][1]),))


def _note(recovery: Recovery) -> Text:
    low, high = recovery.retest
    values = {"low": f"{low:.2f}", "high": f"{high:.2f}"}
    if recovery.measured:
        return text(
            "Customers who scored low score higher the next time even if nothing is done. How "
            "much is worked out from how well a customer's two answers agree (correlation {low} "
            "to {high}, measured). Only what lies beyond, with its 95% interval, can be anybody's "
            "merit; it is never part of a verdict.",
            **values,
        )
    return text(
        "Customers who scored low score higher the next time even if nothing is done. How much is "
        "worked out from how well a customer's two answers usually agree (correlation {low} to "
        "{high}, not measured here). Only what lies beyond, with its 95% interval, can be "
        "anybody's merit; it is never part of a verdict.",
        **values,
    )


def _row(source: ReportInput, verdict: Verdict, recovery: Recovery) -> Row:
    ref = action_ref(verdict.action)
    names = (
        Cell(plain(ref), link=ref),
        Cell(source.dimension_name(verdict.judgement.dimension)),
    )
    if is_small(recovery.n):
        hidden = Cell(text("not shown"))
        return Row((*names, Cell(text("n under 5")), *[hidden] * 5))
    least, most = recovery.expected
    beyond = Cell(
        plain(numbers.signed(recovery.beyond)),
        notes=(plain(numbers.interval(recovery.interval, plus=True)),),
    )
    figures = (
        numbers.count(recovery.n),
        numbers.score(recovery.before),
        numbers.score(recovery.after),
        numbers.signed(recovery.gain),
    )
    expected = text("{least} to {most}", least=numbers.signed(least), most=numbers.signed(most))
    return Row((*names, *(Cell(plain(one)) for one in figures), Cell(expected), beyond))
