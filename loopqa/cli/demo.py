"""``loopqa demo``: the whole loop on real data, in simulated time."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.output import say, tell
from loopqa.language import text


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def command(folder: Path) -> None:
    """See the whole loop on San Francisco Airport's surveys, in an empty FOLDER (default: here)."""
    from loopqa.engine.demo import demo

    say(text("San Francisco Airport customer surveys 2014-2017 (DataSF, public domain);"))
    say(text("the ratings are real, the actions are made up, the calendar is simulated"))
    say()
    for step in demo(folder):
        tell(f"{step.day}  {step.line}")
    say()
    where = "" if folder == Path() else f"cd {folder}; "
    say(text("try next: {command}", command=f"{where}loopqa status"))
    say(text("          loopqa finding list · loopqa verdict show V-1 · loopqa audit verify"))
    say(text("your own data: loopqa init --template survey FOLDER"))
