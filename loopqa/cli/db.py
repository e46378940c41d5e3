"""``loopqa db``: the state database."""

from __future__ import annotations

import click

from loopqa.cli.options import workspace
from loopqa.cli.output import tell
from loopqa.language import text


@click.group()
def command() -> None:
    """Upgrade or check the state database."""


@command.command()
def upgrade() -> None:
    """Bring the database to this version's schema (opening a workspace does so, too)."""
    with workspace() as ws, ws.reading() as reader:
        tell(text("the state is at schema {revision}", revision=reader.schema_revision()))


@command.command()
def check() -> int:
    """Check the database file and the audit chain."""
    with workspace() as ws, ws.reading() as reader:
        complaints = reader.integrity()
        broken = reader.verify_audit()
    for complaint in complaints:
        tell(complaint)
    if broken is not None:
        tell(text("the audit chain is broken at entry {sequence}", sequence=broken))
    if complaints or broken is not None:
        return 1
    tell(text("the state is sound"))
    return 0
