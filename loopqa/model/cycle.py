"""The records of the loop: waves, findings, actions, re-surveys and verdicts.

Times are timezone-aware UTC instants; dates are calendar days in the workspace's time zone.
Every mutable record carries ``version``, raised by one with each change (optimistic locking).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from loopqa.language import Text
from loopqa.model.verdict import Judgement, Outcome
from loopqa.model.window import Window
from loopqa.model.workflow import RolloutRule

Scope = tuple[tuple[str, tuple[str, ...]], ...]
"""The segment an action is meant to change: sorted (column, sorted values); () is everything."""


def scope_of(columns: Mapping[str, str | list[str] | tuple[str, ...]]) -> Scope:
    """The canonical form of a scope given as ``{"channel": "phone"}`` or with lists of values.

    >>> scope_of({"team": ["T2", "T1"]})
    (('team', ('T1', 'T2')),)
    """
    return tuple(
        (column, (value,) if isinstance(value, str) else tuple(sorted(value)))
        for column, value in sorted(columns.items())
    )


def scope_text(scope: Scope) -> str:
    """The scope as ``team=T1|T2, channel=phone``; empty for everything."""
    return ", ".join(f"{column}={'|'.join(values)}" for column, values in scope)


class WaveKind(StrEnum):
    """Why a window was evaluated."""

    ROUTINE = "routine"  #: by schedule or ``loopqa run``
    SPECIAL = "special"  #: a window somebody named
    BACKFILL = "backfill"  #: history filled in by the first run: no findings, no notices
    RE_SURVEY = "re_survey"  #: the follow-up window of an action


class WaveState(StrEnum):
    """How far a wave has come; its findings exist only once it is done."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Snapshot:
    """The frozen cases of one input in one wave."""

    input: str
    path: str  #: relative to the evidence folder
    sha256: str  #: of the file
    digest: str  #: of the cases, independent of file format and row order
    read: int
    loaded: int
    rejected: int


@dataclass(frozen=True)
class Wave:
    """One evaluation of one window by one version of a rubric."""

    id: int
    workflow: str
    kind: WaveKind
    window: Window
    revision: int  #: 1, and one more each time late data changed the evidence
    state: WaveState
    rubric_hash: str
    digest: str  #: over all snapshots; same digest → a re-run does nothing
    snapshots: tuple[Snapshot, ...]
    scores: Mapping[str, Any]  #: a ``loopqa.score/1`` document
    created_at: datetime
    stale: bool = False  #: a later revision replaced it
    resurvey: int | None = None  #: the re-survey whose follow-up window it is


class FindingState(StrEnum):
    """Where a finding stands in its cycle."""

    OPEN = "open"
    ANALYSED = "analysed"
    IN_ACTION = "in_action"
    AWAITING_VERDICT = "awaiting_verdict"
    RESOLVED = "resolved"
    CARRIED_OVER = "carried_over"  #: not solved: goes into the next cycle as a new finding
    DISMISSED = "dismissed"


class FindingGrade(StrEnum):
    """How sure a finding is."""

    WATCH = "watch"  #: too few answers to say
    OBSERVED = "observed"  #: the score is below, but chance could do that
    CONFIRMED = "confirmed"  #: the upper confidence bound is below, corrected for all cells


@dataclass(frozen=True)
class Reason:
    """Why one detector raised the finding."""

    detector: str  #: the detector's type
    grade: FindingGrade
    text: Text
    figures: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidate:
    """What a detector proposes: one cell that falls short, before it becomes a finding."""

    dimension: str  #: the dimension's id
    lineage: str
    scope: Scope
    reason: Reason
    n: int
    score: float | None


@dataclass(frozen=True)
class Finding:
    """A cell (dimension and scope) that fell short, followed through the cycles."""

    id: int
    workflow: str
    dimension: str
    lineage: str  #: dimension id by which it is recognised through rubric versions
    scope: Scope
    grade: FindingGrade
    state: FindingState
    reasons: tuple[Reason, ...]
    wave: int  #: in which it was first found: the baseline
    window: Window
    n: int
    score: float | None
    opened_at: datetime
    version: int
    cycle: int = 1  #: raised by one with every carry-over
    owner: str | None = None
    carried_from: int | None = None  #: the finding of the cycle before
    recurs: int | None = None  #: the resolved finding that has come back
    note: str | None = None  #: why it was dismissed or carried over
    stale: bool = False  #: late data made a new revision of its wave
    seen_in: tuple[int, ...] = ()  #: later waves that saw it again while it was open


class ActionState(StrEnum):
    """The life of an improvement action."""

    PROPOSED = "proposed"
    OPEN = "open"
    STARTED = "started"
    CLOSED = "closed"  #: the owner says done; the re-survey clock runs
    VERIFIED = "verified"
    INEFFECTIVE = "ineffective"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Step:
    """One part of a staggered roll-out: the clusters that begin together."""

    clusters: tuple[str, ...]
    starts_on: date | None  #: None: held out until the verdict


@dataclass(frozen=True)
class Rollout:
    """An action that begins in clusters chosen by lot."""

    rule: RolloutRule
    steps: tuple[Step, ...] = ()  #: drawn when the action starts, and never again; held out last

    @property
    def starts(self) -> Mapping[str, date | None]:
        """The first day of each cluster; None for those held out."""
        return {cluster: step.starts_on for step in self.steps for cluster in step.clusters}

    @property
    def last_start(self) -> date | None:
        """The day on which the last cluster that is not held out begins; None before the draw."""
        return max((step.starts_on for step in self.steps if step.starts_on), default=None)


@dataclass(frozen=True)
class Action:
    """What is done about one or more findings, by whom, until when."""

    id: int
    workflow: str
    title: str
    state: ActionState
    findings: tuple[int, ...]
    scope: Scope
    dimensions: tuple[str, ...]  #: named before the re-survey: the primary ones
    opened_at: datetime
    version: int
    owner: str | None = None
    department: str | None = None
    due: date | None = None
    metric: str | None = None  #: how success is measured, in words
    target: str | None = None
    horizon: str | None = None  #: short or long
    cost: str | None = None
    benefit: str | None = None
    started_on: date | None = None
    closed_on: date | None = None
    evidence: str | None = None  #: what shows that it was done
    round: int = 0  #: of its latest re-survey
    illustrative: bool = False  #: made up for a demonstration
    rollout: Rollout | None = None  #: None: everywhere at once


class ReSurveyState(StrEnum):
    """The life of one round of re-survey."""

    SCHEDULED = "scheduled"  #: waits for its due date
    ASKING = "asking"  #: due; the follow-up window is named and still running or settling
    COMPARING = "comparing"  #: the window is complete; the comparison is being made
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class ReSurvey:
    """One round of re-survey of one closed action."""

    id: int
    action: int
    round: int
    state: ReSurveyState
    due_at: datetime  #: when asking begins
    due_on: date  #: the same as a calendar day in the workspace's zone
    version: int
    window: Window | None = None  #: named when it fell due
    ready_at: datetime | None = None  #: when the window is complete and settled
    baseline: int | None = None  #: wave that is compared with
    wave: int | None = None  #: wave of the follow-up window
    failure: Text | None = None  #: what holds it up, or why it was given up
    late_days: int = 0  #: how long after its due date it was picked up
    attempts: int = 0  #: how often its comparison was begun
    retry_at: datetime | None = None  #: not to be tried again before; None: any time


@dataclass(frozen=True)
class Verdict:
    """The stored judgement on one dimension of one action in one round."""

    id: int
    action: int
    resurvey: int
    round: int
    judgement: Judgement
    score_after: float | None  #: score of the dimension in the scope, after
    target_met: bool | None  #: whether that meets the threshold or target of the finding
    baseline: int
    wave: int
    reached_at: datetime
    stale: bool = False

    @property
    def outcome(self) -> Outcome:
        """Short for the judgement's outcome."""
        return self.judgement.outcome


@dataclass(frozen=True)
class Note:
    """A remark on a finding or an action; never edited."""

    about: str  #: e.g. A-7
    text: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit chain: what changed, by whom, and the hash that seals it."""

    sequence: int
    at: datetime
    actor: str
    event: str  #: e.g. action.closed
    about: str  #: e.g. A-7
    details: Mapping[str, Any]
    previous: str  #: hash of the entry before
    hash: str
    pinned_clock: bool = False  #: written while LOOPQA_NOW set the clock


@dataclass(frozen=True)
class Notice:
    """Something people should be told, written in the same transaction as what caused it."""

    key: str  #: unique: the same thing is never told twice
    event: str  #: an Event, as text
    about: str
    text: Text
    at: datetime
    workflow: str = ""  #: whose rules say who is told


def wave_ref(number: int) -> str:
    """How the audit chain writes a wave's id: W-4."""
    return f"W-{number}"


def finding_ref(number: int) -> str:
    """How people write a finding's id: F-12."""
    return f"F-{number}"


def action_ref(number: int) -> str:
    """How people write an action's id: A-7."""
    return f"A-{number}"


def resurvey_ref(number: int) -> str:
    """How people write a re-survey's id: R-3."""
    return f"R-{number}"


def verdict_ref(number: int) -> str:
    """How people write a verdict's id: V-3."""
    return f"V-{number}"
