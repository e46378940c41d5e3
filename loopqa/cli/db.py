"""``loopqa db``: backups of the state, restoring, upgrading and checking it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopqa.cli.options import json_option, workspace
from loopqa.cli.output import say, tell, tell_json
from loopqa.errors import UsageError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.keeping import Soundness
    from loopqa.store.keeping import Backup


@click.group()
def command() -> None:
    """Upgrade, back up, restore and check the state."""


@command.command()
def upgrade() -> None:
    """Bring the state to this version's schema.

    Every command does so by itself; this one does nothing else, and says from what to what.
    """
    from loopqa.engine.keeping import upgrade_state

    with workspace() as ws:
        done = upgrade_state(ws)
    if done.before is None:
        tell(text("{where}: new state, schema {after}", where=done.where, after=done.after))
    elif done.before == done.after:
        tell(text("{where}: schema {after} is up to date", where=done.where, after=done.after))
    else:
        tell(
            text(
                "{where}: upgraded from schema {before} to {after}",
                where=done.where,
                before=done.before,
                after=done.after,
            )
        )


@command.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
def backup(file: Path | None, as_json: bool) -> None:
    """Write the whole state to FILE (default: .loopqa/backups), while others go on writing.

    The file is verified before it gets its name, and never overwrites another. A state in
    PostgreSQL becomes a SQLite file, too. Evidence, definitions and the key are files: copy them
    along.
    """
    from loopqa.engine.keeping import backup_state

    with workspace() as ws:
        done = backup_state(ws, file)
    if as_json:
        tell_json(_backup_document(done))
        return
    tell(
        text(
            "{file}: {entries} audit entries, head {head}",
            file=done.file,
            entries=done.entries,
            head=done.head,
        )
    )
    if done.broken is not None:
        say(
            text(
                "warning: {text}",
                text=text("the state's audit chain is broken; `loopqa doctor` says where"),
            )
        )


def _backup_document(done: Backup) -> dict[str, object]:
    return {
        "schema": "loopqa.backup/1",
        "file": str(done.file),
        "bytes": done.size,
        "entries": done.entries,
        "head": done.head,
        "whole": done.broken is None,
    }


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a state that is not empty, without asking.")
def restore(file: Path, yes: bool) -> None:
    """Put the content of a backup into the state that loopqa.yaml names, SQLite or PostgreSQL.

    All of it or nothing. What was there is backed up first; a damaged file is kept beside the new
    one.
    """
    from loopqa.engine.keeping import restore_state, state_holds_something

    with workspace() as ws:
        replace = yes or (state_holds_something(ws) and _agreed())
        done = restore_state(ws, file, replace=replace)
    if done.backup is not None:
        tell(text("what was there is kept in {file}", file=done.backup))
    if done.aside is not None:
        tell(text("the damaged file is kept as {file}", file=done.aside))
    tell(
        text(
            "{rows} rows restored; the backup's audit head is {head}",
            rows=done.done.rows,
            head=done.done.head,
        )
    )


def _agreed() -> bool:
    """Whether a person says yes; nobody is asked where nobody can answer."""
    if not sys.stdin.isatty():
        return False
    question = text("Replace the state that is there? It is kept as a backup.")
    if not click.confirm(str(question), err=True):
        raise UsageError(text("nothing was changed"))
    return True


@command.command()
@json_option
def check(as_json: bool) -> int:
    """Check the state's file, schema, references and laws; exit 1 if something is broken."""
    from loopqa.engine.keeping import check_state

    with workspace() as ws:
        found = check_state(ws)
    if as_json:
        tell_json(_check_document(found))
        return 0 if found.sound else 1
    for line in found.damage:
        tell(text("damaged: {what}", what=line))
    for breach in found.breaches:
        tell(breach.said)
    if found.sound:
        tell(_all_well(found))
    return 0 if found.sound else 1


def _all_well(found: Soundness) -> Text:
    if found.schema is None:
        return text("there is no state yet")
    if found.schema != found.newest:
        return text(
            "{where}: sound, with the earlier schema {schema}; its laws are checked once it is "
            "upgraded: loopqa db upgrade",
            where=found.where,
            schema=found.schema,
        )
    return text("{where}: sound, schema {schema}", where=found.where, schema=found.schema)


def _check_document(found: Soundness) -> dict[str, object]:
    return {
        "schema": "loopqa.db_check/1",
        "sound": found.sound,
        "version": found.schema,
        "damage": list(found.damage),
        "breaches": [
            {"law": one.law, "about": one.about, "message": str(one.said)} for one in found.breaches
        ],
    }
