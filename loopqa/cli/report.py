"""``loopqa report``: reports as files."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.options import Ref, json_option, workspace
from loopqa.cli.output import tell, tell_json
from loopqa.language import LANGUAGES


@click.group()
def command() -> None:
    """Write reports."""


@command.command()
@click.argument("workflow", required=False)
@click.option("--wave", type=Ref("W"), help="Default: the latest.")
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Default: reports/")
@json_option
def make(
    workflow: str | None,
    wave: int | None,
    languages: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the report of WORKFLOW, one HTML file per language."""
    from loopqa.engine.reports import make_report

    with workspace() as ws:
        paths = make_report(
            ws, workflow or ws.only_workflow(), wave=wave, languages=languages or None, out=out
        )
    if as_json:
        tell_json({"schema": "loopqa.report/1", "files": [str(path) for path in paths]})
        return
    for path in paths:
        tell(str(path))
