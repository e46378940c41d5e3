"""The audit chain: every entry is sealed by SHA-256 over its content and the seal before it.

Changing, removing or inserting an entry breaks the chain from there on; whoever keeps a copy of the
latest seal (reports print it) can also tell that the end was cut off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, cast, select
from sqlalchemy import Text as SqlText
from sqlmodel import col

from loopqa.language import Text, text
from loopqa.model.cycle import AuditEntry
from loopqa.store.asking import rows_where
from loopqa.store.json_values import canonical
from loopqa.store.record_kinds import AUDIT
from loopqa.store.tables import AuditRow

GENESIS = "0" * 64  #: what the first entry names as the seal before it


@dataclass(frozen=True)
class BrokenLink:
    """The first entry of the chain that does not hold, and why."""

    entry: AuditEntry
    why: Text


def seal(entry: AuditEntry) -> str:
    """The hash of an entry: SHA-256 (hex) of its canonical JSON without the hash itself.

    Its details are plain JSON already.
    """
    content = {**vars(entry), "at": entry.at.isoformat()}
    del content["hash"]
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def sealed(entry: AuditEntry) -> AuditEntry:
    """The entry with its seal."""
    return replace(entry, hash=seal(entry))


def first_broken(connection: Connection) -> BrokenLink | None:
    """The first stored entry that was altered, or that follows a gap; None if all hold.

    The database keeps each entry's details as the canonical text that was sealed, so most seals
    are computed without reading them; only what seems broken is looked at as a whole.
    """
    previous, sequence = GENESIS, 0
    for row in _rows(connection):
        sound = row.previous == previous and row.sequence == sequence + 1
        if not sound or _seal_of_row(row) != row.hash:
            entry = AUDIT.of(_whole(connection, row.sequence))
            broken = _broken(entry, previous, sequence)
            if broken is not None:
                return broken
        previous, sequence = row.hash, row.sequence
    return None


def _whole(connection: Connection, sequence: int) -> Any:
    whole = rows_where(AuditRow, (("sequence", "="),), (), limited=False)
    return connection.execute(whole, {"v0": sequence}).one()


def _broken(entry: AuditEntry, previous: str, sequence: int) -> BrokenLink | None:
    if entry.sequence != sequence + 1 or entry.previous != previous:
        return BrokenLink(entry, text("an entry before it was removed, added or replaced"))
    if seal(entry) != entry.hash:
        return BrokenLink(entry, text("its content was changed after it was sealed"))
    return None


def _rows(connection: Connection) -> Iterator[Any]:
    with connection.execute(_chain()) as rows:
        yield from rows


@cache
def _chain() -> Select[Any]:
    columns = [column for column in AuditRow.__table__.columns if column.name != "details"]  # type: ignore[attr-defined]
    details = cast(col(AuditRow.details), SqlText).label("details")
    found = select(*columns, details).order_by(col(AuditRow.sequence))
    return found.execution_options(yield_per=2000)


def _seal_of_row(row: Any) -> str:
    """What :func:`seal` computes, from the stored text of the details."""
    at, about, actor, event, previous = map(
        canonical, (row.at.isoformat(), row.about, row.actor, row.event, row.previous)
    )
    content = (
        f'{{"about":{about},"actor":{actor},"at":{at},"details":{row.details},"event":{event},'
        f'"pinned_clock":{canonical(row.pinned_clock)},"previous":{previous},'
        f'"sequence":{row.sequence}}}'
    )
    return hashlib.sha256(content.encode()).hexdigest()
