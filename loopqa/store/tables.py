"""The tables of the state. They never leave this room: the door hands out model records.

A column holds what the record's field of the same name holds; nested records are JSON, a window is
two dates. What a record does not have (keys that make an effect happen once, leases) is said here.
No ``Relationship``: it breaks later models in a module with postponed annotations.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, MetaData, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from loopqa.language import Text
from loopqa.store.sentences import Sentence


class StateTable(SQLModel):
    """Base of all tables, with metadata of our own.

    Constraints have names, so that a later migration can drop or change them anywhere.
    """

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _json() -> Any:
    """A JSON column; always set as a whole, because changes inside it would be lost."""
    return Field(sa_type=JSON)


def _of_few(name: str) -> Index:
    """An index of the few rows that have something in a column."""
    filled = sql(f"{name} IS NOT NULL")
    return Index(None, name, sqlite_where=filled, postgresql_where=filled)


class RubricRow(StateTable, table=True):
    """A pinned version of a rubric: the document by which waves were scored."""

    __tablename__: ClassVar[str] = "rubric"
    hash: str = Field(primary_key=True)
    rubric: str
    version: str
    document: dict[str, Any] = _json()
    pinned_at: datetime


class WaveRow(StateTable, table=True):
    """One evaluation of one window."""

    __tablename__: ClassVar[str] = "wave"
    __table_args__ = (
        UniqueConstraint(
            *("workflow", "kind", "window_start", "window_end", "resurvey", "revision"),
            name="uq_wave_evaluation",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    workflow: str
    kind: str
    window_start: date
    window_end: date
    resurvey: int = 0  #: 0 instead of NULL: NULLs would all be different in the unique key
    revision: int
    state: str
    rubric_hash: str = Field(foreign_key="rubric.hash")
    digest: str
    snapshots: list[Any] = _json()
    scores: dict[str, Any] = _json()
    created_at: datetime
    stale: bool = False


class FindingRow(StateTable, table=True):
    """A cell that fell short."""

    __tablename__: ClassVar[str] = "finding"
    __table_args__ = (Index(None, "workflow", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    workflow: str
    dimension: str
    lineage: str
    scope: list[Any] = _json()
    scope_key: str = Field(index=True)  #: the scope as canonical text, to look it up
    live_key: str | None = Field(default=None, unique=True)  #: the cell; NULL once finished
    grade: str
    state: str
    reasons: list[Any] = _json()
    wave: int = Field(foreign_key="wave.id", index=True)
    window_start: date
    window_end: date
    n: int
    score: float | None = None
    opened_at: datetime
    version: int
    cycle: int
    owner: str | None = None
    carried_from: int | None = Field(default=None, foreign_key="finding.id")
    recurs: int | None = Field(default=None, foreign_key="finding.id")
    note: str | None = None
    stale: bool = False
    seen_in: list[Any] = _json()


class ActionRow(StateTable, table=True):
    """An improvement action."""

    __tablename__: ClassVar[str] = "action"
    __table_args__ = (
        Index(None, "workflow", "state"),
        Index(None, "state", "due"),
        _of_few("look_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    workflow: str
    title: str
    state: str
    scope: list[Any] = _json()
    dimensions: list[Any] = _json()
    opened_at: datetime
    version: int
    owner: str | None = None
    department: str | None = None
    due: date | None = None
    metric: str | None = None
    target: str | None = None
    horizon: str | None = None
    cost: str | None = None
    benefit: str | None = None
    started_on: date | None = None
    closed_on: date | None = None
    evidence: str | None = None
    round: int = 0
    illustrative: bool = False
    rollout: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    look_on: date | None = None  #: when a tick looks for something to tell of it; see looking.py


class ActionFindingRow(StateTable, table=True):
    """Which findings an action is about, in the order they were named."""

    __tablename__: ClassVar[str] = "action_finding"
    action: int = Field(foreign_key="action.id", primary_key=True)
    finding: int = Field(foreign_key="finding.id", primary_key=True, index=True)
    position: int


class ReSurveyRow(StateTable, table=True):
    """One round of re-survey; whoever compares it holds a lease."""

    __tablename__: ClassVar[str] = "resurvey"
    __table_args__ = (
        UniqueConstraint("action", "round"),
        Index(None, "state", "due_at"),
        Index(None, "state", "ready_at"),
        _of_few("retry_at"),
        _of_few("look_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    action: int = Field(foreign_key="action.id")
    round: int
    state: str
    due_at: datetime
    due_on: date
    version: int
    window_start: date | None = None
    window_end: date | None = None
    ready_at: datetime | None = None
    baseline: int | None = Field(default=None, foreign_key="wave.id")
    wave: int | None = Field(default=None, foreign_key="wave.id")
    failure: Text | None = Field(default=None, sa_type=Sentence)
    late_days: int = 0
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    retry_at: datetime | None = None
    look_at: datetime | None = None  #: when a tick looks whether its window is over
    lease_owner: str | None = None  #: host and process that compares it
    lease_until: datetime | None = None


class VerdictRow(StateTable, table=True):
    """The judgement on one dimension of one action in one round."""

    __tablename__: ClassVar[str] = "verdict"
    __table_args__ = (UniqueConstraint("action", "round", "dimension"),)
    id: int | None = Field(default=None, primary_key=True)
    action: int = Field(foreign_key="action.id")
    resurvey: int = Field(foreign_key="resurvey.id", index=True)
    round: int
    dimension: str
    outcome: str
    judgement: dict[str, Any] = _json()
    score_after: float | None = None
    target_met: bool | None = None
    baseline: int = Field(foreign_key="wave.id", index=True)
    wave: int = Field(foreign_key="wave.id", index=True)
    reached_at: datetime
    stale: bool = False


class AnalysisRow(StateTable, table=True):
    """What an analyser said in one wave, about a finding or about all of it."""

    __tablename__: ClassVar[str] = "analysis"
    __table_args__ = (UniqueConstraint("wave", "finding", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    wave: int = Field(foreign_key="wave.id")
    finding: int = Field(default=0, index=True)  #: 0 instead of NULL, as in a wave's resurvey
    position: int
    analyser: str
    insight: dict[str, Any] = _json()
    made_at: datetime


class LandingRow(StateTable, table=True):
    """A file of landed rows, with the bookmark that holds from then on."""

    __tablename__: ClassVar[str] = "landing"
    __table_args__ = (UniqueConstraint("workflow", "input", "sequence"),)
    id: int | None = Field(default=None, primary_key=True)
    workflow: str
    input: str
    sequence: int
    landed_at: datetime
    file: str
    sha256: str
    read: int
    loaded: int
    rejected: int
    columns: list[Any] = _json()
    source: str
    bookmark: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    refused: list[Any] = _json()
    anew: bool = False


class SampleRow(StateTable, table=True):
    """The cases of one window that were drawn for review; they themselves lie in a file."""

    __tablename__: ClassVar[str] = "sample"
    __table_args__ = (
        UniqueConstraint(
            *("workflow", "window_start", "window_end", "revision"), name="uq_sample_draw"
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    workflow: str
    window_start: date
    window_end: date
    revision: int
    rule: dict[str, Any] = _json()
    quotas: list[Any] = _json()
    digest: str
    snapshot: dict[str, Any] = _json()
    drawn_at: datetime
    stale: bool = False


class NoteRow(StateTable, table=True):
    """A remark; only ever added."""

    __tablename__: ClassVar[str] = "note"
    id: int | None = Field(default=None, primary_key=True)
    about: str = Field(index=True)
    text: str
    actor: str
    at: datetime


class NoticeRow(StateTable, table=True):
    """Something people should be told, once."""

    __tablename__: ClassVar[str] = "notice"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    event: str
    about: str = Field(index=True)
    text: dict[str, Any] = _json()
    at: datetime
    workflow: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SlotRow(StateTable, table=True):
    """One instant of a schedule; whoever runs it holds a lease."""

    __tablename__: ClassVar[str] = "slot"
    __table_args__ = (UniqueConstraint("workflow", "due_at"), Index(None, "state", "next_at"))
    id: int | None = Field(default=None, primary_key=True)
    workflow: str
    rule: str
    due_at: datetime
    wall: str
    state: str
    version: int
    next_at: datetime
    attempts: int = 0
    late_seconds: int = 0
    window_start: date | None = None
    window_end: date | None = None
    wave: int | None = Field(default=None, foreign_key="wave.id")
    reason: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    lease_owner: str | None = None
    lease_until: datetime | None = None


class MessageRow(StateTable, table=True):
    """The outbox: one notice on its way to one recipient; whoever sends it holds a lease."""

    __tablename__: ClassVar[str] = "outbox"
    __table_args__ = (Index(None, "state", "next_at"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    notice: int = Field(foreign_key="notice.id", index=True)
    notifier: str
    recipient: str | None = None
    state: str
    version: int
    next_at: datetime
    created_at: datetime
    options: dict[str, Any] = _json()
    attempts: int = 0
    failure: Text | None = Field(default=None, sa_type=Sentence)
    ended_at: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None


class TickerRow(StateTable, table=True):
    """A process that ticks, and its last sign of life."""

    __tablename__: ClassVar[str] = "ticker"
    id: str = Field(primary_key=True)
    started_at: datetime
    beat_at: datetime
    ticked_at: datetime | None = None
    interval: int | None = None
    problem: str | None = None


class AuditRow(StateTable, table=True):
    """One link of the audit chain."""

    __tablename__: ClassVar[str] = "audit"
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    actor: str
    event: str
    about: str = Field(index=True)
    details: dict[str, Any] = _json()
    previous: str
    hash: str
    pinned_clock: bool = False
