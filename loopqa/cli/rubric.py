"""``loopqa rubric``: the rubrics at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopqa.cli.options import json_option
from loopqa.cli.output import table, tail, tell, tell_json
from loopqa.language import current_language, text

if TYPE_CHECKING:
    from loopqa.model.rubric import Rubric


ORIGINS = {"workspace": text("workspace"), "shipped": text("shipped")}


@click.group()
def command() -> None:
    """List and show rubrics."""


@command.command("list")
@json_option
def list_rubrics(as_json: bool) -> None:
    """List the workspace's rubrics and the shipped ones."""
    rows = [
        {
            "id": rubric.id,
            "version": rubric.version,
            "origin": origin,
            "title": rubric.title.in_language(current_language()),
            "dimensions": len(rubric.dimensions),
        }
        for origin, rubric in _rubrics()
    ]
    if as_json:
        tell_json({"schema": "loopqa.rubric.list/1", "total": len(rows), "items": rows})
        return
    table(
        [text("id"), text("version"), text("title"), text("dimensions"), text("origin")],
        [
            [
                one["id"],
                one["version"],
                one["title"],
                one["dimensions"],
                ORIGINS[str(one["origin"])],
            ]
            for one in rows
        ],
        right=(3,),
        free=(2,),
    )
    tail(len(rows), len(rows), "loopqa rubric show ID, --json")


def _rubrics() -> list[tuple[str, Rubric]]:
    from loopqa.cli.options import workspace_of
    from loopqa.define.library import rubric_names, rubric_path
    from loopqa.define.rubric import load_rubric
    from loopqa.define.workspace import rubric_files
    from loopqa.plugin.host import PluginHost

    root = workspace_of(Path.cwd())
    host = PluginHost(root)
    own = [("workspace", load_rubric(path, host)) for path in (rubric_files(root) if root else ())]
    known = {rubric.id for _, rubric in own}
    shipped = [
        ("shipped", load_rubric(rubric_path(name), host))
        for name in rubric_names()
        if name not in known
    ]
    return [*own, *shipped]


@command.command()
@click.argument("rubric")
@json_option
def show(rubric: str, as_json: bool) -> None:
    """Print the YAML of RUBRIC (a file, or an id: the workspace's own before the shipped one)."""
    path = _file(rubric)
    if not as_json:
        tell(path.read_text(encoding="utf-8").rstrip())
        return
    from loopqa.cli.options import workspace_of
    from loopqa.define.canonical import rubric_form
    from loopqa.define.rubric import load_rubric
    from loopqa.plugin.host import PluginHost

    loaded = load_rubric(path, PluginHost(workspace_of(Path.cwd())))
    tell_json({"schema": "loopqa.rubric/1", "hash": loaded.hash, **rubric_form(loaded)})


def _file(rubric: str) -> Path:
    from loopqa.cli.options import workspace_of
    from loopqa.engine.standard import rubric_file

    root = workspace_of(Path.cwd())
    own = root / "rubrics" / f"{rubric}.yaml" if root else None
    return own if own is not None and own.exists() else rubric_file(rubric)
