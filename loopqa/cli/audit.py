"""``loopqa audit``: the chain that shows nothing was changed behind anybody's back."""

from __future__ import annotations

import click

from loopqa.cli.options import json_option, workspace
from loopqa.cli.output import tell, tell_json
from loopqa.language import text


@click.group()
def command() -> None:
    """Verify the audit chain, or print its head."""


@command.command()
@json_option
def verify(as_json: bool) -> int:
    """Check every link of the chain; exit 1 at the first broken one."""
    with workspace() as ws, ws.reading() as reader:
        broken = reader.verify_audit()
        head = reader.audit_head()
    if as_json:
        tell_json(
            {
                "schema": "loopqa.audit/1",
                "whole": broken is None,
                "broken_at": broken.entry.sequence if broken else None,
                "head": head,
            }
        )
    elif broken is None:
        tell(text("the audit chain is whole; head {head}", head=head))
    else:
        tell(
            text(
                "the audit chain is broken at entry {sequence}: {why}",
                sequence=broken.entry.sequence,
                why=broken.why,
            )
        )
    return 0 if broken is None else 1


@command.command()
def head() -> None:
    """Print the hash of the last entry."""
    with workspace() as ws, ws.reading() as reader:
        tell(reader.audit_head())
