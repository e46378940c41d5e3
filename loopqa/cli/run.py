"""``loopqa run``: evaluate a window and open what falls short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loopqa.cli.options import Days, json_option, workspace
from loopqa.cli.output import progress, say, table, tell, tell_json
from loopqa.cli.sample import drawn_line, tell_list
from loopqa.cli.score import rows_line, tell_rejected
from loopqa.cli.units import show_scores
from loopqa.language import text
from loopqa.model.cycle import Finding, finding_ref, scope_text
from loopqa.model.window import Window

if TYPE_CHECKING:
    from loopqa.engine.run_report import RunReport


@click.command()
@click.argument("workflow", required=False)
@click.option("--window", type=Days(), help="Default: the last whole period.")
@click.option("--again", is_flag=True, help="Read the inputs anew; late data makes a new revision.")
@click.option("--land-anew", is_flag=True, help="Read incremental inputs from the start again.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@json_option
def command(
    workflow: str | None,
    window: Window | None,
    again: bool,
    land_anew: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Evaluate a window of WORKFLOW (may be left out if there is only one)."""
    from loopqa.engine.run import run_workflow

    with workspace() as ws, progress() as watch:
        report = run_workflow(
            ws,
            workflow or ws.only_workflow(),
            window=window,
            again=again,
            dry_run=dry_run,
            anew=land_anew,
            progress=watch,
        )
    if as_json:
        tell_json(report.to_dict())
        return
    tell_run(report)


def tell_run(report: RunReport) -> None:
    """What a run did, and what to do next."""
    for warning in report.warnings:
        say(text("warning: {text}", text=warning))
    if report.unchanged:
        tell(text("{window} is evaluated already, nothing new", window=str(report.window)))
        if not report.rows.read:  # with --again it was looked for
            say(text("--again looks for late data"))
    else:
        _tell_reading(report)
    if report.falling_short is not None:
        _tell_rehearsal(report, report.falling_short)
        return
    show_scores(report)
    if not report.unchanged:
        _tell_findings(report)
    _tell_drawing(report)
    _tell_reports(report)


def _tell_reading(report: RunReport) -> None:
    """Rows, how they were read, and which window they led to."""
    say(rows_line(report.rows))
    for note in report.notes:
        say(note)
    tell_rejected(report.rejected, report.rows.rejected)
    if report.missed is not None:
        say(
            text(
                "no case lies in {missed}: this first run evaluates {window}, the last window "
                "with enough cases",
                missed=str(report.missed),
                window=str(report.window),
            )
        )


def _tell_rehearsal(report: RunReport, falling_short: int) -> None:
    tell(
        text(
            "{workflow} {window}: cells that fall short: {n}; nothing was written",
            workflow=report.workflow,
            window=str(report.window),
            n=falling_short,
        )
    )


def _tell_findings(report: RunReport) -> None:
    """History, findings and analyses of a wave that was added."""
    if report.backfilled:
        say(text("history: {n} earlier windows filled in", n=len(report.backfilled)))
    tell(
        text(
            "{workflow} {window}: new findings: {opened}, seen again: {seen}",
            workflow=report.workflow,
            window=str(report.window),
            opened=len(report.opened),
            seen=len(report.seen),
        )
    )
    if report.analyses:
        kinds = dict.fromkeys(one.analyser for one in report.analyses)
        tell(text("analysed: {n} ({kinds})", n=len(report.analyses), kinds=", ".join(kinds)))
    if report.opened:
        table(
            [text("id"), text("dimension"), text("where"), text("score"), text("n")],
            [_row(one) for one in report.opened],
            right=(3, 4),
            free=(1, 2),
        )
        say(text("next: loopqa finding show {finding}", finding=finding_ref(report.opened[0].id)))


def _tell_drawing(report: RunReport) -> None:
    if report.drawing is not None and report.drawing.fresh:
        tell(drawn_line(report.drawing.sample))
        tell_list(report.drawing.sample, None)


def _tell_reports(report: RunReport) -> None:
    for path in report.reports:
        tell(text("report {path}", path=str(path)))


def _row(finding: Finding) -> list[object]:
    where = scope_text(finding.scope) or text("everywhere")
    return [finding_ref(finding.id), finding.dimension, where, finding.score, finding.n]
