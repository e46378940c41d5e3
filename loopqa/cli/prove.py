"""``loopqa prove``: how often LoopQA and the naive practices are fooled, on simulated worlds."""

from __future__ import annotations

import click

from loopqa.cli.options import json_option
from loopqa.cli.output import progress, tell_json
from loopqa.language import text

WORLDS = ("standard", "varied", "kpi", "all")


@click.command()
@click.option("--cycles", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), help="Default: a new one, which is printed.")
@click.option(
    "--worlds",
    type=click.Choice(WORLDS),
    default="all",
    show_default=True,
    help="How the simulated organisations are made.",
)
@click.option(
    "--workspaces",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Cycles through a whole workspace, besides.",
)
@click.option(
    "--processes", type=click.IntRange(min=1), help="Default: one a core; only the speed depends."
)
@json_option
def command(
    cycles: int,
    seed: int | None,
    worlds: str,
    workspaces: int,
    processes: int | None,
    as_json: bool,
) -> int:
    """Simulate service organisations with known effects and have them judged.

    The exit code is 1 if LoopQA breaks its promise: false "improved" or "worsened" significantly
    above 5 %, in all or in any part of the table, a verdict where none is possible, or a cycle
    through a workspace that loses or doubles anything.
    """
    import secrets

    from loopqa.cli.proof_table import show_proof
    from loopqa.engine.proving.battery import battery
    from loopqa.engine.proving.evidence import Make
    from loopqa.engine.proving.summary import summed_up

    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    with progress() as watch:
        stage, total = str(text("simulated cycles")), cycles + workspaces
        done = battery(
            cycles,
            chosen,
            makes=tuple(Make) if worlds == "all" else (Make(worlds),),
            loops=workspaces,
            processes=processes,
            watch=(lambda n: watch(stage, n, total)) if watch else None,
        )
    proof = summed_up(done)
    if as_json:
        tell_json(proof.to_dict())
    else:
        show_proof(proof)
    return 0 if proof.holds else 1
