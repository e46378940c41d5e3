"""``loopqa schema``: JSON Schemas for editors."""

from __future__ import annotations

import click

from loopqa.cli.output import tell_json


@click.command()
@click.argument("kind", type=click.Choice(["rubric", "workflow", "workspace"]))
def command(kind: str) -> None:
    """Print the JSON Schema of a KIND of definition file."""
    from loopqa.define.schemas import schema

    tell_json(schema(kind))
