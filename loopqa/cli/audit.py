"""``loopqa audit``: the chain that shows nothing was changed behind anybody's back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from loopqa.cli.options import json_option, workspace
from loopqa.cli.output import tell, tell_json
from loopqa.errors import UsageError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.store.audit import BrokenLink


@click.group()
def command() -> None:
    """Verify the audit chain, or print its head."""


@command.command()
@click.option(
    "--head",
    "earlier",
    metavar="HASH",
    help="Also ask whether this head, printed earlier, is still part of the chain.",
)
@json_option
def verify(earlier: str | None, as_json: bool) -> int:
    """Check every link of the chain; exit 1 at the first broken one.

    Whoever cuts off the end of a chain leaves a whole one. A head that was printed earlier, in a
    report or by `loopqa audit head`, tells: with --head, exit 1 if it is not in the chain any more.
    """
    asked = None if earlier is None else _hash(earlier)
    with workspace() as ws, ws.reading() as reader:
        broken = reader.verify_audit()
        found = None if asked is None else reader.audit_sequence(asked)
        head, entries = reader.audit_head(), reader.audit_length()
    if as_json:
        tell_json(
            {
                "schema": "loopqa.audit/1",
                "whole": broken is None,
                "broken_at": broken.entry.sequence if broken else None,
                "head": head,
                "entries": entries,
                "asked": asked,
                "asked_at": found,
            }
        )
    else:
        tell(_of_chain(broken, head))
        if asked is not None:
            tell(_of_head(asked, found, entries))
    return 0 if broken is None and (asked is None or found is not None) else 1


def _hash(written: str) -> str:
    """A head as people copy it, whole or its first characters."""
    head = written.strip().lower()
    if re.fullmatch("[0-9a-f]{8,64}", head) is None:
        raise UsageError(
            text("'{value}' is no head of an audit chain", value=written),
            hint=text("copy it as the report prints it, or its first 8 characters at least"),
        )
    return head


def _of_chain(broken: BrokenLink | None, head: str) -> Text:
    if broken is None:
        return text("the audit chain is whole; head {head}", head=head)
    return text(
        "the audit chain is broken at entry {sequence}: {why}",
        sequence=broken.entry.sequence,
        why=broken.why,
    )


def _of_head(asked: str, found: int | None, entries: int) -> Text:
    if found is None:
        return text(
            "{head} is not in the chain: its end was cut off, or a backup from before was restored",
            head=asked,
        )
    return text(
        "{head} is entry {sequence} of {entries}", head=asked, sequence=found, entries=entries
    )


@command.command()
@json_option
def head(as_json: bool) -> None:
    """Print the hash of the last entry; keep it elsewhere, and verify --head tells of a cut."""
    with workspace() as ws, ws.reading() as reader:
        seal, entries = reader.audit_head(), reader.audit_length()
    if as_json:
        tell_json({"schema": "loopqa.audit_head/1", "head": seal, "entries": entries})
    else:
        tell(seal)
