"""How the state changes: one row, its audit entry, and the check that nobody was faster.

The database lets one writer in at a time, so what a writer reads stays true until it is done. The
optimistic version guards against records that were read in an *earlier* transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from loopqa.calc.loop.lifecycle import check_move
from loopqa.errors import RefusedMove, StaleVersion
from loopqa.language import Text, text
from loopqa.model.cycle import Action, AuditEntry, Finding, ReSurvey, Verdict, Wave
from loopqa.model.timetable import Message, Slot
from loopqa.store.audit import BrokenLink, sealed
from loopqa.store.json_values import canonical, to_plain
from loopqa.store.record_kinds import Kind
from loopqa.store.rows import Rows
from loopqa.store.tables import AuditRow

R = TypeVar("R", Wave, Finding, Action, ReSurvey, Verdict, Slot, Message)


class Changing(Rows):
    """What all changes have in common; it reads, too."""

    def __init__(self, connection: Connection, *, actor: str, now: datetime, pinned: bool) -> None:
        super().__init__(connection)
        self._actor = actor
        self._now = now
        self._pinned = pinned
        self._latest_link: tuple[int, str] | None = None  # no other writer can add one meanwhile
        self._links: list[AuditEntry] = []  # sealed, and not written yet
        self._entered: list[AuditEntry] = []

    @property
    def connection(self) -> Connection:
        """The transaction itself, for what moves whole tables."""
        return self._connection

    @property
    def entered(self) -> tuple[AuditEntry, ...]:
        """The links that this transaction added to the audit chain."""
        return tuple(self._entered)

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
        self._links.append(entry)
        self._entered.append(entry)
        self._latest_link = (entry.sequence, entry.hash)
        return entry

    def write_links(self) -> None:
        """Write the links that were entered so far; the door does so before it commits."""
        if self._links:
            self._append(AuditRow, [dict(vars(entry)) for entry in self._links])
            self._links = []

    def audit(self, limit: int | None = None, about: str | None = None) -> tuple[AuditEntry, ...]:
        """The audit chain with what this transaction added; see :meth:`Reader.audit`."""
        self.write_links()
        return super().audit(limit, about)

    def verify_audit(self) -> BrokenLink | None:
        """The first entry that does not hold; see :meth:`Reader.verify_audit`."""
        self.write_links()
        return super().verify_audit()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """A part of the transaction that falls out alone if it raises; the rest is kept."""
        before = (self._latest_link, list(self._links), dict(self._numbers))
        length = len(self._entered)
        try:
            with self._connection.begin_nested():
                yield
        except BaseException:
            self._latest_link, self._links, self._numbers = before
            del self._entered[length:]
            raise

    def _last_link(self) -> tuple[int, str]:
        self._latest_link = self._latest_link or super()._last_link()
        return self._latest_link

    def _add(self, kind: Kind[R], record: R, event: str) -> R:
        (added,) = self._add_all(kind, (record,), event)
        return added

    def _add_all(self, kind: Kind[R], records: Sequence[R], event: str) -> list[R]:
        """Add records of one kind with their audit entries."""
        first: dict[str, Any] = {"version": 1} if _versioned(records[0]) else {}
        new = [replace(record, **first) for record in records]
        numbers = self._insert_all(kind.table, [kind.columns(one) for one in new])
        added = [replace(one, id=number) for one, number in zip(new, numbers, strict=True)]
        for one in added:
            self.enter(event, kind.ref(one.id), _details(one))
        return added

    def _change(
        self, kind: Kind[R], record: R, event: str, changes: Mapping[str, Any], **beside: Any
    ) -> R:
        (changed,) = self._change_all(kind, [(record, changes)], event, **beside)
        return changed

    def _change_all(
        self,
        kind: Kind[R],
        wanted: Sequence[tuple[R, Mapping[str, Any]]],
        event: str,
        **beside: Any,
    ) -> list[R]:
        """Change the same fields of several records; ``beside`` are columns that are no fields."""
        if not wanted:
            return []
        told = [{**changes, **_next_version(record)} for record, changes in wanted]
        changed: list[R] = []
        rows: list[tuple[int | str, int | None, Mapping[str, Any]]] = []
        for (record, _), changes in zip(wanted, told, strict=True):
            new = self._moved(kind, record, changes)
            changed.append(new)
            rows.append((record.id, _fence(record), {**kind.columns(new, changes), **beside}))
        if not self._update(kind, rows):
            for record, _ in wanted:
                self._refuse_stale(kind, record)
        for new, changes in zip(changed, told, strict=True):
            self.enter(event, kind.ref(new.id), changes)
        return changed

    def _moved(self, kind: Kind[R], record: R, changes: Mapping[str, Any]) -> R:
        """The record with its changes, if its lifecycle allows them."""
        if "state" in changes and not isinstance(record, (Wave, Verdict)):
            try:
                check_move(kind.ref(record.id), record.state, changes["state"])
            except RefusedMove:
                self._refuse_stale(kind, record)  # that is the better reason
                raise
        return replace(record, **changes)

    def _refuse_stale(self, kind: Kind[R], record: R) -> None:
        row = self._found(kind, record.id)
        if _versioned(record) and row.version != _fence(record):
            raise _stale(record, kind.ref(record.id))

    def _refuse_second(self, table: Any, message: Text, **values: Any) -> None:
        if self._find(table, **values) is not None:
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


def _fence(record: Any) -> int | None:
    """The version that the row must have; waves and verdicts have none."""
    return record.version if _versioned(record) else None


def _next_version(record: Any) -> dict[str, int]:
    return {"version": record.version + 1} if _versioned(record) else {}


def _stale(record: Any, ref: str) -> StaleVersion:
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
