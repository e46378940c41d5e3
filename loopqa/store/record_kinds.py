"""How each kind of record lies in its table, and how people are told that one is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON

from loopqa.calc.loop.lifecycle import FINISHED, WORKING
from loopqa.errors import UnknownId
from loopqa.language import Text, text
from loopqa.model.analysis import Analysis
from loopqa.model.cycle import (
    Action,
    AuditEntry,
    Finding,
    Note,
    Notice,
    ReSurvey,
    Scope,
    Verdict,
    Wave,
    action_ref,
    finding_ref,
    resurvey_ref,
    verdict_ref,
    wave_ref,
)
from loopqa.model.landing import Landing
from loopqa.model.sample import DrawnSample, sample_ref
from loopqa.model.timetable import Message, Slot, Ticker, message_ref, slot_ref
from loopqa.model.window import Window
from loopqa.store.json_values import Read, canonical, hints_of, reader_of, to_plain
from loopqa.store.tables import (
    ActionRow,
    AnalysisRow,
    AuditRow,
    FindingRow,
    LandingRow,
    MessageRow,
    NoteRow,
    NoticeRow,
    ReSurveyRow,
    SampleRow,
    SlotRow,
    TickerRow,
    VerdictRow,
    WaveRow,
)

R = TypeVar("R")

LOOK_NOW = date(2000, 1, 1)  #: long past: the next tick looks


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of record with its table."""

    record: type[R]
    table: Any
    ref: Callable[[int], str] = str  #: how people write its id
    unknown: Callable[[str], UnknownId] = lambda ref: UnknownId(text("there is no {ref}", ref=ref))
    derived: Callable[[R], Mapping[str, Any]] = lambda record: {}  #: columns beside the fields

    def columns(self, record: R, only: Collection[str] | None = None) -> dict[str, Any]:
        """The table's columns for ``record`` but its id; or only those of some fields."""
        held: dict[str, Any] = {}
        for name, as_json in self._stored:
            if only is not None and name not in only:
                continue
            value = getattr(record, name)
            if name == "window":
                held["window_start"] = value and value.start
                held["window_end"] = value and value.end
            elif as_json:
                held[name] = to_plain(value)
            else:
                held[name] = value.value if isinstance(value, Enum) else value
        return {**held, **self.derived(record)}

    def of(self, row: Any, **more: Any) -> R:
        """The record in ``row``; ``more`` holds fields that lie in other tables."""
        held = dict(more)
        for name, read in self._readers:
            if name == "window":
                held[name] = _window(row)
            elif name not in held:
                value = getattr(row, name)
                held[name] = value if read is None else read(value)
        return self.record(**held)

    @cached_property
    def _stored(self) -> tuple[tuple[str, bool], ...]:
        """The fields that lie in the table, and whether as JSON."""
        columns = self.table.__table__.columns
        return tuple(
            (one.name, one.name != "window" and _is_json(self.table, one.name))
            for one in fields(self.record)  # type: ignore[arg-type]
            if one.name == "window" or (one.name != "id" and one.name in columns)
        )

    @cached_property
    def _readers(self) -> tuple[tuple[str, Read | None], ...]:
        """The fields of a record, and how each is made of its column; None: as it is."""
        hints = hints_of(self.record)
        return tuple((name, _reader(self.table, name, hint)) for name, hint in hints.items())


def _reader(table: Any, name: str, hint: Any) -> Read | None:
    if name in table.__table__.columns and _is_json(table, name):
        return reader_of(hint)
    return hint if isinstance(hint, type) and issubclass(hint, Enum) else None


def _is_json(table: Any, name: str) -> bool:
    return isinstance(table.__table__.columns[name].type, JSON)


def _window(row: Any) -> Window | None:
    return Window(row.window_start, row.window_end) if row.window_start else None


def scope_key(scope: Scope) -> str:
    """A scope as text that can be compared in the database."""
    return canonical(to_plain(scope))


def _keys_of_finding(finding: Finding) -> Mapping[str, Any]:
    key = scope_key(finding.scope)
    live = finding.state not in FINISHED and not finding.stale
    cell = canonical([finding.workflow, finding.lineage, key])
    return {"scope_key": key, "live_key": cell if live else None}


def _keys_of_verdict(verdict: Verdict) -> Mapping[str, Any]:
    return {
        "dimension": verdict.judgement.about,
        "outcome": verdict.judgement.outcome.value,
    }


def _unknown(message: Text, hint: Text) -> UnknownId:
    return UnknownId(message, hint=hint)


WAVE: Kind[Wave] = Kind(
    Wave,
    WaveRow,
    wave_ref,
    lambda ref: _unknown(
        text("there is no wave {ref}", ref=ref), text("`loopqa run` makes the next one")
    ),
    lambda wave: {"resurvey": wave.resurvey or 0},
)
FINDING: Kind[Finding] = Kind(
    Finding,
    FindingRow,
    finding_ref,
    lambda ref: _unknown(
        text("there is no finding {ref}", ref=ref),
        text("`loopqa finding list` shows those there are"),
    ),
    _keys_of_finding,
)
ACTION: Kind[Action] = Kind(
    Action,
    ActionRow,
    action_ref,
    lambda ref: _unknown(
        text("there is no action {ref}", ref=ref),
        text("`loopqa action list` shows those there are"),
    ),
    lambda action: {"look_on": LOOK_NOW if action.state in WORKING else None},
)
RESURVEY: Kind[ReSurvey] = Kind(
    ReSurvey,
    ReSurveyRow,
    resurvey_ref,
    lambda ref: _unknown(
        text("there is no re-survey {ref}", ref=ref),
        text("`loopqa resurvey list` shows those there are"),
    ),
)
VERDICT: Kind[Verdict] = Kind(
    Verdict,
    VerdictRow,
    verdict_ref,
    lambda ref: _unknown(
        text("there is no verdict {ref}", ref=ref),
        text("`loopqa verdict list` shows those there are"),
    ),
    _keys_of_verdict,
)
ANALYSIS: Kind[Analysis] = Kind(
    Analysis, AnalysisRow, derived=lambda one: {"finding": one.finding or 0}
)
LANDING: Kind[Landing] = Kind(Landing, LandingRow)
SAMPLE: Kind[DrawnSample] = Kind(
    DrawnSample,
    SampleRow,
    sample_ref,
    lambda ref: _unknown(
        text("there is no sample {ref}", ref=ref),
        text("`loopqa sample show` shows the latest one; `loopqa sample draw` draws one"),
    ),
)
SLOT: Kind[Slot] = Kind(
    Slot,
    SlotRow,
    slot_ref,
    lambda ref: _unknown(
        text("there is no slot {ref}", ref=ref),
        text("`loopqa schedule list` shows those there are"),
    ),
)
MESSAGE: Kind[Message] = Kind(
    Message,
    MessageRow,
    message_ref,
    lambda ref: _unknown(
        text("there is no message {ref}", ref=ref),
        text("`loopqa outbox list` shows those there are"),
    ),
)
TICKER: Kind[Ticker] = Kind(Ticker, TickerRow)
NOTE: Kind[Note] = Kind(Note, NoteRow)
NOTICE: Kind[Notice] = Kind(Notice, NoticeRow)
AUDIT: Kind[AuditEntry] = Kind(AuditEntry, AuditRow)
