"""Reading the state: every answer is a plain frozen record, or a tuple of them by id.

All reads of one reader see the same state, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

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
from loopqa.store.asking import Condition, asked, rows_where, stored
from loopqa.store.audit import GENESIS, BrokenLink, first_broken
from loopqa.store.due_reader import DueReader
from loopqa.store.lookups import FINDINGS_OF_ACTION, FIRST_SEAL, LAST_LINK, PINNED, links_of_actions
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

_BY_WINDOW = ("window_start", "window_end", "id")


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
        found = self._rows(
            WaveRow,
            ("workflow", "=", workflow),
            ("kind", "=", kind and kind.value),
            *_of_window(window),
            *_unless(include_stale),
            order=_BY_WINDOW,
        )
        return tuple(map(_wave, found))

    def latest_wave(
        self,
        workflow: str,
        window: Window | None = None,
        kinds: Collection[WaveKind] = (WaveKind.ROUTINE, WaveKind.BACKFILL),
    ) -> Wave | None:
        """The wave that holds for ``window``, or of the latest window; replaced ones never do."""
        row = self._rows(
            WaveRow,
            ("workflow", "=", workflow),
            ("kind", "in", stored(kinds)),
            ("stale", "=", False),
            *_of_window(window),
            order=("-window_end", "-revision", "-id"),
            limit=1,
        ).first()
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
        found = self._rows(
            FindingRow,
            ("workflow", "=", workflow),
            ("lineage", "=", lineage),
            ("scope_key", "=", None if scope is None else scope_key(scope)),
            ("wave", "=", wave),
        )
        return tuple(map(FINDING.of, found))

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
        return self._actions(
            ("workflow", "=", workflow),
            ("state", "in", stored(states)),
            ("id", "in", None if numbers is None else list(numbers)),
        )

    def actions_of_finding(self, number: int) -> tuple[Action, ...]:
        """All actions opened for this finding, by id."""
        linked = self._rows(
            ActionFindingRow, ("finding", "=", number), order=("action",), only=("action",)
        )
        return self._actions(("id", "in", list(linked.scalars())))

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
        found = self._rows(
            ReSurveyRow,
            ("action", "=", action),
            ("state", "in", stored(states)),
            ("due_at", "<=", due_before),
            ("id", "in", None if numbers is None else list(numbers)),
            order=("due_at", "id"),
        )
        return tuple(map(RESURVEY.of, found))

    def verdict(self, number: int) -> Verdict:
        """The verdict with this id.

        Raises:
            UnknownId: there is none.
        """
        return VERDICT.of(self._found(VERDICT, number))

    def verdicts(self, action: int | None = None) -> tuple[Verdict, ...]:
        """All verdicts, or those on one action, by id, stale ones included."""
        return tuple(map(VERDICT.of, self._rows(VerdictRow, ("action", "=", action))))

    def latest_verdicts(self, limit: int) -> tuple[Verdict, ...]:
        """The latest primary verdicts by id, stale ones included."""
        by_age = rows_where(VerdictRow, (), ("-id",), limited=False)
        with self._asked(by_age.execution_options(yield_per=20)) as found:
            primary = (one for one in map(VERDICT.of, found) if one.judgement.primary)
            return tuple(islice(primary, limit))[::-1]

    def analyses(self, wave: int | None = None, finding: int | None = None) -> tuple[Analysis, ...]:
        """What analysers said in a wave, or about a finding, in the order they were asked."""
        found = self._rows(AnalysisRow, ("wave", "=", wave), ("finding", "=", finding))
        return tuple(ANALYSIS.of(row, finding=row.finding or None) for row in found)

    def latest_analyses(self, finding: int) -> tuple[Analysis, ...]:
        """What the last analysis of a finding said."""
        found = self.analyses(finding=finding)
        last = max((one.wave for one in found), default=None)
        return tuple(one for one in found if one.wave == last)

    def landings(self, workflow: str, input: str) -> tuple[Landing, ...]:
        """What has landed of an input and still counts, in order; see :class:`Landing`."""
        of_input = (("workflow", "=", workflow), ("input", "=", input))
        found = self._rows(LandingRow, *of_input, order=("sequence",))
        landings = [LANDING.of(row) for row in found]
        start = max((at for at, one in enumerate(landings, 1) if one.anew), default=0)
        return tuple(landings[start:])

    def last_landing(self, workflow: str, input: str) -> int:
        """The number of an input's last landing; 0 where there is none."""
        of_input = (("workflow", "=", workflow), ("input", "=", input))
        last = self._rows(
            LandingRow, *of_input, order=("-sequence",), limit=1, only=("sequence",)
        ).scalar()
        return last or 0

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
        found = self._rows(
            SampleRow,
            ("workflow", "=", workflow),
            *_of_window(window),
            *_unless(include_stale),
            order=_BY_WINDOW,
        )
        return tuple(map(SAMPLE.of, found))

    def notes(self, about: str) -> tuple[Note, ...]:
        """The remarks on one record (e.g. A-7), oldest first."""
        return tuple(map(NOTE.of, self._rows(NoteRow, ("about", "=", about))))

    def notices(self, limit: int | None = None) -> tuple[Notice, ...]:
        """What people were told, oldest first; with ``limit`` only the latest ones."""
        latest = self._rows(NoticeRow, order=("-id",), limit=limit)
        return tuple(map(NOTICE.of, latest))[::-1]

    def is_pinned(self, rubric_hash: str) -> bool:
        """Whether a rubric's document is kept under this hash."""
        return self._asked(PINNED, hash=rubric_hash).first() is not None

    def told(self, keys: Collection[str]) -> frozenset[str]:
        """Those of these keys under which people were told something."""
        known = self._rows(NoticeRow, ("key", "in", list(keys)), order=(), only=("key",))
        return frozenset(known.scalars())

    def rubric_document(self, rubric_hash: str) -> Mapping[str, Any]:
        """The rubric that was pinned under this hash.

        Raises:
            UnknownId: none was.
        """
        row = self._rows(RubricRow, ("hash", "=", rubric_hash), order=()).first()
        if row is None:
            raise UnknownId(
                text("there is no rubric with the hash {hash}", hash=rubric_hash),
                hint=text("`loopqa rubric list` shows those there are"),
            )
        document: Mapping[str, Any] = row.document
        return document

    def audit(self, limit: int | None = None, about: str | None = None) -> tuple[AuditEntry, ...]:
        """The audit chain, oldest first; with ``limit`` only its latest entries."""
        latest = self._rows(AuditRow, ("about", "=", about), order=("-sequence",), limit=limit)
        return tuple(map(AUDIT.of, latest))[::-1]

    def audit_head(self) -> str:
        """The seal of the latest entry: it stands for everything that happened before."""
        return self._last_link()[1]

    def audit_root(self) -> str:
        """The seal of the first entry, which no other workspace has; empty before there is one."""
        return self._asked(FIRST_SEAL).scalar() or ""

    def audit_length(self) -> int:
        """The number of the latest entry."""
        return self._last_link()[0]

    def audit_sequence(self, head: str) -> int | None:
        """The number of the entry whose seal begins so; None where none does."""
        if GENESIS.startswith(head):
            return 0
        sealed = col(AuditRow.hash).startswith(head, autoescape=True)
        return self._asked(select(col(AuditRow.sequence)).where(sealed)).scalar()

    def verify_audit(self) -> BrokenLink | None:
        """The first entry of the audit chain that does not hold, or None."""
        return first_broken(self._connection)

    def counts(self, workflow: str | None = None) -> dict[str, dict[str, int]]:
        """How many there are of everything: noun → state (kind of waves, outcome) → number.

        Stale waves and verdicts are left out.
        """
        whole = workflow is None
        of_actions = select(col(ActionRow.id)).where(col(ActionRow.workflow) == workflow)
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
        return dict(map(tuple, self._asked(number)))

    def _findings_of(self, action: int) -> tuple[int, ...]:
        return tuple(self._asked(FINDINGS_OF_ACTION, action=action).scalars())

    def _actions(self, *conditions: Condition) -> tuple[Action, ...]:
        rows = self._rows(ActionRow, *conditions).all()
        if not rows:
            return ()
        findings: dict[int, list[int]] = {}
        shape, values = asked(conditions)
        for link in self._asked(links_of_actions(shape), **values):
            findings.setdefault(link.action, []).append(link.finding)
        return tuple(ACTION.of(row, findings=tuple(findings.get(row.id, ()))) for row in rows)

    def _last_link(self) -> tuple[int, str]:
        latest = self._asked(LAST_LINK).first()
        return (0, GENESIS) if latest is None else (latest.sequence, latest.hash)


def _wave(row: Any) -> Wave:
    return WAVE.of(row, resurvey=row.resurvey or None)


def _of_window(window: Window | None) -> tuple[Condition, ...]:
    return (
        ("window_start", "=", window and window.start),
        ("window_end", "=", window and window.end),
    )


def _unless(include_stale: bool) -> tuple[Condition, ...]:
    return () if include_stale else (("stale", "=", False),)
