"""``loopqa prove``: how often LoopQA and the naive practices are fooled, on simulated worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loopqa.cli.options import json_option
from loopqa.cli.output import progress, say, table, tell, tell_json
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.proving.summary import Proof, Row, Share


@click.command()
@click.option("--cycles", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), help="Default: a new one, which is printed.")
@click.option(
    "--processes", type=click.IntRange(min=1), help="Default: one a core; only the speed depends."
)
@json_option
def command(cycles: int, seed: int | None, processes: int | None, as_json: bool) -> int:
    """Simulate service organisations with known effects and have them judged.

    The exit code is 1 if LoopQA breaks its promise: false "improved" or "worsened" significantly
    above 5 %, in all or by any one design.
    """
    import secrets

    from loopqa.engine.proving.battery import cycles as battery
    from loopqa.engine.proving.summary import summed_up

    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    with progress() as watch:
        stage = str(text("simulated cycles"))
        done = battery(
            cycles,
            chosen,
            processes=processes,
            watch=(lambda n: watch(stage, n, cycles)) if watch else None,
        )
    proof = summed_up(done, chosen)
    if as_json:
        tell_json(proof.to_dict())
    else:
        _show(proof)
    return 0 if proof.holds else 1


def _show(proof: Proof) -> None:
    say(
        text(
            "{cycles} simulated cycles, seed {seed}; each an action whose effect is known",
            cycles=proof.cycles,
            seed=proof.seed,
        )
    )
    _table(text("practice"), [(_practice(row.name), row) for row in proof.practices])
    tell()
    tell(text("LoopQA by design (who was asked, and what it was held against):"))
    _table(text("design"), [(row.name, row) for row in proof.designs])
    tell()
    _tell_the_rest(proof)


def _table(first: Text, rows: list[tuple[Text | str, Row]]) -> None:
    headings = [
        first,
        text("no effect"),
        text("false improved"),
        text("false worsened"),
        text("small"),
        text("medium"),
        text("large"),
        text("negative"),
        text("wrong sign"),
    ]
    cells = [
        [
            name,
            row.false_improved.n,
            _with_interval(row.false_improved),
            _with_interval(row.false_worsened),
            *(_plain(share) for share in row.found.values()),
            _plain(row.wrong_sign, digits=1),
        ]
        for name, row in rows
    ]
    table(headings, cells, right=(1, 2, 3, 4, 5, 6, 7, 8))


def _practice(name: str) -> Text | str:
    words: dict[str, Text | str] = {
        "mean": text("mean went up"),
        "t-test": text("t-test"),
        "rank test": text("rank test"),
        "plain difference in differences": text("plain difference in differences"),
    }
    return words.get(name, name)


def _with_interval(share: Share) -> str:
    if share.value is None or share.interval is None:
        return "-"
    low, high = share.interval
    return f"{share.value:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def _plain(share: Share, digits: int = 0) -> str:
    return "-" if share.value is None else f"{share.value:.{digits}%}"


def _tell_the_rest(proof: Proof) -> None:
    tell(
        text(
            "effects: small +0.22, medium +0.43, large +0.85, negative -0.43 points; in brackets "
            "95 % intervals"
        )
    )
    unseen = proof.unidentified
    if unseen.false_improved.n:
        tell(
            text(
                "not in the tables: channel shocks without a history to show them, {n} cycles "
                "without effect: false improved {improved}, false worsened {worsened}",
                n=unseen.false_improved.n,
                improved=_with_interval(unseen.false_improved),
                worsened=_with_interval(unseen.false_worsened),
            )
        )
    tell(
        text(
            "with neither comparison nor history: {k} of {n} verdicts were not inconclusive",
            k=proof.undecidable.k,
            n=proof.undecidable.n,
        )
    )
    tell(
        text("LoopQA keeps its promise: no error significantly above 5 %")
        if proof.holds
        else text("LoopQA breaks its promise: an error is significantly above 5 %")
    )
