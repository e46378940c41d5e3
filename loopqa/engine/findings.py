"""Findings: what the detectors saw becomes one record per cell, followed through the cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.calc.detection.findings import merge
from loopqa.calc.loop.lifecycle import FINISHED
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.cycle import (
    Finding,
    FindingState,
    Note,
    Notice,
    Wave,
    finding_ref,
    scope_text,
)
from loopqa.model.events import Event
from loopqa.plugin import DetectContext

if TYPE_CHECKING:
    from loopqa.calc.detection.findings import MergedCandidate
    from loopqa.engine.past import Past
    from loopqa.engine.standard import Standard
    from loopqa.engine.waves import Scored
    from loopqa.engine.workspace import Workspace
    from loopqa.model.analysis import Analysis
    from loopqa.store.door import Writer

#: A cell seen again after one of these recurs; one that was carried over goes on in its successor.
ENDED = FINISHED - {FindingState.CARRIED_OVER}


@dataclass(frozen=True)
class Recorded:
    """What a wave did to the findings."""

    opened: tuple[Finding, ...] = ()
    seen: tuple[Finding, ...] = ()
    analyses: tuple[Analysis, ...] = ()


def detect(
    used: Standard, scored: Scored, label: str, previous: Scored | None, history: Past | None = None
) -> tuple[MergedCandidate, ...]:
    """Ask every detector of the workflow; several that see one cell give one finding."""
    workflow = used.workflow
    if workflow is None:
        return ()
    context = DetectContext(
        rubric=used.rubric,
        card=scored.card,
        segments=scored.segments,
        previous=previous.card if previous else None,
        previous_segments=previous.segments if previous else (),
        tally=scored.tally,
        window=label,
        history=history or {},
    )
    candidates = [
        candidate
        for spec in workflow.detect
        for candidate in used.host.make_detector(spec).detect(context)
    ]
    return merge(candidates)


def record_findings(
    ws: Workspace, writer: Writer, wave: Wave, cells: Sequence[MergedCandidate]
) -> Recorded:
    """Write what a wave found, inside the transaction that writes the wave.

    A cell that is still open is seen again; one that was resolved recurs as a new finding.
    """
    opened: list[Finding] = []
    seen: list[Finding] = []
    for cell in cells:
        known = writer.findings(workflow=wave.workflow, lineage=cell.lineage, scope=cell.scope)
        current = next((one for one in known if _continues(one, wave)), None)
        if current is None:
            finished = [one.id for one in known if one.state in ENDED]
            opened.append(_open(ws, writer, wave, cell, recurs=max(finished, default=None)))
        else:
            seen.append(_see(writer, wave, cell, current))
    return Recorded(tuple(opened), tuple(seen))


def _continues(finding: Finding, wave: Wave) -> bool:
    """Still unfinished, or found in this very window: late data makes no second one of it."""
    return finding.state not in FINISHED or finding.window == wave.window


def _open(
    ws: Workspace, writer: Writer, wave: Wave, cell: MergedCandidate, *, recurs: int | None
) -> Finding:
    finding = writer.add_finding(
        Finding(
            id=0,
            workflow=wave.workflow,
            dimension=cell.dimension,
            lineage=cell.lineage,
            scope=cell.scope,
            grade=cell.grade,
            state=FindingState.OPEN,
            reasons=cell.reasons,
            wave=wave.id,
            window=wave.window,
            n=cell.n,
            score=cell.score,
            opened_at=ws.now(),
            version=0,
            recurs=recurs,
        )
    )
    announce_finding(ws, writer, finding)
    return finding


def announce_finding(ws: Workspace, writer: Writer, finding: Finding) -> None:
    """Write the notice of a new finding."""
    writer.add_notice(
        Notice(
            key=f"finding.opened:{finding.id}",
            event=Event.FINDING_OPENED,
            about=finding_ref(finding.id),
            text=text(
                "{finding}: {dimension} fell short ({scope})",
                finding=finding_ref(finding.id),
                dimension=finding.dimension,
                scope=scope_text(finding.scope) or text("everywhere"),
            ),
            at=ws.now(),
            workflow=finding.workflow,
        )
    )


def _see(writer: Writer, wave: Wave, cell: MergedCandidate, current: Finding) -> Finding:
    """Note that an open finding was seen again; a new revision of its own window replaces it."""
    if wave.window == current.window:
        return writer.change_finding(
            current,
            event="finding.revised",
            wave=wave.id,
            grade=cell.grade,
            reasons=cell.reasons,
            n=cell.n,
            score=cell.score,
            stale=False,
        )
    return writer.change_finding(current, event="finding.seen", seen_in=(*current.seen_in, wave.id))


def dismiss_finding(ws: Workspace, number: int, why: str) -> Finding:
    """Put a finding aside with the reason for it.

    Raises:
        RefusedMove: its state does not allow it.
        UsageError: no reason was given.
    """
    if not why.strip():
        raise UsageError(
            text("dismissing a finding needs a reason"),
            hint=text("say in one sentence why it is none"),
        )
    with ws.writing() as writer:
        return writer.change_finding(
            writer.finding(number),
            event="finding.dismissed",
            state=FindingState.DISMISSED,
            note=why.strip(),
        )


def assign_finding(ws: Workspace, number: int, owner: str) -> Finding:
    """Say who looks after a finding."""
    with ws.writing() as writer:
        return writer.change_finding(writer.finding(number), event="finding.assigned", owner=owner)


def note_finding(ws: Workspace, number: int, words: str) -> Note:
    """Add a remark to a finding."""
    if not words.strip():
        raise UsageError(text("a note needs some words"))
    with ws.writing() as writer:
        writer.finding(number)
        return writer.add_note(
            Note(about=finding_ref(number), text=words.strip(), actor=ws.actor, at=ws.now())
        )
