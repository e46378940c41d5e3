"""A workspace with a large state, written by bulk inserts in seconds.

The rows are what the program itself would have written: every pending re-survey has its closed
action, its finding and their wave. Finished rows (and their audit entries) only fill the tables;
their audit chain is not sealed link by link, but it ends in the link that the next one names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from loopqa.engine.templates import start_workspace
from loopqa.language import text
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    FindingGrade,
    FindingState,
    Notice,
    Reason,
    ReSurvey,
    ReSurveyState,
    Wave,
    WaveKind,
    WaveState,
)
from loopqa.model.timetable import Message, MessageState, Slot, SlotState
from loopqa.model.window import Window
from loopqa.store.door import Store
from loopqa.store.record_kinds import ACTION, FINDING, MESSAGE, NOTICE, RESURVEY, SLOT, WAVE, Kind
from loopqa.store.tables import ActionFindingRow, AuditRow

START = datetime(2026, 1, 1, tzinfo=UTC)
DUE = date(2026, 3, 1)  #: of the pending re-surveys
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)  #: all of them are due
BEFORE = datetime(2026, 2, 27, 1, tzinfo=UTC)  #: none of them is
CHUNK = 10_000

WINDOW = Window(date(2026, 1, 1), date(2026, 1, 31))
BASELINE = Wave(
    id=1,
    workflow="survey",
    kind=WaveKind.ROUTINE,
    window=WINDOW,
    revision=1,
    state=WaveState.DONE,
    rubric_hash="9f2c",
    digest="d1",
    snapshots=(),
    scores={"schema": "loopqa.score/1"},
    created_at=START,
)
FOUND = Finding(
    id=1,
    workflow="survey",
    dimension="attitude",
    lineage="attitude",
    scope=(),
    grade=FindingGrade.CONFIRMED,
    state=FindingState.AWAITING_VERDICT,
    reasons=(Reason("below_threshold", FindingGrade.CONFIRMED, text("low"), {"score": 2.7}),),
    wave=1,
    window=WINDOW,
    n=120,
    score=2.7,
    opened_at=START,
    version=3,
)
CLOSED = Action(
    id=1,
    workflow="survey",
    title="a second pair of eyes",
    state=ActionState.CLOSED,
    findings=(1,),
    scope=(),
    dimensions=("attitude",),
    opened_at=START,
    version=3,
    owner="li",
    due=date(2026, 1, 31),
    closed_on=date(2026, 2, 1),
    evidence="done",
    round=1,
)
WAITING = ReSurvey(
    id=1,
    action=1,
    round=1,
    state=ReSurveyState.SCHEDULED,
    due_at=datetime(2026, 3, 1, tzinfo=UTC),
    due_on=DUE,
    version=1,
)


def new_workspace(folder: Path, url: str | None = None, *, told: bool = False) -> Path:
    """A workspace of the survey template; ``told`` adds a rule that notifies somebody."""
    start_workspace(folder, "survey")
    if url is not None:
        with (folder / "loopqa.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"state: {url}\n")
    return folder


def fill(root: Path, url: str, *, pending: int, finished: int = 0) -> None:
    """Add ``pending`` scheduled re-surveys, and finished rows in all large tables."""
    with closing(Store.open(url, root=root)) as store:
        with store.writing(actor="bench", now=START) as writer:
            writer.pin_rubric("9f2c", "survey", "1", {})
        with store._database.writers.begin() as connection:
            _put(connection, WAVE, [BASELINE])
            _loops(connection, range(1, pending + 1), ReSurveyState.SCHEDULED)
            if finished:
                _loops(connection, range(pending + 1, pending + finished + 1), ReSurveyState.DONE)
                _slots(connection, finished)
                _messages(connection, finished)
                _audit(connection, finished)


def _loops(connection: Connection, numbers: range, state: ReSurveyState) -> None:
    """Findings, actions and re-surveys, one of each a number."""
    done = state is ReSurveyState.DONE
    finding = replace(FOUND, state=FindingState.RESOLVED if done else FOUND.state)
    action = replace(CLOSED, state=ActionState.VERIFIED if done else CLOSED.state)

    def scope(number: int) -> Any:
        return (("team", (f"T{number}",)),)

    _put(connection, FINDING, (replace(finding, id=n, scope=scope(n)) for n in numbers))
    _put(connection, ACTION, (replace(action, id=n, scope=scope(n)) for n in numbers))
    links = ({"action": n, "finding": n, "position": 0} for n in numbers)
    _insert(connection, ActionFindingRow, links)
    waiting = replace(WAITING, state=state)
    _put(connection, RESURVEY, (replace(waiting, id=n, action=n) for n in numbers))


def _slots(connection: Connection, count: int) -> None:
    hour = timedelta(hours=1)
    begin = START - count * hour
    slot = Slot(1, "survey", "every hour", begin, "", SlotState.DONE, 3, begin)
    rows = (replace(slot, id=n, due_at=begin + n * hour, next_at=begin) for n in range(1, count))
    _put(connection, SLOT, rows)


def _messages(connection: Connection, count: int) -> None:
    numbers = range(1, count + 1)
    notice = Notice("", "resurvey.done", "R-1", text("done"), START, "survey")
    columns = NOTICE.columns(notice)
    _insert(connection, NOTICE.table, ({**columns, "id": n, "key": f"old:{n}"} for n in numbers))
    message = Message(1, "", 1, "console", None, MessageState.DELIVERED, 3, START, START)
    rows = (replace(message, id=n, key=f"old:{n}", notice=n) for n in numbers)
    _put(connection, MESSAGE, rows)


def _audit(connection: Connection, count: int) -> None:
    entry = {"at": START, "actor": "bench", "event": "old", "about": "R-1", "details": {}}
    sealed = {"previous": "0" * 64, "hash": "0" * 64, "pinned_clock": False}
    rows = ({"sequence": n + 1, **entry, **sealed} for n in range(1, count + 1))
    _insert(connection, AuditRow, rows)


def _put(connection: Connection, kind: Kind[Any], records: Iterable[Any]) -> None:
    _insert(connection, kind.table, ({"id": one.id, **kind.columns(one)} for one in records))


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    statement = insert(table.__table__)
    source: Iterator[dict[str, Any]] = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        connection.execute(statement, chunk)
