"""``loopqa plugins new``: a plugin to start from, with its test."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.options import workspace_of
from loopqa.cli.output import say, tell
from loopqa.errors import UsageError
from loopqa.language import text


@click.command("new")
@click.argument("kind", type=click.Choice(["source", "scoring", "notifier"]))
@click.argument("name")
@click.option("--package", is_flag=True, help="A package to install, in a folder of its own here.")
def new_plugin(kind: str, name: str, package: bool) -> None:
    """Write a working plugin of KIND called NAME, with its test, to be changed into your own.

    It goes into the workspace's folder plugins/, its test into tests/. Nothing is overwritten.
    """
    from loopqa.engine.new_plugin import start_plugin
    from loopqa.plugin.host import PluginHost

    root = workspace_of(Path.cwd())
    if root is None and not package:
        raise UsageError(
            text("there is no workspace here for the plugin to go into"),
            hint=text("go into one, begin one with `loopqa init`, or add --package"),
        )
    folder = Path.cwd() if package or root is None else root
    host = PluginHost(root)
    types = {"source": host.sources, "scoring": host.scorings, "notifier": host.notifiers}
    started = start_plugin(kind, name, folder, taken=types[kind](), package=package)
    for file in started.files:
        tell(str(_from_here(started.folder / file)))
    where = _from_here(started.folder)
    go = "" if where == Path() else f"cd {where} && "
    say(text("next: {command}", command=f"{go}pytest tests/test_{started.type}.py"))
    if package:
        say(text("then: {command}", command=f"{go}pip install . && loopqa plugins list"))
    else:
        say(text("then: {command}", command=f"loopqa plugins check {started.type}"))
    say(text("it works as it is; the remarks in it say what to change"))


def _from_here(path: Path) -> Path:
    """A path as it can be typed in this folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
