"""Laws of what happens once: keys, claims, and rows that name each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, func, or_, select
from sqlmodel import Session

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


def _once(session: Session, _: Moment) -> Iterator[Breach]:
    for kind, names in _KEYS:
        columns = [kind.__table__.columns[name] for name in names]
        given = [column.is_not(None) for column in columns]
        twice = select(*columns, func.count()).where(*given).group_by(*columns)
        for *key, number in session.execute(twice.having(func.count() > 1)):
            shown = " ".join(str(one) for one in key)
            said = text(
                "{table}: there are {n} rows of {key}",
                table=kind.__tablename__,
                n=number,
                key=shown,
            )
            yield Breach("once", _owner(names, key), said)


def _owner(names: tuple[str, ...], key: list[Any]) -> str:
    return action_ref(key[0]) if names[0] == "action" else str(key[0])


def _leases(session: Session, moment: Moment) -> Iterator[Breach]:
    latest = moment.now - moment.late
    for kind, ref, working in _WORK:
        until = kind.lease_until
        held = select(kind.id, until).where(
            kind.state == working, or_(until.is_(None), until < latest)
        )
        for number, since in session.execute(held.order_by(kind.id)):
            yield Breach("leases", ref(number), _expired(ref(number), since), since)


def _expired(ref: str, since: datetime | None) -> Text:
    if since is None:
        return text("{ref} is being worked on, but nobody holds a lease on it", ref=ref)
    return text("{ref} is held by a process whose lease ran out", ref=ref)


def _references(session: Session, _: Moment) -> Iterator[Breach]:
    for table in StateTable.metadata.sorted_tables:
        for key in table.foreign_keys:
            yield from _dangling(session, key.parent, key.column, key.parent.is_not(None))
    for kind, name, target in _OR_NONE:
        column = kind.__table__.columns[name]
        yield from _dangling(session, column, target.__table__.columns["id"], column != 0)


def _dangling(
    session: Session, column: Column[Any], target: Column[Any], given: Any
) -> Iterator[Breach]:
    known = target.table.alias()
    missing = (
        select(column)
        .distinct()
        .outerjoin(known, known.columns[target.name] == column)
        .where(given, known.columns[target.name].is_(None))
    )
    for (value,) in session.execute(missing.order_by(column)):
        said = text(
            "{table} names {target} {value}, which is not there",
            table=column.table.name,
            target=target.table.name,
            value=value,
        )
        yield Breach("references", f"{target.table.name} {value}", said)


ONCE_LAWS = (
    Law("once", text("every effect has one row: nothing is there twice under its key"), _once),
    Law("leases", text("what is worked on is leased, and no lease has run out unnoticed"), _leases),
    Law("references", text("every row that is named is there"), _references),
)
