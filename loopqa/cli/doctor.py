"""``loopqa doctor``: everything that is broken, since when, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loopqa.cli.options import json_option, workspace
from loopqa.cli.output import complain, say, tell, tell_json
from loopqa.errors import DefinitionError
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.engine.doctor import Ailment


@click.command()
@click.option("--deep", is_flag=True, help="Also read all evidence and every page of the database.")
@json_option
def command(deep: bool, as_json: bool) -> int:
    """Find everything that is broken, and say since when and what to do; nothing is changed.

    Exit 0: all is well. 1: something is wrong. 3: something could not be looked at.
    """
    from loopqa.engine.doctor import examine

    try:
        with workspace() as ws:
            found = examine(ws, deep=deep)
    except DefinitionError as error:
        complain(error)
        return 3
    if as_json:
        tell_json(found.to_dict())
    else:
        for ailment in found.ailments:
            _tell(ailment)
        if found.well:
            say(text("all is well"))
    return 3 if found.blind else 0 if found.well else 1


def _tell(ailment: Ailment) -> None:
    labels = {"error": text("error:"), "warning": text("warning:"), "note": text("note:")}
    line = text("{label} {what}", label=labels[ailment.severity.value], what=ailment.what)
    tell(line)
    if ailment.since is not None:
        tell(text("  since {moment}", moment=ailment.since.isoformat(timespec="minutes")))
    if ailment.todo is not None:
        tell(text("  to do: {todo}", todo=ailment.todo))
