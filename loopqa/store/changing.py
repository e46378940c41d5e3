"""How the state changes: one row, its audit entry, and the check that nobody was faster.

The database lets one writer in at a time, so what a writer reads stays true until it is done. The
optimistic version guards against records that were read in an *earlier* transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import Session, select

from loopqa.calc.loop.lifecycle import check_move
from loopqa.errors import StaleVersion
from loopqa.language import Text, text
from loopqa.model.cycle import Action, AuditEntry, Finding, ReSurvey, Verdict, Wave
from loopqa.model.timetable import Message, Slot
from loopqa.store.audit import sealed
from loopqa.store.json_values import canonical, to_plain
from loopqa.store.reader import Reader
from loopqa.store.record_kinds import AUDIT, Kind
from loopqa.store.tables import AuditRow

R = TypeVar("R", Wave, Finding, Action, ReSurvey, Verdict, Slot, Message)


class Changing(Reader):
    """What all changes have in common; it reads, too."""

    def __init__(self, session: Session, *, actor: str, now: datetime, pinned: bool) -> None:
        super().__init__(session)
        self._actor = actor
        self._now = now
        self._pinned = pinned
        self._latest_link: tuple[int, str] | None = None  # no other writer can add one meanwhile

    def enter(self, event: str, about: str, details: Mapping[str, Any]) -> AuditEntry:
        """Add a link to the audit chain; changes of records do so by themselves."""
        last, previous = self._latest_link or self._last_link()
        entry = sealed(
            AuditEntry(
                sequence=last + 1,
                at=self._now,
                actor=self._actor,
                event=event,
                about=about,
                details=to_plain(details),
                previous=previous,
                hash="",
                pinned_clock=self._pinned,
            )
        )
        self._add_row(AuditRow(**AUDIT.columns(entry)))
        self._latest_link = (entry.sequence, entry.hash)
        return entry

    def _add_row(self, row: Any) -> None:
        """Add a row; ids follow each other without gaps, also after a change that was undone.

        SQLite numbers rows so by itself; a server's sequence would not. No other writer can take
        the number meanwhile.
        """
        if getattr(row, "id", 0) is None:
            kind = type(row)
            row.id = (self._session.exec(select(func.max(kind.id))).first() or 0) + 1
        self._session.add(row)
        self._session.flush()

    def _add(self, kind: Kind[R], record: R, event: str) -> R:
        changes: dict[str, Any] = {"version": 1} if _versioned(record) else {}
        row = kind.table(**kind.columns(replace(record, **changes)))
        self._add_row(row)
        added = replace(record, id=row.id, **changes)
        self.enter(event, kind.ref(added.id), _details(added))
        return added

    def _change(self, kind: Kind[R], record: R, event: str, changes: Mapping[str, Any]) -> R:
        row = self._row(kind, record.id)
        ref = kind.ref(record.id)
        changes = {**changes, **_next_version(record, row, ref)}
        if "state" in changes and not isinstance(record, (Wave, Verdict)):
            check_move(ref, record.state, changes["state"])
        changed = replace(record, **changes)
        for name, value in kind.columns(changed).items():
            setattr(row, name, value)
        self._session.flush()
        self.enter(event, ref, changes)
        return changed

    def _refuse_second(self, same: Any, message: Text) -> None:
        if self._session.exec(same).first() is not None:
            raise StaleVersion(message, hint=text("nothing was changed; look at what is there"))


def _details(record: Any) -> dict[str, Any]:
    """What the audit entry of a new record holds: all of it, long documents by their hash."""
    details: dict[str, Any] = to_plain(record)
    if isinstance(record, Wave):
        scores = canonical(details.pop("scores"))
        details["scores_sha256"] = hashlib.sha256(scores.encode()).hexdigest()
    return details


def _versioned(record: Any) -> bool:
    return not isinstance(record, (Wave, Verdict))


def _next_version(record: Any, row: Any, ref: str) -> dict[str, int]:
    if not _versioned(record):
        return {}
    if row.version != record.version:
        raise _stale(record, ref)
    return {"version": record.version + 1}


def _stale(record: Finding | Action | ReSurvey | Slot | Message, ref: str) -> StaleVersion:
    if isinstance(record, Finding):
        message = text(
            "finding {ref} was changed by somebody else meanwhile; read it again", ref=ref
        )
    elif isinstance(record, Action):
        message = text(
            "action {ref} was changed by somebody else meanwhile; read it again", ref=ref
        )
    elif isinstance(record, Slot):
        message = text("slot {ref} was changed by somebody else meanwhile", ref=ref)
    elif isinstance(record, Message):
        message = text("message {ref} was changed by somebody else meanwhile", ref=ref)
    else:
        message = text(
            "re-survey {ref} was changed by somebody else meanwhile; read it again", ref=ref
        )
    return StaleVersion(message)
