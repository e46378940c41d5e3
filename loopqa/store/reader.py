"""Reading the state: every answer is a plain frozen record, or a tuple of them by id.

All reads of one reader see the same state, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from loopqa.errors import UnknownId
from loopqa.language import text
from loopqa.model.analysis import Analysis
from loopqa.model.cycle import (
    Action,
    ActionState,
    AuditEntry,
    Finding,
    Note,
    Notice,
    ReSurvey,
    ReSurveyState,
    Scope,
    Verdict,
    Wave,
    WaveKind,
)
from loopqa.model.landing import Landing
from loopqa.model.sample import DrawnSample
from loopqa.model.window import Window
from loopqa.store.audit import GENESIS, BrokenLink, first_broken
from loopqa.store.due_reader import DueReader
from loopqa.store.lookups import ACTIONS, FINDINGS_OF_ACTION, LAST_LINK, LINKS_OF_ACTIONS, PINNED
from loopqa.store.record_kinds import (
    ACTION,
    ANALYSIS,
    AUDIT,
    FINDING,
    LANDING,
    NOTE,
    NOTICE,
    RESURVEY,
    SAMPLE,
    VERDICT,
    WAVE,
    scope_key,
)
from loopqa.store.tables import (
    ActionFindingRow,
    ActionRow,
    AnalysisRow,
    AuditRow,
    FindingRow,
    LandingRow,
    NoteRow,
    NoticeRow,
    ReSurveyRow,
    RubricRow,
    SampleRow,
    VerdictRow,
    WaveRow,
)


class Reader(DueReader):
    """A view of the state at one moment; made by ``Store.reading()``."""

    def wave(self, number: int) -> Wave:
        """The wave with this id.

        Raises:
            UnknownId: there is none.
        """
        return _wave(self._found(WAVE, number))

    def waves(
        self,
        workflow: str | None = None,
        kind: WaveKind | None = None,
        window: Window | None = None,
        include_stale: bool = False,
    ) -> tuple[Wave, ...]:
        """Waves by window, oldest first; those that a later revision replaced only on request."""
        found = select(WaveRow).order_by(
            col(WaveRow.window_start), col(WaveRow.window_end), col(WaveRow.id)
        )
        if workflow is not None:
            found = found.where(WaveRow.workflow == workflow)
        if kind is not None:
            found = found.where(WaveRow.kind == kind.value)
        if window is not None:
            found = found.where(
                WaveRow.window_start == window.start, WaveRow.window_end == window.end
            )
        if not include_stale:
            found = found.where(col(WaveRow.stale).is_(False))
        return tuple(map(_wave, self._session.exec(found)))

    def latest_wave(
        self,
        workflow: str,
        window: Window | None = None,
        kinds: Collection[WaveKind] = (WaveKind.ROUTINE, WaveKind.BACKFILL),
    ) -> Wave | None:
        """The wave that holds for ``window``, or of the latest window; replaced ones never do."""
        found = select(WaveRow).where(
            WaveRow.workflow == workflow,
            col(WaveRow.kind).in_(_values(kinds)),
            col(WaveRow.stale).is_(False),
        )
        if window is not None:
            found = found.where(
                WaveRow.window_start == window.start, WaveRow.window_end == window.end
            )
        latest = (WaveRow.window_end, WaveRow.revision, WaveRow.id)
        found = found.order_by(*(col(one).desc() for one in latest)).limit(1)
        row = self._session.exec(found).first()
        return None if row is None else _wave(row)

    def finding(self, number: int) -> Finding:
        """The finding with this id.

        Raises:
            UnknownId: there is none.
        """
        return FINDING.of(self._found(FINDING, number))

    def findings(
        self,
        workflow: str | None = None,
        lineage: str | None = None,
        scope: Scope | None = None,
        wave: int | None = None,
    ) -> tuple[Finding, ...]:
        """Findings that meet all that is asked, by id; ``wave`` is the one that first saw them."""
        found = select(FindingRow).order_by(col(FindingRow.id))
        if workflow is not None:
            found = found.where(FindingRow.workflow == workflow)
        if lineage is not None:
            found = found.where(FindingRow.lineage == lineage)
        if scope is not None:
            found = found.where(FindingRow.scope_key == scope_key(scope))
        if wave is not None:
            found = found.where(FindingRow.wave == wave)
        return tuple(map(FINDING.of, self._session.exec(found)))

    def action(self, number: int) -> Action:
        """The action with this id.

        Raises:
            UnknownId: there is none.
        """
        row = self._found(ACTION, number)
        return ACTION.of(row, findings=self._findings_of(number))

    def actions(
        self,
        workflow: str | None = None,
        states: Collection[ActionState] | None = None,
        numbers: Collection[int] | None = None,
    ) -> tuple[Action, ...]:
        """Actions that meet all that is asked, by id."""
        conditions: list[Any] = []
        if workflow is not None:
            conditions.append(ActionRow.workflow == workflow)
        if states is not None:
            conditions.append(col(ActionRow.state).in_(_values(states)))
        if numbers is not None:
            conditions.append(col(ActionRow.id).in_(numbers))
        return self._actions(*conditions)

    def actions_of_finding(self, number: int) -> tuple[Action, ...]:
        """All actions opened for this finding, by id."""
        linked = select(ActionFindingRow.action).where(ActionFindingRow.finding == number)
        return self._actions(col(ActionRow.id).in_(linked))

    def resurvey(self, number: int) -> ReSurvey:
        """The re-survey with this id.

        Raises:
            UnknownId: there is none.
        """
        return RESURVEY.of(self._found(RESURVEY, number))

    def resurveys(
        self,
        action: int | None = None,
        states: Collection[ReSurveyState] | None = None,
        due_before: datetime | None = None,
        numbers: Collection[int] | None = None,
    ) -> tuple[ReSurvey, ...]:
        """Re-surveys that meet all that is asked, by due date; the bound is inclusive."""
        found = select(ReSurveyRow).order_by(col(ReSurveyRow.due_at), col(ReSurveyRow.id))
        if action is not None:
            found = found.where(ReSurveyRow.action == action)
        if states is not None:
            found = found.where(col(ReSurveyRow.state).in_(_values(states)))
        if due_before is not None:
            found = found.where(ReSurveyRow.due_at <= due_before)
        if numbers is not None:
            found = found.where(col(ReSurveyRow.id).in_(numbers))
        return tuple(map(RESURVEY.of, self._session.exec(found)))

    def verdict(self, number: int) -> Verdict:
        """The verdict with this id.

        Raises:
            UnknownId: there is none.
        """
        return VERDICT.of(self._found(VERDICT, number))

    def verdicts(self, action: int | None = None) -> tuple[Verdict, ...]:
        """All verdicts, or those on one action, by id, stale ones included."""
        found = select(VerdictRow).order_by(col(VerdictRow.id))
        if action is not None:
            found = found.where(VerdictRow.action == action)
        return tuple(map(VERDICT.of, self._session.exec(found)))

    def latest_verdicts(self, limit: int) -> tuple[Verdict, ...]:
        """The latest primary verdicts by id, stale ones included."""
        by_age = select(VerdictRow).order_by(col(VerdictRow.id).desc())
        with self._session.exec(by_age.execution_options(yield_per=20)) as found:
            primary = (one for one in map(VERDICT.of, found) if one.judgement.primary)
            return tuple(islice(primary, limit))[::-1]

    def analyses(self, wave: int | None = None, finding: int | None = None) -> tuple[Analysis, ...]:
        """What analysers said in a wave, or about a finding, in the order they were asked."""
        found = select(AnalysisRow).order_by(col(AnalysisRow.id))
        if wave is not None:
            found = found.where(AnalysisRow.wave == wave)
        if finding is not None:
            found = found.where(AnalysisRow.finding == finding)
        return tuple(
            ANALYSIS.of(row, finding=row.finding or None) for row in self._session.exec(found)
        )

    def latest_analyses(self, finding: int) -> tuple[Analysis, ...]:
        """What the last analysis of a finding said."""
        found = self.analyses(finding=finding)
        last = max((one.wave for one in found), default=None)
        return tuple(one for one in found if one.wave == last)

    def landings(self, workflow: str, input: str) -> tuple[Landing, ...]:
        """What has landed of an input and still counts, in order; see :class:`Landing`."""
        of_input = (LandingRow.workflow == workflow, LandingRow.input == input)
        found = select(LandingRow).where(*of_input).order_by(col(LandingRow.sequence))
        landings = [LANDING.of(row) for row in self._session.exec(found)]
        start = max((at for at, one in enumerate(landings, 1) if one.anew), default=0)
        return tuple(landings[start:])

    def last_landing(self, workflow: str, input: str) -> int:
        """The number of an input's last landing; 0 where there is none."""
        last = select(func.max(LandingRow.sequence)).where(
            LandingRow.workflow == workflow, LandingRow.input == input
        )
        return self._session.exec(last).one() or 0

    def sample(self, number: int) -> DrawnSample:
        """The drawn sample with this id.

        Raises:
            UnknownId: there is none.
        """
        return SAMPLE.of(self._found(SAMPLE, number))

    def samples(
        self, workflow: str, window: Window | None = None, include_stale: bool = False
    ) -> tuple[DrawnSample, ...]:
        """Samples drawn for a workflow by window, oldest first; replaced ones only on request."""
        found = select(SampleRow).where(SampleRow.workflow == workflow)
        if window is not None:
            found = found.where(
                SampleRow.window_start == window.start, SampleRow.window_end == window.end
            )
        if not include_stale:
            found = found.where(col(SampleRow.stale).is_(False))
        order = (col(SampleRow.window_start), col(SampleRow.window_end), col(SampleRow.id))
        return tuple(map(SAMPLE.of, self._session.exec(found.order_by(*order))))

    def notes(self, about: str) -> tuple[Note, ...]:
        """The remarks on one record (e.g. A-7), oldest first."""
        found = select(NoteRow).where(NoteRow.about == about).order_by(col(NoteRow.id))
        return tuple(map(NOTE.of, self._session.exec(found)))

    def notices(self, limit: int | None = None) -> tuple[Notice, ...]:
        """What people were told, oldest first; with ``limit`` only the latest ones."""
        latest = select(NoticeRow).order_by(col(NoticeRow.id).desc()).limit(limit)
        return tuple(map(NOTICE.of, self._session.exec(latest)))[::-1]

    def is_pinned(self, rubric_hash: str) -> bool:
        """Whether a rubric's document is kept under this hash."""
        return self._asked(PINNED, hash=rubric_hash).first() is not None

    def told(self, keys: Collection[str]) -> frozenset[str]:
        """Those of these keys under which people were told something."""
        known = select(col(NoticeRow.key)).where(col(NoticeRow.key).in_(keys))
        return frozenset(self._session.exec(known))

    def rubric_document(self, rubric_hash: str) -> Mapping[str, Any]:
        """The rubric that was pinned under this hash.

        Raises:
            UnknownId: none was.
        """
        row = self._session.get(RubricRow, rubric_hash)
        if row is None:
            raise UnknownId(
                text("there is no rubric with the hash {hash}", hash=rubric_hash),
                hint=text("`loopqa rubric list` shows those there are"),
            )
        return row.document

    def audit(self, limit: int | None = None, about: str | None = None) -> tuple[AuditEntry, ...]:
        """The audit chain, oldest first; with ``limit`` only its latest entries."""
        latest = select(AuditRow).order_by(col(AuditRow.sequence).desc()).limit(limit)
        if about is not None:
            latest = latest.where(AuditRow.about == about)
        return tuple(map(AUDIT.of, self._session.exec(latest)))[::-1]

    def audit_head(self) -> str:
        """The seal of the latest entry: it stands for everything that happened before."""
        return self._last_link()[1]

    def audit_root(self) -> str:
        """The seal of the first entry, which no other workspace has; empty before there is one."""
        first = select(AuditRow.hash).order_by(col(AuditRow.sequence)).limit(1)
        return self._session.exec(first).first() or ""

    def audit_length(self) -> int:
        """The number of the latest entry."""
        return self._last_link()[0]

    def audit_sequence(self, head: str) -> int | None:
        """The number of the entry whose seal begins so; None where none does."""
        if GENESIS.startswith(head):
            return 0
        sealed = col(AuditRow.hash).startswith(head, autoescape=True)
        return self._session.exec(select(AuditRow.sequence).where(sealed)).first()

    def verify_audit(self) -> BrokenLink | None:
        """The first entry of the audit chain that does not hold, or None."""
        return first_broken(self._session)

    def counts(self, workflow: str | None = None) -> dict[str, dict[str, int]]:
        """How many there are of everything: noun → state (kind of waves, outcome) → number.

        Stale waves and verdicts are left out.
        """
        whole = workflow is None
        of_actions = select(ActionRow.id).where(ActionRow.workflow == workflow)
        return {
            "waves": self._count(
                WaveRow.kind, col(WaveRow.stale).is_(False), whole or WaveRow.workflow == workflow
            ),
            "findings": self._count(FindingRow.state, whole or FindingRow.workflow == workflow),
            "actions": self._count(ActionRow.state, whole or ActionRow.workflow == workflow),
            "resurveys": self._count(
                ReSurveyRow.state, whole or col(ReSurveyRow.action).in_(of_actions)
            ),
            "verdicts": self._count(
                VerdictRow.outcome,
                col(VerdictRow.stale).is_(False),
                whole or col(VerdictRow.action).in_(of_actions),
            ),
        }

    def _count(self, by: Any, *conditions: Any) -> dict[str, int]:
        wanted = [one for one in conditions if one is not True]
        number = select(by, func.count()).where(*wanted).group_by(by).order_by(by)
        return dict(self._session.exec(number).all())

    def _findings_of(self, action: int) -> tuple[int, ...]:
        return tuple(self._asked(FINDINGS_OF_ACTION, action=action).scalars())

    def _actions(self, *conditions: Any) -> tuple[Action, ...]:
        findings: dict[int, list[int]] = {}
        for link in self._asked(LINKS_OF_ACTIONS.where(*conditions)):
            findings.setdefault(link.action, []).append(link.finding)
        rows = self._asked(ACTIONS.where(*conditions))
        return tuple(ACTION.of(row, findings=tuple(findings.get(row.id, ()))) for row in rows)

    def _last_link(self) -> tuple[int, str]:
        latest = self._asked(LAST_LINK).first()
        return (0, GENESIS) if latest is None else (latest.sequence, latest.hash)


def _wave(row: WaveRow) -> Wave:
    return WAVE.of(row, resurvey=row.resurvey or None)


def _values(states: Collection[StrEnum]) -> list[str]:
    return [state.value for state in states]
