"""The tables of a kept run of ``loopqa prove``, as the pages show them.

A page has blocks between ``<!-- measured: prove -->`` and ``<!-- end of measured: prove -->``; what
stands in them is what ``loopqa prove`` prints for the kept run, with the command that repeats it.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loopqa.cli.proof_table import show_proof
from loopqa.engine.proving.evidence import Make
from loopqa.engine.proving.loop_summary import LoopTable
from loopqa.engine.proving.rows import Row, Share
from loopqa.engine.proving.summary import Proof

DOCS = Path(__file__).parent
#: page → how many of the tables it shows; None: all that is printed
TABLES: Mapping[Path, int | None] = {
    DOCS / "how-to" / "prove-it-yourself.md": None,
    DOCS / "explanation" / "statistics.md": 3,  # practices, designs, makes of world
}
LOOPS = 20  #: cycles through a workspace, where the command does not say
_BLOCK = re.compile(
    r"(<!-- measured: prove\b[^>]*-->\n).*?(<!-- end of measured: prove -->)", re.DOTALL
)


def with_tables(page: str, proof: Mapping[str, Any], most: int | None) -> str:
    """A page with the tables of a run, the first ``most`` of them."""
    block = f"{introduced(proof)}\n\n```text\n{printed(proof, most)}\n```\n"
    return _BLOCK.sub(lambda found: f"{found[1]}{block}{found[2]}", page)


def introduced(proof: Mapping[str, Any]) -> str:
    """What the tables are of, with the command that makes them again."""
    kept = "no error significantly above 5 %" if proof["holds"] else "the promise was broken"
    return (
        f"`{command(proof)}`:\n"
        f"{proof['cycles']:,} cycles, {kept}. In brackets 95 % intervals (Wilson)."
    )


def command(proof: Mapping[str, Any]) -> str:
    """The command that gave the run."""
    words = ["loopqa prove", f"--cycles {proof['cycles']}", f"--seed {proof['seed']}"]
    made = [row["name"] for row in proof["makes"]]
    if len(made) == 1 and len(Make) > 1:
        words.append(f"--worlds {made[0]}")
    if proof["loops"]["cycles"] != LOOPS:
        words.append(f"--workspaces {proof['loops']['cycles']}")
    return " ".join(words)


def printed(proof: Mapping[str, Any], most: int | None) -> str:
    """The tables as the command prints them."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        show_proof(restored(proof))
    parts = [part.strip("\n") for part in out.getvalue().split("\n\n")]
    return "\n\n".join(parts[:most])


def restored(proof: Mapping[str, Any]) -> Proof:
    """The record behind a document ``loopqa.prove/1``."""
    names = ("practices", "designs", "makes", "situations", "drifts", "measures")
    loops = proof["loops"]
    return Proof(
        proof["seed"],
        proof["cycles"],
        proof["identified"],
        *(_rows(proof[name]) for name in names),
        _row(proof["unidentified"]),
        _rows(proof["unclear"]),
        _share(proof["undecidable"]),
        LoopTable(
            *(loops[name] for name in ("cycles", "resurveys", "verdicts", "lost", "twice")),
            tuple(loops["broken_rules"]),
            *(_share(loops[name]) for name in ("false_improved", "false_worsened", "found")),
        ),
    )


def _rows(several: list[Mapping[str, Any]]) -> tuple[Row, ...]:
    return tuple(_row(one) for one in several)


def _row(one: Mapping[str, Any]) -> Row:
    return Row(
        one["name"],
        one["cycles"],
        _share(one["false_improved"]),
        _share(one["false_worsened"]),
        {name: _share(share) for name, share in one["found"].items()},
        _share(one["wrong_sign"]),
        _share(one["false_no_change"]),
    )


def _share(one: Mapping[str, Any]) -> Share:
    return Share(one["k"], one["n"])
