"""Laws of what happens once: keys, claims, and rows that name each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Executable,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from loopqa.language import Text, text
from loopqa.model.cycle import ReSurveyState, action_ref, resurvey_ref
from loopqa.model.timetable import MessageState, SlotState, message_ref, slot_ref
from loopqa.store.laws.breach import Breach, Law, Moment
from loopqa.store.tables import (
    AnalysisRow,
    FindingRow,
    MessageRow,
    NoticeRow,
    ReSurveyRow,
    SlotRow,
    StateTable,
    VerdictRow,
    WaveRow,
)

#: Kind of work → how its ids are written, the state of a row that is worked on.
_WORK: tuple[tuple[Any, Callable[[int], str], str], ...] = (
    (ReSurveyRow, resurvey_ref, ReSurveyState.COMPARING.value),
    (SlotRow, slot_ref, SlotState.RUNNING.value),
    (MessageRow, message_ref, MessageState.SENDING.value),
)

#: Keys under which there is one row at most, and how people call it.
_KEYS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (ReSurveyRow, ("action", "round")),
    (VerdictRow, ("action", "round", "dimension")),
    (WaveRow, ("workflow", "kind", "window_start", "window_end", "resurvey", "revision")),
    (FindingRow, ("live_key",)),
    (NoticeRow, ("key",)),
    (MessageRow, ("key",)),
    (SlotRow, ("workflow", "due_at")),
)

#: References that are no foreign keys, because 0 stands for none.
_OR_NONE: tuple[tuple[Any, str, Any], ...] = (
    (WaveRow, "resurvey", ReSurveyRow),
    (AnalysisRow, "finding", FindingRow),
)

_NAMES = ("table", "target", "value")  #: of the columns in which dangling references are told


def _once(connection: Connection, _: Moment) -> Iterator[Breach]:
    for kind, names, twice in _doubles():
        for *key, number in connection.execute(twice):
            shown = " ".join(str(one) for one in key)
            said = text(
                "{table}: there are {n} rows of {key}",
                table=kind.__tablename__,
                n=number,
                key=shown,
            )
            yield Breach("once", _owner(names, key), said)


@cache
def _doubles() -> tuple[tuple[Any, tuple[str, ...], Select[Any]], ...]:
    """For each key the question which of its values several rows have."""
    found = []
    for kind, names in _KEYS:
        columns = [kind.__table__.columns[name] for name in names]
        given = [column.is_not(None) for column in columns]
        twice = select(*columns, func.count()).where(*given).group_by(*columns)
        found.append((kind, names, twice.having(func.count() > 1)))
    return tuple(found)


def _owner(names: tuple[str, ...], key: list[Any]) -> str:
    return action_ref(key[0]) if names[0] == "action" else str(key[0])


def _leases(connection: Connection, moment: Moment) -> Iterator[Breach]:
    latest = moment.now - moment.late
    for ref, held in _held():
        for number, since in connection.execute(held, {"latest": latest}):
            yield Breach("leases", ref(number), _expired(ref(number), since), since)


@cache
def _held() -> tuple[tuple[Callable[[int], str], Select[Any]], ...]:
    """For each kind of work the question what is worked on without a lease that runs on."""
    found = []
    for kind, ref, working in _WORK:
        until = kind.lease_until
        lost = or_(until.is_(None), until < bindparam("latest"))
        held = select(kind.id, until).where(kind.state == working, lost)
        found.append((ref, held.order_by(kind.id)))
    return tuple(found)


def _expired(ref: str, since: datetime | None) -> Text:
    if since is None:
        return text("{ref} is being worked on, but nobody holds a lease on it", ref=ref)
    return text("{ref} is held by a process whose lease ran out", ref=ref)


def _references(connection: Connection, _: Moment) -> Iterator[Breach]:
    for table, target, value in connection.execute(_dangling()):
        said = text(
            "{table} names {target} {value}, which is not there",
            table=table,
            target=target,
            value=value,
        )
        yield Breach("references", f"{target} {value}", said)


@cache
def _dangling() -> Executable:
    """What is named and is not there: one question for all references."""
    missing = [
        _missing(key.parent, key.column, key.parent.is_not(None))
        for table in StateTable.metadata.sorted_tables
        for key in table.foreign_keys
    ]
    for kind, name, target in _OR_NONE:
        column = kind.__table__.columns[name]
        missing.append(_missing(column, target.__table__.columns["id"], column != 0))
    return union_all(*missing).order_by(*_NAMES)


def _missing(column: Column[Any], target: Column[Any], given: Any) -> Any:
    known = target.table.alias()
    names = (literal(column.table.name), literal(target.table.name), cast(column, String))
    return (
        select(*(one.label(name) for one, name in zip(names, _NAMES, strict=True)))
        .distinct()
        .select_from(column.table)
        .outerjoin(known, known.columns[target.name] == column)
        .where(given, known.columns[target.name].is_(None))
    )


ONCE_LAWS = (
    Law("once", text("every effect has one row: nothing is there twice under its key"), _once),
    Law("leases", text("what is worked on is leased, and no lease has run out unnoticed"), _leases),
    Law("references", text("every row that is named is there"), _references),
)
