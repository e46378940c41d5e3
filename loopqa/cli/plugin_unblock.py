"""``loopqa plugins unblock``: use a plugin again that was left alone after it ended processes."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.output import say
from loopqa.errors import UsageError
from loopqa.language import text


@click.command("unblock")
@click.argument("name")
def unblock_plugin(name: str) -> None:
    """Use the plugin NAME again, which was blocked because processes ended while it was at work.

    A plugin that is changed is used again by itself.
    """
    from loopqa.define.workspace import find_root
    from loopqa.plugin.isolation.marks import marks_of

    if not marks_of(find_root(Path.cwd())).forget(name):
        raise UsageError(
            text("plugin '{name}' is not blocked", name=name),
            hint=text("`loopqa plugins list` tells which ones are, and which failed to load"),
        )
    say(text("plugin '{name}' is used again", name=name))
