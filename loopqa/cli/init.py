"""``loopqa init``: a workspace to start from."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.output import say, tell
from loopqa.language import text


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--template", default="survey", show_default=True, help="See --list.")
@click.option("--list", "list_only", is_flag=True, help="List the templates.")
def command(folder: Path, template: str, list_only: bool) -> None:
    """Start a workspace in FOLDER (default: here) from a template; nothing is overwritten."""
    from loopqa.define.library import template_names
    from loopqa.engine.templates import start_workspace

    if list_only:
        for name in template_names():
            tell(name)
        return
    for path in start_workspace(folder, template):
        tell(str(path))
    where = "" if folder == Path() else f"cd {folder} && "
    say(text("next: {command}", command=f"{where}loopqa check && loopqa run"))
