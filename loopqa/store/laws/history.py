"""One pass over the audit chain: what it tells is held against the lifecycles and the rows.

Memory stays small: of every record its last told state, of a pending one also its instant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Select, cast, select
from sqlalchemy import Text as SqlText
from sqlmodel import col

from loopqa.calc.loop.lifecycle import allowed_moves
from loopqa.language import Text, text
from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.timetable import MessageState, SlotState
from loopqa.model.words import word
from loopqa.store.audit import first_broken
from loopqa.store.laws.breach import Breach, Moment
from loopqa.store.tables import (
    ActionRow,
    AuditRow,
    FindingRow,
    MessageRow,
    ReSurveyRow,
    SlotRow,
    VerdictRow,
    WaveRow,
)

_BATCH = 2000  #: rows fetched at a time

_LIVES: Mapping[str, tuple[type[StrEnum], Any]] = {
    "F": (FindingState, FindingRow),
    "A": (ActionState, ActionRow),
    "R": (ReSurveyState, ReSurveyRow),
    "T": (SlotState, SlotRow),
    "M": (MessageState, MessageRow),
}
_PLAIN: Mapping[str, Any] = {"W": WaveRow, "V": VerdictRow}  #: records without moves

#: Ends of a message that the chain tells; that it is tried again meanwhile needs no line.
_ENDS = frozenset(
    {MessageState.DELIVERED.value, MessageState.ADDRESSED.value, MessageState.DEAD.value}
)


@dataclass(frozen=True)
class Entry:
    """What a law needs to know of one audit entry."""

    sequence: int
    at: datetime
    event: str
    letter: str  #: of the record it is about
    number: int
    details: Mapping[str, Any]

    @property
    def ref(self) -> str:
        """The record it is about."""
        return f"{self.letter}-{self.number}"


@dataclass
class Told:
    """What the chain has told so far."""

    states: dict[str, dict[int, str]] = field(
        default_factory=lambda: {letter: {} for letter in (*_LIVES, *_PLAIN)}
    )
    instants: dict[tuple[str, int], datetime] = field(default_factory=dict)  #: awaited, by record

    def state(self, letter: str, number: int) -> str | None:
        """The last told state of a record."""
        return self.states[letter].get(number)


def chain_whole(connection: Connection, _: Moment) -> Iterator[Breach]:
    """The seals: one breach at the first entry that does not hold."""
    broken = first_broken(connection)
    if broken is not None:
        said = text(
            "the audit chain is broken at entry {sequence}: {why}",
            sequence=broken.entry.sequence,
            why=broken.why,
        )
        yield Breach("chain", str(broken.entry.sequence), said, broken.entry.at)


def history(connection: Connection, _: Moment) -> Iterator[Breach]:
    """Breaches of the paths, of the instants, and of what rows say against what was told."""
    told = Told()
    for entry in _entries(connection):
        state = entry.details.get("state")
        if state is not None and entry.letter in _LIVES:
            yield from _moved(told, entry, str(state))
        yield from _early_verdict(told, entry)
        if entry.letter in _PLAIN:
            told.states[entry.letter].setdefault(entry.number, "")
        _remember(told, entry, state)
    yield from _against_rows(connection, told)


@cache
def _chain() -> Executable:
    details = cast(col(AuditRow.details), SqlText)
    found = select(
        col(AuditRow.sequence), col(AuditRow.at), col(AuditRow.event), col(AuditRow.about), details
    )
    return found.order_by(col(AuditRow.sequence)).execution_options(yield_per=_BATCH)


def _entries(connection: Connection) -> Iterator[Entry]:
    with connection.execute(_chain()) as rows:
        for sequence, at, event, about, written in rows:
            letter, _, number = about.partition("-")
            if (letter in _LIVES or letter in _PLAIN) and number.isdecimal():
                yield Entry(sequence, at, event, letter, int(number), _details(written))


def _details(written: str) -> Mapping[str, Any]:
    """The details of an entry; nothing where they are damaged, which the seal finds."""
    try:
        details = json.loads(written)
    except ValueError:
        return {}
    return details if isinstance(details, dict) else {}


def _moved(told: Told, entry: Entry, state: str) -> Iterator[Breach]:
    before = told.state(entry.letter, entry.number)
    kind = _LIVES[entry.letter][0]
    if before is None:
        return
    if state not in _onward(kind, before):
        said = text(
            "{ref} went from {before} to {after}, which its lifecycle does not allow",
            ref=entry.ref,
            before=_word(kind, before),
            after=_word(kind, state),
        )
        yield Breach("moves", entry.ref, said, entry.at)
    yield from _early(told, entry, before, state)


def _onward(kind: type[StrEnum], before: str) -> frozenset[str]:
    """The states that may be told next; of a message, also those that lie behind untold ones."""
    if before not in set(kind):
        return frozenset()
    reached = {state.value for state in allowed_moves(kind(before))}
    if kind is MessageState and reached:
        return frozenset(state.value for state in MessageState)
    return frozenset(reached)


def _word(kind: type[StrEnum], state: str) -> Text | str:
    return word(kind(state)) if state in set(kind) else state


#: (letter, state before, state after): a move that waits for an instant, by the clock of its entry.
_WAITING: Mapping[tuple[str, str, str], str] = {
    ("R", ReSurveyState.SCHEDULED, ReSurveyState.ASKING): "due_at",
    ("R", ReSurveyState.ASKING, ReSurveyState.COMPARING): "ready_at",
    ("T", SlotState.PENDING, SlotState.RUNNING): "due_at",
}


def _early(told: Told, entry: Entry, before: str, after: str) -> Iterator[Breach]:
    if (entry.letter, before, after) not in _WAITING:
        return
    instant = told.instants.get((entry.letter, entry.number))
    if instant is not None and entry.at < instant:
        said = text(
            "{ref} was taken up at {at}, before its time at {instant}",
            ref=entry.ref,
            at=entry.at.isoformat(timespec="seconds"),
            instant=instant.isoformat(timespec="seconds"),
        )
        yield Breach("not_early", entry.ref, said, entry.at)


def _early_verdict(told: Told, entry: Entry) -> Iterator[Breach]:
    """Whoever compared held the claim, and claims wait until the window is complete."""
    if entry.event != "verdict.reached":
        return
    resurvey = entry.details.get("resurvey", 0)
    if told.state("R", resurvey) != ReSurveyState.COMPARING.value:
        said = text(
            "{ref} was reached while its re-survey R-{resurvey} was not being compared",
            ref=entry.ref,
            resurvey=resurvey,
        )
        yield Breach("not_early", entry.ref, said, entry.at)


_AWAITED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "R": lambda details: details.get("ready_at") or details.get("due_at"),
    "T": lambda details: details.get("due_at"),
}


def _remember(told: Told, entry: Entry, state: Any) -> None:
    awaited = _AWAITED.get(entry.letter)
    instant = _instant(awaited(entry.details)) if awaited else None
    key = (entry.letter, entry.number)
    if instant is not None:
        told.instants[key] = instant
    if state is not None and entry.letter in _LIVES:
        told.states[entry.letter][entry.number] = str(state)
        if not _onward(_LIVES[entry.letter][0], str(state)):
            told.instants.pop(key, None)


def _instant(written: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(written)
    except (TypeError, ValueError):
        return None


def _against_rows(connection: Connection, told: Told) -> Iterator[Breach]:
    """Every row is where the chain says, and every told record has its row."""
    for letter, (kind, table) in _LIVES.items():
        left = dict(told.states[letter])
        for number, state in connection.execute(_rows(table, with_state=True)):
            yield from _unlike(kind, f"{letter}-{number}", left.pop(number, None), state)
        yield from _gone(letter, left)
    for letter, table in _PLAIN.items():
        left = dict(told.states[letter])
        for (number,) in connection.execute(_rows(table, with_state=False)):
            if left.pop(number, None) is None:
                yield _untold(f"{letter}-{number}")
        yield from _gone(letter, left)


@cache
def _rows(table: Any, *, with_state: bool) -> Select[Any]:
    found = select(table.id, table.state) if with_state else select(table.id)
    return found.order_by(table.id).execution_options(yield_per=_BATCH)


def _unlike(kind: type[StrEnum], ref: str, told: str | None, state: str) -> Iterator[Breach]:
    if told is None:
        yield _untold(ref)
    elif told != state and (kind is not MessageState or {told, state} & _ENDS):
        said = text(
            "{ref} is {state}, but the audit chain last told {told}",
            ref=ref,
            state=_word(kind, state),
            told=_word(kind, told),
        )
        yield Breach("told", ref, said)


def _untold(ref: str) -> Breach:
    return Breach(
        "told", ref, text("{ref} is there, but the audit chain does not know it", ref=ref)
    )


def _gone(letter: str, left: Mapping[int, str]) -> Iterator[Breach]:
    for number in sorted(left):
        ref = f"{letter}-{number}"
        yield Breach("told", ref, text("the audit chain tells of {ref}, which is gone", ref=ref))
