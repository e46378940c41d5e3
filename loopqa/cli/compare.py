"""``loopqa compare``: did it move, and can that be put down to the action?"""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.options import Number, json_option, pairs
from loopqa.cli.output import progress, table, tell, tell_json
from loopqa.cli.verdict import (
    change_text,
    interval_text,
    level_text,
    moved_line,
    outcome_line,
    show_judgement,
)
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.verdict import Judgement


@click.command()
@click.argument("rubric")
@click.argument("data", nargs=-1)
@click.option("--before", required=True, metavar="WINDOW|FILE")
@click.option("--after", required=True, metavar="WINDOW|FILE")
@click.option("--history", multiple=True, metavar="WINDOW|FILE", help="Earlier windows.")
@click.option("--at", metavar="COLUMN", help="The date column.")
@click.option("--scope", multiple=True, metavar="COLUMN=VALUE", help="Where the action took place.")
@click.option("--no-comparison", is_flag=True, help="Leave out what lies outside the scope.")
@click.option(
    "--asked",
    type=click.Choice(["random", "same", "low"]),
    default="random",
    help="Who answered the follow-up.",
)
@click.option("--low-at-most", type=Number(), default=2.0, help="With --asked low.")
@click.option(
    "--flagged",
    type=click.Choice(["lowest", "below", "named"]),
    default="lowest",
    help="Why this cell was chosen.",
)
@click.option("--customer", metavar="COLUMN", help="Identifies customers.")
@click.option("--case", metavar="COLUMN", help="Number of the case, for blends of raters.")
@click.option("--cluster", multiple=True, metavar="COLUMN", help="Team, agent: coarse to fine.")
@click.option("--dimension", multiple=True, metavar="ID", help="Named before the re-survey.")
@click.option("--mode-changed", type=click.Choice(["scope", "both"]))
@click.option("--exclude", multiple=True, metavar="COLUMN=VALUE", help="Another action runs there.")
@click.option("--rollout", metavar="FILE", help="Clusters and first days, drawn by lot.")
@click.option(
    "--invited",
    multiple=True,
    metavar="PERIOD=N",
    help="How many were asked: before=400 after=350, comparison-before, comparison-after.",
)
@click.option("--workflow", type=click.Path(path_type=Path), help="Says how columns are called.")
@click.option("--material-change", type=Number())
@click.option("--local-drift", type=Number())
@json_option
def command(
    rubric: str,
    data: tuple[str, ...],
    before: str,
    after: str,
    history: tuple[str, ...],
    at: str | None,
    scope: tuple[str, ...],
    no_comparison: bool,
    asked: str,
    low_at_most: float,
    flagged: str,
    customer: str | None,
    case: str | None,
    cluster: tuple[str, ...],
    dimension: tuple[str, ...],
    mode_changed: str | None,
    exclude: tuple[str, ...],
    rollout: str | None,
    invited: tuple[str, ...],
    workflow: Path | None,
    material_change: float | None,
    local_drift: float | None,
    as_json: bool,
) -> None:
    """Compare two windows (2026-03-01..2026-03-31) of DATA, or two files, by RUBRIC."""
    from loopqa.engine.evaluate import compare

    with progress() as watch:
        result = compare(
            rubric,
            list(data) or None,
            before=before,
            after=after,
            history=list(history) or None,
            at=at,
            scope=pairs(scope, "--scope"),
            comparison=not no_comparison,
            asked=asked,
            low_at_most=low_at_most,
            flagged=flagged,
            customer=customer,
            case=case,
            cluster=cluster or None,
            dimensions=dimension or None,
            mode_changed=mode_changed,
            exclude=pairs(exclude, "--exclude"),
            rollout=rollout,
            workflow=workflow,
            material_change=material_change,
            local_drift=local_drift,
            invited=_counts(invited),
            progress=watch,
        )
    if as_json:
        tell_json(result.to_dict())
        return
    _show(result.verdicts)
    if result.secondary:
        tell()
        tell(text("not named beforehand, so they decide nothing:"))
        tell(moved_line(result.secondary))


def _counts(invited: tuple[str, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, (count, *_) in pairs(invited, "--invited").items():
        if not count.isdecimal():
            raise UsageError(
                text("'{value}' is no number", value=count),
                hint=text("write it like --invited before=400 --invited after=350"),
            )
        counts[name] = int(count)
    return counts


def _show(verdicts: tuple[Judgement, ...]) -> None:
    headings = [
        text("dimension"),
        text("before"),
        text("after"),
        text("change"),
        text("95 % interval"),
        text("verdict"),
    ]
    table(headings, [_row(one) for one in verdicts], right=(1, 2, 3, 4), free=(0, 5))
    for number, judged in enumerate(verdicts):
        tell()
        tell(judged.about)
        show_judgement(judged, after=verdicts[number - 1] if number else None)


def _row(judged: Judgement) -> list[object]:
    change = judged.change
    return [
        judged.about,
        level_text(judged.before.mean, judged.unit),
        level_text(judged.after.mean, judged.unit),
        change_text(change.difference, judged.change_unit),
        interval_text(change.interval, judged.change_unit),
        outcome_line(judged),
    ]
