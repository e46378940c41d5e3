"""A workspace with a large state, written by bulk inserts in seconds.

The rows are what the program itself would have written: every pending re-survey has its closed
action, its finding and their wave. Finished rows (and their audit entries) only fill the tables;
their audit chain is not sealed link by link, but it ends in the link that the next one names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from loopqa.store.json_values import canonical
from loopqa.store.record_kinds import ACTION, FINDING, MESSAGE, NOTICE, RESURVEY, SLOT, WAVE, Kind
from loopqa.store.tables import ActionFindingRow, AuditRow

START = datetime(2026, 1, 1, tzinfo=UTC)
DUE = date(2026, 3, 1)  #: of the pending re-surveys
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)  #: all of them are due
BEFORE = datetime(2026, 2, 27, 1, tzinfo=UTC)  #: none of them is
READY = datetime(2026, 5, 10, 1, tzinfo=UTC)  #: their windows are over and settled
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


def new_workspace(folder: Path, url: str | None = None) -> Path:
    """A workspace of the survey template, with a rule that tells somebody of due re-surveys."""
    start_workspace(folder, "survey")
    with (folder / "workflows" / "survey.yaml").open("a", encoding="utf-8") as workflow:
        workflow.write("notify: [{on: [resurvey.due], type: file, path: told.txt}]\n")
    if url is not None:
        with (folder / "loopqa.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"state: {url}\n")
    return folder


def fill(root: Path, url: str, *, pending: int, finished: int = 0) -> None:
    """Add ``pending`` scheduled re-surveys, and ``finished`` rows in each of five large tables.

    The large tables are re-surveys, slots, notices, messages and the audit chain.
    """
    with closing(Store.open(url, root=root)) as store:
        with store.writing(actor="bench", now=START) as writer:
            writer.pin_rubric("9f2c", "survey", "1", {})
        with store._database.writing() as connection:
            _insert(connection, WAVE, _copies(WAVE, BASELINE, range(1, 2)))
            _loops(connection, range(1, pending + 1), done=False)
            _loops(connection, range(pending + 1, pending + finished + 1), done=True)
            _timetable(connection, range(1, finished + 1))
            if url.startswith("postgresql"):
                connection.exec_driver_sql("ANALYZE")
            connection.commit()


def _loops(connection: Connection, numbers: range, *, done: bool) -> None:
    """A finding, an action and a re-survey a number."""
    finding = replace(FOUND, state=FindingState.RESOLVED if done else FOUND.state)
    action = replace(CLOSED, state=ActionState.VERIFIED if done else CLOSED.state)
    waiting = replace(WAITING, state=ReSurveyState.DONE if done else WAITING.state)
    scopes = [[["team", [f"T{n}"]]] for n in numbers]
    keys = [canonical(one) for one in scopes]
    cells = [None if done else canonical(["survey", "attitude", key]) for key in keys]
    found = _copies(FINDING, finding, numbers, scope=scopes, scope_key=keys, live_key=cells)
    _insert(connection, FINDING, found)
    _insert(connection, ACTION, _copies(ACTION, action, numbers, scope=scopes))
    links = ({"action": n, "finding": n, "position": 0} for n in numbers)
    _insert(connection, ActionFindingRow, links)
    _insert(connection, RESURVEY, _copies(RESURVEY, waiting, numbers, action=numbers))


def _timetable(connection: Connection, numbers: range) -> None:
    """A slot, a notice, its message and an audit entry a number, all of the past."""
    instants = [START - n * timedelta(hours=1) for n in numbers]
    slot = Slot(1, "survey", "every hour", START, "", SlotState.DONE, 3, START)
    _insert(connection, SLOT, _copies(SLOT, slot, numbers, due_at=instants))
    keys = [f"old:{n}" for n in numbers]
    notice = Notice("", "resurvey.done", "R-1", text("done"), START, "survey")
    _insert(connection, NOTICE, _copies(NOTICE, notice, numbers, key=keys))
    message = Message(1, "", 1, "file", None, MessageState.DELIVERED, 3, START, START)
    _insert(connection, MESSAGE, _copies(MESSAGE, message, numbers, key=keys, notice=numbers))
    entry = {"at": START, "actor": "bench", "event": "old", "about": "R-1", "details": {}}
    sealed = {"previous": "0" * 64, "hash": "0" * 64, "pinned_clock": False}
    _insert(connection, AuditRow, ({"sequence": n + 1, **entry, **sealed} for n in numbers))


def _copies(
    kind: Kind[Any], record: Any, numbers: range, **varying: Sequence[Any]
) -> Iterator[dict[str, Any]]:
    """Rows that differ in their ids and in what is said to vary."""
    columns = kind.columns(record)
    for at, number in enumerate(numbers):
        yield {**columns, "id": number, **{name: them[at] for name, them in varying.items()}}


def _insert(connection: Connection, where: Any, rows: Iterator[dict[str, Any]]) -> None:
    table = where.table if isinstance(where, Kind) else where
    statement = insert(table.__table__)
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(statement, chunk)
