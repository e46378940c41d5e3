"""``loopqa sample``: which cases are to be reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopqa.cli.options import Days, Ref, json_option, workspace
from loopqa.cli.output import progress, say, table, tell, tell_json
from loopqa.language import Text, text
from loopqa.model.sample import sample_ref
from loopqa.model.window import Window

if TYPE_CHECKING:
    from loopqa.engine.drawing import Drawing
    from loopqa.model.sample import Coverage, DrawnSample

SAMPLE = Ref("S")

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the reviewers' list: a file that ends in .xlsx or .csv.",
)


@click.group()
def command() -> None:
    """Draw cases for review, and hand reviewers their list."""


@command.command()
@click.argument("workflow", required=False)
@click.option("--window", type=Days(), help="Default: the last whole period.")
@out_option
@json_option
def draw(workflow: str | None, window: Window | None, out: Path | None, as_json: bool) -> None:
    """Draw cases of WORKFLOW for review (may be left out if there is only one).

    The same cases are drawn every time; late cases make a new revision.
    """
    from loopqa.engine.documents import drawing_document
    from loopqa.engine.drawing import draw_sample
    from loopqa.engine.review_lists import export_list

    with workspace() as ws, progress() as watch:
        drawing = draw_sample(ws, workflow or ws.only_workflow(), window=window, progress=watch)
        written = export_list(ws, drawing.sample, out) if out else None
    if as_json:
        tell_json({**drawing_document(drawing), "file": str(written) if written else None})
        return
    _tell_drawing(drawing)
    tell_list(drawing.sample, written)


def _tell_drawing(drawing: Drawing) -> None:
    for warning in drawing.warnings:
        say(text("warning: {text}", text=warning))
    sample = drawing.sample
    if not drawing.fresh:
        tell(
            text("{sample} holds: nothing changed since it was drawn", sample=sample_ref(sample.id))
        )
    elif drawing.before is not None:
        tell(
            text(
                "{sample} replaces {before}: {added} cases were added, {left} left",
                sample=sample_ref(sample.id),
                before=sample_ref(drawing.before.id),
                added=drawing.added,
                left=drawing.left,
            )
        )
    _tell_sample(sample)


def drawn_line(sample: DrawnSample) -> Text:
    """How many cases of which window are to be reviewed."""
    return text(
        "{sample} {workflow} {window}: {drawn} of {population} cases are to be reviewed",
        sample=sample_ref(sample.id),
        workflow=sample.workflow,
        window=str(sample.window),
        drawn=f"{sample.drawn:,}",
        population=f"{sample.population:,}",
    )


def _tell_sample(sample: DrawnSample, coverage: Coverage | None = None) -> None:
    tell(drawn_line(sample))
    headings = [text("stratum"), text("cases"), text("drawn")]
    rows = [[one.stratum, f"{one.population:,}", f"{one.drawn:,}"] for one in sample.quotas]
    if coverage is not None:
        headings.append(text("reviewed"))
        rows = [[*row, f"{one.reviewed:,}"] for row, one in zip(rows, coverage.strata, strict=True)]
    table(headings, rows, right=(1, 2, 3), free=(0,))


def tell_list(sample: DrawnSample, written: Path | None) -> None:
    """Where the reviewers' list is, or how to get it."""
    if written is not None:
        tell(text("list {path}", path=str(written)))
        return
    say(
        text(
            "the reviewers' list: loopqa sample show {sample} --out cases.xlsx",
            sample=sample_ref(sample.id),
        )
    )


@command.command()
@click.argument("which", metavar="[WORKFLOW|SAMPLE_ID]", required=False)
@out_option
@json_option
def show(which: str | None, out: Path | None, as_json: bool) -> None:
    """Show a sample: SAMPLE_ID, or the latest of WORKFLOW."""
    from loopqa.calc.coverage import shortfalls
    from loopqa.engine.documents import case_documents, sample_document, showing
    from loopqa.engine.drawing import drawn_cases, named_sample
    from loopqa.engine.review_lists import export_list
    from loopqa.engine.reviewing import coverage_of

    with workspace() as ws:
        sample = named_sample(ws, which)
        coverage = coverage_of(ws, sample)
        cases = case_documents(drawn_cases(ws, sample))
        written = export_list(ws, sample, out) if out else None
    if as_json:
        file = str(written) if written else None
        covered = coverage.to_dict() if coverage else None
        document = sample_document(sample)
        tell_json(showing("sample", document, file=file, coverage=covered, cases=cases))
        return
    _tell_sample(sample, coverage)
    for shortfall in shortfalls(coverage) if coverage else ():
        say(text("warning: {text}", text=shortfall))
    tell_list(sample, written)
