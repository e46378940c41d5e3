"""Upgrading on request, and saying from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loopqa.store.database import Beginning, begin_anywhere, connect
from loopqa.store.door import explained
from loopqa.store.migrating import REVISIONS, ensure_schema


@dataclass(frozen=True)
class Upgrade:
    """From which schema to which."""

    where: str
    before: str | None  #: None: there was no state yet
    after: str


def upgrade(url: str, root: Path, beginning: Beginning = begin_anywhere) -> Upgrade:
    """Bring the schema up to date, in one transaction; every command does so by itself, too.

    Raises:
        DataError: it is damaged, another program's, or a newer LoopQA's.
        RunFailed: it can't be written, or is in use for too long.
    """
    database = connect(url, root, beginning)
    try:
        with explained(database):
            before = ensure_schema(database, beginning)
    finally:
        database.close()
    return Upgrade(database.where, before, REVISIONS[-1])
