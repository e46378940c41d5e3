"""``loopqa plugins add``: a plugin that comes beside LoopQA, put into a workspace."""

from __future__ import annotations

from os.path import lexists
from pathlib import Path

import click

from loopqa.cli.output import say, tell
from loopqa.errors import Place, RunFailed, UsageError
from loopqa.language import text


@click.command("add")
@click.argument("name", required=False)
def add_plugin(name: str | None) -> None:
    """Copy the plugin NAME that comes with LoopQA into the workspace; without NAME, list them.

    A file of yours is never overwritten.
    """
    from loopqa.define.library import plugin_names, plugin_path
    from loopqa.define.workspace import find_root

    if name is None:
        for one in plugin_names():
            tell(one)
        return
    code = plugin_path(name).read_bytes()
    file = Path("plugins") / f"{name}.py"
    _put(find_root(Path.cwd()) / file, code, Place(str(file)))
    tell(str(file))
    say(text("next: {command}", command="loopqa plugins list"))


def _put(target: Path, code: bytes, place: Place) -> None:
    try:
        if lexists(target):
            _same(target, code, place)
            return
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(code)
    except OSError as error:
        raise RunFailed(
            text("the file can't be written: {reason}", reason=error.strerror or str(error)),
            place=place,
            hint=text("is there a file where a folder should be, and may you write there?"),
        ) from error


def _same(target: Path, code: bytes, place: Place) -> None:
    if not target.is_file() or target.read_bytes() != code:
        raise UsageError(
            text("the file is there already, and is another one"),
            place=place,
            hint=text("remove or rename it first"),
        )
