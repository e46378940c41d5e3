"""``loopqa check``: every error of every definition file, in one run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loopqa.cli.options import json_option, workspace_of
from loopqa.cli.output import say, tell, tell_json
from loopqa.errors import Place, Problem
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.engine.counting_place import CountingPlace


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
    checked = check(chosen, PluginHost(root, defaults=_defaults(root)), today=today)
    inputs: tuple[CountingPlace, ...] = ()
    if root is not None and not any(not problem.warning for problem in checked):
        checked = (*checked, *_not_built(root))
        inputs = _counting_places(root)
    errors = [problem for problem in checked if not problem.warning]
    if as_json:
        tell_json(
            {
                "schema": "loopqa.check/1",
                "ok": not errors,
                "problems": [problem.to_dict() for problem in checked],
                "inputs": [one.to_dict() for one in inputs],
            }
        )
    else:
        for problem in checked:
            label = text("warning:") if problem.warning else text("error:")
            tell(text("{label} {problem}", label=label, problem=problem))
        if not errors:
            say(text("all definitions are sound"))
            _tell_places(inputs)
        else:
            say(text("errors: {n}", n=len(errors)))
    return 2 if errors else 0


def _defaults(root: Path | None) -> dict[str, Mapping[str, Any]]:
    """What notifiers build on; nothing where the settings are wrong, which is told by itself."""
    from loopqa.define.settings import load_settings
    from loopqa.errors import DefinitionError

    try:
        return {"mail": load_settings(root).mail or {}} if root is not None else {}
    except DefinitionError:
        return {}


def _counting_places(root: Path) -> tuple[CountingPlace, ...]:
    """Where the rows of databases are counted."""
    from loopqa.engine.counting_place import counting_places
    from loopqa.engine.workspace import Workspace

    with Workspace.open(root) as ws:
        return counting_places(ws)


def _tell_places(inputs: tuple[CountingPlace, ...]) -> None:
    for one in inputs:
        names = {"workflow": one.workflow, "input": one.input}
        if one.why is None:
            say(text("{workflow}: input '{input}' is counted in its database", **names))
        else:
            say(text("{workflow}: input '{input}' is read row by row: {why}", **names, why=one.why))


def _not_built(root: Path) -> tuple[Problem, ...]:
    """Warnings of what is sound, but refused by a run of this version."""
    from loopqa.define.strict_yaml import shown
    from loopqa.engine.workspace import Workspace, not_built

    with Workspace.open(root) as ws:
        return tuple(
            Problem(
                text("`loopqa run` can't carry this out yet: {names}", names=", ".join(names)),
                Place(shown(workflow.path)),
                warning=True,
            )
            for workflow in ws.workflows().values()
            if (names := not_built(workflow, ws.rubric(workflow)))
        )
