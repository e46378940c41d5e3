"""``loopqa check``: every error of every definition file, in one run."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.options import json_option, workspace_of
from loopqa.cli.output import say, tell, tell_json
from loopqa.language import text


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@json_option
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Check definition files, folders, or the whole workspace (default)."""
    from loopqa.define.checking import check
    from loopqa.define.workspace import find_root
    from loopqa.engine.clock import clock_of_environment
    from loopqa.plugin.host import PluginHost

    chosen = paths or (find_root(Path.cwd()),)
    root = workspace_of(chosen[0])
    today = clock_of_environment().today("UTC")
    checked = check(chosen, PluginHost(root), today=today)
    errors = [problem for problem in checked if not problem.warning]
    if as_json:
        tell_json(
            {
                "schema": "loopqa.check/1",
                "ok": not errors,
                "problems": [problem.to_dict() for problem in checked],
            }
        )
    else:
        for problem in checked:
            label = text("warning:") if problem.warning else text("error:")
            tell(text("{label} {problem}", label=label, problem=problem))
        if not errors:
            say(text("all definitions are sound"))
        else:
            say(text("errors: {n}", n=len(errors)))
    return 2 if errors else 0
