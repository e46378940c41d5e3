"""``loopqa score``: scores of data at hand, without a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.cards import show_card
from loopqa.cli.options import json_option, pairs
from loopqa.cli.output import progress, say, tell, tell_json
from loopqa.errors import UsageError
from loopqa.language import Text, text
from loopqa.model.rubric import Rubric
from loopqa.model.score import RejectedRow, Rows, ScoreResult


@click.command()
@click.argument("rubric")
@click.argument("data", nargs=-1)
@click.option("--workflow", type=click.Path(path_type=Path), help="Says how columns are called.")
@click.option("--map", "mapping", multiple=True, metavar="INDICATOR=COLUMN")
@click.option("--by", multiple=True, metavar="COLUMN", help="Scores for every value of COLUMN.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only these cases.")
@json_option
def command(
    rubric: str,
    data: tuple[str, ...],
    workflow: Path | None,
    mapping: tuple[str, ...],
    by: tuple[str, ...],
    where: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score DATA by RUBRIC.

    RUBRIC is a file or the name of a shipped rubric (`loopqa rubric list`). DATA are files, bare or
    as rater=file; bare files are stacked as one input.
    """
    from loopqa.engine.evaluate import score
    from loopqa.engine.standard import standard

    if not data and workflow is None:
        raise UsageError(text("no data was given"), hint=text("name at least one data file"))
    used = standard(rubric).rubric
    with progress() as watch:
        result = score(
            used,
            list(data) or None,
            workflow=workflow,
            map={name: values[-1] for name, values in pairs(mapping, "--map").items()},
            by=by,
            where=pairs(where, "--where"),
            progress=watch,
        )
    if as_json:
        tell_json(result.to_dict())
        return
    _show(result, used)


def _show(result: ScoreResult, rubric: Rubric) -> None:
    say(rows_line(result.rows))
    tell_rejected(result.rejected, result.rows.rejected)
    show_card(result.card, rubric)
    for segment in result.segments:
        tell()
        tell(", ".join(f"{column}={value}" for column, value in segment.by.items()))
        show_card(segment.card, rubric)


def rows_line(rows: Rows) -> Text:
    """How many rows (or events) were read, loaded and rejected."""
    if rows.cases is not None:
        return text(
            "{read} rows read, {loaded} loaded as {cases} cases, {rejected} rejected",
            read=rows.read,
            loaded=rows.loaded,
            cases=rows.cases,
            rejected=rows.rejected,
        )
    return text(
        "{read} rows read, {loaded} loaded, {rejected} rejected",
        read=rows.read,
        loaded=rows.loaded,
        rejected=rows.rejected,
    )


def tell_rejected(rejected: tuple[RejectedRow, ...], total: int, *, at_most: int = 5) -> None:
    """The first rejected rows with their places, and how many more there are."""
    for row in rejected[:at_most]:
        place = ":".join(str(part) for part in (row.file, row.row, row.column) if part is not None)
        say(
            f"  {place}: {Text(row.reason, {'value': row.value})}"
            + (f" ({row.value})" if row.value is not None else "")
        )
    if total > at_most:
        say(text("  ... and {n} more", n=total - at_most))
