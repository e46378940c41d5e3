"""Adding and changing records, one method a record; each writes its audit entry along."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import col

from loopqa.errors import StaleVersion
from loopqa.language import text
from loopqa.model.analysis import Analysis
from loopqa.model.cycle import Action, Finding, Note, Notice, Verdict, Wave, finding_ref, wave_ref
from loopqa.model.sample import DrawnSample, sample_ref
from loopqa.store.json_values import canonical, to_plain
from loopqa.store.lookups import UNLINK
from loopqa.store.record_kinds import (
    ACTION,
    ANALYSIS,
    FINDING,
    NOTE,
    NOTICE,
    SAMPLE,
    VERDICT,
    WAVE,
)
from loopqa.store.tables import (
    ActionFindingRow,
    AnalysisRow,
    FindingRow,
    NoteRow,
    NoticeRow,
    RubricRow,
    SampleRow,
    VerdictRow,
    WaveRow,
)
from loopqa.store.tickers import Tickers


class Writer(Tickers):
    """One transaction that changes the state; made by ``Store.writing(...)``."""

    def pin_rubric(
        self, rubric_hash: str, rubric: str, version: str, document: Mapping[str, Any]
    ) -> bool:
        """Keep a rubric's document under its hash; False where it is kept already."""
        if self.is_pinned(rubric_hash):
            return False
        row = {
            "hash": rubric_hash,
            "rubric": rubric,
            "version": version,
            "document": to_plain(document),
            "pinned_at": self._now,
        }
        self._append(RubricRow, [row])
        self.enter("rubric.pinned", rubric, {"hash": rubric_hash, "version": version})
        return True

    def add_wave(self, wave: Wave) -> Wave:
        """Add a wave with all it found out; its rubric must be pinned.

        Raises:
            StaleVersion: the same window was evaluated as the same revision by somebody else.
        """
        self._refuse_second(
            WaveRow,
            text(
                "workflow '{workflow}': {window} was evaluated as revision {revision} by somebody "
                "else meanwhile",
                workflow=wave.workflow,
                window=str(wave.window),
                revision=wave.revision,
            ),
            workflow=wave.workflow,
            kind=wave.kind.value,
            window_start=wave.window.start,
            window_end=wave.window.end,
            resurvey=wave.resurvey or 0,
            revision=wave.revision,
        )
        return self._add(WAVE, wave, "wave.evaluated")

    def change_wave(self, wave: Wave, *, event: str, **changes: Any) -> Wave:
        """Change a wave; only its state and staleness ever do."""
        return self._change(WAVE, wave, event, changes)

    def add_finding(self, finding: Finding) -> Finding:
        """Add a finding.

        Raises:
            StaleVersion: the same cell has an unfinished finding.
        """
        self._refuse_second_cell(finding)
        return self._add(FINDING, finding, "finding.opened")

    def change_finding(self, finding: Finding, *, event: str, **changes: Any) -> Finding:
        """Change a finding.

        Raises:
            StaleVersion: somebody else changed it meanwhile.
            RefusedMove: its lifecycle does not allow the new state.
        """
        return self._change(FINDING, finding, event, changes)

    def add_action(self, action: Action) -> Action:
        """Add an action for the findings it names."""
        added = self._add(ACTION, action, "action.opened")
        self._link(added)
        return added

    def change_action(self, action: Action, *, event: str, **changes: Any) -> Action:
        """Change an action; its findings can be named anew.

        Raises:
            StaleVersion: somebody else changed it meanwhile.
            RefusedMove: its lifecycle does not allow the new state.
        """
        changed = self._change(ACTION, action, event, changes)
        if "findings" in changes:
            self._link(changed)
        return changed

    def add_verdict(self, verdict: Verdict) -> Verdict:
        """Add a verdict.

        Raises:
            StaleVersion: the round has a verdict on this dimension already.
        """
        self._refuse_second(
            VerdictRow,
            text(
                "round {round} of action {ref} was judged on '{dimension}' by somebody else "
                "meanwhile",
                round=verdict.round,
                ref=ACTION.ref(verdict.action),
                dimension=verdict.judgement.about,
            ),
            action=verdict.action,
            round=verdict.round,
            dimension=verdict.judgement.about,
        )
        return self._add(VERDICT, verdict, "verdict.reached")

    def mark_verdicts_stale(self, wave: int) -> tuple[Verdict, ...]:
        """Mark the verdicts that rest on a wave, as baseline or follow-up; those newly marked."""
        resting = select(VerdictRow.__table__).where(  # type: ignore[attr-defined]
            or_(col(VerdictRow.wave) == wave, col(VerdictRow.baseline) == wave),
            col(VerdictRow.stale).is_(False),
        )
        verdicts = [VERDICT.of(row) for row in self._asked(resting)]
        return tuple(
            self._change(VERDICT, one, "verdict.stale", {"stale": True}) for one in verdicts
        )

    def mark_findings_stale(self, wave: int) -> tuple[Finding, ...]:
        """Mark the findings first seen in a wave; those newly marked.

        A stale finding goes on with its actions, but its cell is free for a new one.
        """
        return tuple(
            self._change(FINDING, one, "finding.stale", {"stale": True})
            for one in self.findings(wave=wave)
            if not one.stale
        )

    def add_analysis(self, analysis: Analysis) -> Analysis:
        """Keep what an analyser said in a wave; the audit entry seals it by its hash."""
        number = self._insert(AnalysisRow, ANALYSIS.columns(analysis))
        insight = canonical(to_plain(analysis.insight)).encode()
        about = finding_ref(analysis.finding) if analysis.finding else wave_ref(analysis.wave)
        details = {
            "analyser": analysis.analyser,
            "wave": analysis.wave,
            "insight_sha256": hashlib.sha256(insight).hexdigest(),
        }
        self.enter("analysis.made", about, details)
        return replace(analysis, id=number)

    def add_sample(self, sample: DrawnSample) -> DrawnSample:
        """Keep a draw; the earlier ones of its window become stale."""
        for before in self.samples(sample.workflow, sample.window):
            self._update(SAMPLE, [(before.id, None, {"stale": True})])
            self.enter("sample.stale", sample_ref(before.id), {"stale": True})
        added = replace(sample, id=self._insert(SampleRow, SAMPLE.columns(sample)))
        self.enter("sample.drawn", sample_ref(added.id), to_plain(added))
        return added

    def add_note(self, note: Note) -> Note:
        """Add a remark."""
        self._insert(NoteRow, NOTE.columns(note))
        self.enter("note.added", note.about, {"text": note.text})
        return note

    def add_notice(self, notice: Notice) -> int | None:
        """Add a notice with the messages it leads to.

        The id of its row; None where it was told under its key before.
        """
        return next(iter(self.add_notices((notice,))), None)

    def add_notices(self, notices: Sequence[Notice]) -> dict[int, Notice]:
        """Add notices at once; by the ids of their rows, those not told under their keys before."""
        known = self._known_keys(NoticeRow, [one.key for one in notices])
        new = list({one.key: one for one in notices if one.key not in known}.values())
        numbers = self._insert_all(NoticeRow, [NOTICE.columns(one) for one in new])
        added = dict(zip(numbers, new, strict=True))
        self.route(added)
        return added

    def _link(self, action: Action) -> None:
        self._asked(UNLINK, action=action.id)
        self._append(
            ActionFindingRow,
            [
                {"action": action.id, "finding": finding, "position": position}
                for position, finding in enumerate(dict.fromkeys(action.findings))
            ],
        )

    def _refuse_second_cell(self, finding: Finding) -> None:
        key = FINDING.derived(finding)["live_key"]
        if key is None:
            return
        number = self._find(FindingRow, live_key=key)
        if number is not None:
            raise StaleVersion(
                text(
                    "'{dimension}' has the unfinished finding {ref} here already",
                    dimension=finding.dimension,
                    ref=FINDING.ref(number),
                ),
                hint=text("nothing was changed; look at what is there"),
            )
