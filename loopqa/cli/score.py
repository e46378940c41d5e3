"""``loopqa score``: scores of data at hand, without a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.options import json_option, pairs
from loopqa.cli.output import progress, say, table, tell, tell_json
from loopqa.errors import UsageError
from loopqa.language import Text, text
from loopqa.model.score import DimensionScore, Grade, RejectedRow, ScoreCard, ScoreResult


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

    if not data and workflow is None:
        raise UsageError(text("no data was given"), hint=text("name at least one data file"))
    with progress() as watch:
        result = score(
            rubric,
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
    _show(result)


def _show(result: ScoreResult) -> None:
    say(rows_line(result))
    tell_rejected(result.rejected, result.rows.rejected)
    show_card(result.card)
    for segment in result.segments:
        tell()
        tell(", ".join(f"{column}={value}" for column, value in segment.by.items()))
        show_card(segment.card)


def rows_line(result: ScoreResult) -> Text:
    """How many rows were read, loaded and rejected."""
    return text(
        "{read} rows read, {loaded} loaded, {rejected} rejected",
        read=result.rows.read,
        loaded=result.rows.loaded,
        rejected=result.rows.rejected,
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


def show_card(card: ScoreCard) -> None:
    """A score card as a table, the composite last."""
    headings = [
        text("dimension"),
        text("n"),
        text("score"),
        text("interval"),
        text("top"),
        text("bottom"),
        text("target"),
        text("gap"),
        text("grade"),
    ]
    rows = [_row(dimension) for dimension in card.dimensions]
    rows.append(
        [
            text("composite"),
            card.composite.n,
            card.composite.score,
            "",
            "",
            "",
            "",
            "",
            text("lowest {minimum}", minimum=_plain(card.composite.minimum)),
        ]
    )
    table(headings, rows, right=(1, 2, 3, 4, 5, 6, 7), free=(0, 8))


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _row(dimension: DimensionScore) -> list[object]:
    interval = dimension.interval
    return [
        dimension.id,
        dimension.n,
        dimension.score,
        f"{interval[0]:.2f} .. {interval[1]:.2f}" if interval else "-",
        _share(dimension.top_share),
        _share(dimension.bottom_share),
        "-" if dimension.target is None else f"{dimension.target:g}",
        "-" if dimension.gap is None else f"{dimension.gap:+.2f}",
        _grade(dimension.grade),
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _grade(grade: Grade) -> Text | str:
    words: dict[Grade, Text | str] = {
        Grade.MET: text("met"),
        Grade.MISSED: text("missed"),
        Grade.NOT_SHOWN: text("not shown"),
        Grade.NONE: "-",
    }
    return words[grade]
