"""``loopqa plan``: which change can be seen with how many answers, before any work is done."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopqa.cli.options import Day, Number, json_option, pairs
from loopqa.cli.output import progress, say, table, tell, tell_json
from loopqa.cli.rollout import Share
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.engine.plans import Plan, PlanResult


@click.command()
@click.argument("rubric")
@click.argument("data", nargs=-1)
@click.option("--n", type=int, help="Answers in the scope and period, instead of those in DATA.")
@click.option("--change", type=Number(), help="Worth seeing; default: the rubric's.")
@click.option("--sd", type=Number(), help="Spread of answers; default: of DATA, or the usual one.")
@click.option("--retest", type=Number(), help="Correlation of a customer's answers; default 0.45.")
@click.option("--comparison/--no-comparison", default=True, help="Survey other cases alike.")
@click.option("--history", type=int, default=0, help="How many earlier windows are known.")
@click.option(
    "--asked",
    type=click.Choice(["random", "same", "low"]),
    default="random",
    help="Who will be asked: a fresh sample, the same customers, or their low scorers.",
)
@click.option("--design-effect", type=Number(), default=1.0, help="Variance due to clusters.")
@click.option("--invited", type=int, help="Customers invited in the scope.")
@click.option("--response", type=Number(), help="Share of them who answer, 0.28 for 28 %.")
@click.option("--clusters", type=int, help="Teams among which lots are drawn.")
@click.option("--steps", type=int, default=1, help="In how many steps they begin.")
@click.option("--holdout", type=Share(), default=None, help="Share of them that waits.")
@click.option("--population", type=int, help="Customers there are; few need fewer answers.")
@click.option("--scope", multiple=True, metavar="COLUMN=VALUE", help="Count only these cases.")
@click.option("--at", metavar="COLUMN", help="The date column of DATA.")
@click.option("--window", metavar="WINDOW", help="Count only this period.")
@click.option("--earlier", metavar="WINDOW", help="With --customer: measures the retest.")
@click.option("--customer", metavar="COLUMN", help="Identifies customers.")
@click.option("--workflow", type=click.Path(path_type=Path), help="Says how columns are called.")
@click.option("--closing", type=Day(), help="With --workflow: when work ends; default: today.")
@json_option
def command(
    rubric: str,
    data: tuple[str, ...],
    n: int | None,
    change: float | None,
    sd: float | None,
    retest: float | None,
    comparison: bool,
    history: int,
    asked: str,
    design_effect: float,
    invited: int | None,
    response: float | None,
    clusters: int | None,
    steps: int,
    holdout: float | None,
    population: int | None,
    scope: tuple[str, ...],
    at: str | None,
    window: str | None,
    earlier: str | None,
    customer: str | None,
    workflow: Path | None,
    closing: date | None,
    as_json: bool,
) -> None:
    """Say which change a re-survey by RUBRIC can see, and how many answers it takes.

    Without DATA give --n, or --invited and --response, to hear which change they show.
    """
    from loopqa.engine.clock import clock_of_environment
    from loopqa.engine.planning import plan

    if closing is None and workflow is not None:
        closing = clock_of_environment().today("UTC")
    with progress() as watch:
        result = plan(
            rubric,
            list(data) or None,
            n=n,
            change=change,
            sd=sd,
            retest=retest,
            comparison=comparison,
            history=history,
            asked=asked,
            design_effect=design_effect,
            invited=invited,
            response=response,
            clusters=clusters,
            steps=steps,
            holdout=holdout or 0.0,
            population=population,
            scope=pairs(scope, "--scope"),
            at=at,
            window=window,
            earlier=earlier,
            customer=customer,
            workflow=workflow,
            closing=closing,
            progress=watch,
        )
    if as_json:
        tell_json(result.to_dict())
        return
    _show(result)


def _show(result: PlanResult) -> None:
    tell(
        text(
            "design {design}; answers are those in the scope and period; seen in 4 of 5 cases",
            design=result.design,
        )
    )
    change = f"{result.plans[0].change:g}"
    headings = [
        text("dimension"),
        text("answers"),
        text("verdict sees"),
        text("verdict on {change} needs", change=change),
        text("sampling alone sees"),
        text("sampling alone needs"),
    ]
    if result.response is not None:
        headings.append(text("invitations"))
    rows = [_row(one, result.response) for one in result.plans]
    table(headings, rows, right=range(1, len(headings)), free=(0,))
    if result.answer is not None:
        tell(
            text(
                "closed on {closing}, the action is re-surveyed in {window}; the verdict is known "
                "on {day}",
                closing=result.answer.closing.isoformat(),
                window=str(result.answer.window),
                day=result.answer.known_on.isoformat(),
            )
        )
    for note in result.notes:
        say(f"- {note}")


def _row(plan: Plan, response: float | None) -> list[object]:
    from loopqa.engine.plans import invitations

    never = text("never") if plan.answers is None else plan.answers
    cells: list[object] = [
        plan.dimension or text("any"),
        plan.n,
        plan.detectable,
        never,
        plan.sampling_detectable,
        plan.sampling_answers,
    ]
    return cells if response is None else [*cells, invitations(plan.answers, response)]
