"""Records of the loop as JSON documents, the same for the command line and every later door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from loopqa.evidence.planning import KEPT_PREFIX
from loopqa.model.analysis import Analysis
from loopqa.model.cycle import (
    Action,
    Finding,
    Note,
    Notice,
    ReSurvey,
    Rollout,
    Scope,
    Verdict,
    Wave,
    action_ref,
    finding_ref,
    resurvey_ref,
    verdict_ref,
)
from loopqa.model.sample import DrawnSample, sample_ref
from loopqa.model.timetable import Slot, SlotState, slot_ref

if TYPE_CHECKING:
    from loopqa.engine.drawing import Drawing
    from loopqa.engine.prospects import Prospects

Document = dict[str, Any]


def listing(noun: str, items: Sequence[Document], total: int) -> Document:
    """``{"schema": "loopqa.<noun>.list/1", "total": n, "items": [...]}``."""
    return {"schema": f"loopqa.{noun}.list/1", "total": total, "items": list(items)}


def showing(noun: str, document: Document, **more: Any) -> Document:
    """``{"schema": "loopqa.<noun>/1", ...}``."""
    return {"schema": f"loopqa.{noun}/1", **document, **more}


def _scope(scope: Scope) -> Document:
    return {column: list(values) for column, values in scope}


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def finding_document(finding: Finding) -> Document:
    """A finding; its reasons as sentences in the current language."""
    return {
        "id": finding_ref(finding.id),
        "workflow": finding.workflow,
        "dimension": finding.dimension,
        "scope": _scope(finding.scope),
        "grade": finding.grade.value,
        "state": finding.state.value,
        "n": finding.n,
        "score": finding.score,
        "reasons": [
            {
                "detector": reason.detector,
                "grade": reason.grade.value,
                "text": str(reason.text),
                "figures": dict(reason.figures),
            }
            for reason in finding.reasons
        ],
        "wave": finding.wave,
        "window": str(finding.window),
        "cycle": finding.cycle,
        "owner": finding.owner,
        "carried_from": finding_ref(finding.carried_from) if finding.carried_from else None,
        "recurs": finding_ref(finding.recurs) if finding.recurs else None,
        "seen_in": list(finding.seen_in),
        "note": finding.note,
        "stale": finding.stale,
        "opened_at": finding.opened_at.isoformat(),
    }


def action_document(action: Action, ahead: Prospects | None = None) -> Document:
    """An action, with what its re-survey will be able to see as long as it waits for a verdict."""
    return {
        "id": action_ref(action.id),
        "workflow": action.workflow,
        "title": action.title,
        "state": action.state.value,
        "findings": [finding_ref(number) for number in action.findings],
        "scope": _scope(action.scope),
        "dimensions": list(action.dimensions),
        "owner": action.owner,
        "department": action.department,
        "due": _day(action.due),
        "metric": action.metric,
        "target": action.target,
        "horizon": action.horizon,
        "cost": action.cost,
        "benefit": action.benefit,
        "started_on": _day(action.started_on),
        "closed_on": _day(action.closed_on),
        "evidence": action.evidence,
        "round": action.round,
        "illustrative": action.illustrative,
        "rollout": rollout_document(action.rollout) if action.rollout else None,
        "opened_at": action.opened_at.isoformat(),
        "prospects": ahead.to_dict() if ahead else None,
    }


def rollout_document(rollout: Rollout) -> Document:
    """How an action begins: the rule, and once it has started who begins when."""
    rule = rollout.rule
    return {
        "by": rule.by,
        "steps": rule.steps,
        "seed": rule.seed,
        "every": f"{rule.every.count} {rule.every.unit}" if rule.every else None,
        "holdout": rule.holdout,
        "drawn": [
            {"clusters": list(step.clusters), "starts_on": _day(step.starts_on)}
            for step in rollout.steps
        ],
    }


def resurvey_document(resurvey: ReSurvey) -> Document:
    """A re-survey."""
    return {
        "id": resurvey_ref(resurvey.id),
        "action": action_ref(resurvey.action),
        "round": resurvey.round,
        "state": resurvey.state.value,
        "due": resurvey.due_on.isoformat(),
        "due_at": resurvey.due_at.isoformat(),
        "window": str(resurvey.window) if resurvey.window else None,
        "ready_at": _day(resurvey.ready_at),
        "baseline": resurvey.baseline,
        "wave": resurvey.wave,
        "late_days": resurvey.late_days,
        "failure": str(resurvey.failure) if resurvey.failure else None,
        "attempts": resurvey.attempts,
        "retry_at": resurvey.retry_at.isoformat() if resurvey.retry_at else None,
    }


def verdict_document(verdict: Verdict) -> Document:
    """A verdict with the whole judgement."""
    return {
        "id": verdict_ref(verdict.id),
        "action": action_ref(verdict.action),
        "resurvey": resurvey_ref(verdict.resurvey),
        "round": verdict.round,
        **verdict.judgement.to_dict(),
        "score_after": verdict.score_after,
        "target_met": verdict.target_met,
        "baseline": verdict.baseline,
        "wave": verdict.wave,
        "stale": verdict.stale,
        "reached_at": verdict.reached_at.isoformat(),
    }


def analysis_document(analysis: Analysis) -> Document:
    """What an analyser said; sentences in the current language."""
    insight = analysis.insight
    return {
        "analyser": analysis.analyser,
        "finding": finding_ref(analysis.finding) if analysis.finding else None,
        "wave": analysis.wave,
        "text": str(insight.text),
        "dimension": insight.dimension,
        "figures": dict(insight.figures),
        "leads": [
            {
                "text": str(lead.text),
                "scope": _scope(lead.scope),
                "dimension": lead.dimension,
                "figures": dict(lead.figures),
                "details": dict(lead.details),
            }
            for lead in insight.leads
        ],
        "notes": [str(note) for note in insight.notes],
        "made_at": analysis.made_at.isoformat(),
    }


def wave_document(wave: Wave) -> Document:
    """A wave without its scores."""
    return {
        "id": wave.id,
        "workflow": wave.workflow,
        "kind": wave.kind.value,
        "window": str(wave.window),
        "revision": wave.revision,
        "state": wave.state.value,
        "stale": wave.stale,
        "rubric_hash": wave.rubric_hash,
        "digest": wave.digest,
        "created_at": wave.created_at.isoformat(),
    }


def slot_document(slot: Slot) -> Document:
    """A slot of a schedule; why it was not run as a sentence in the current language."""
    return {
        "id": slot_ref(slot.id),
        "workflow": slot.workflow,
        "due": slot.due_at.isoformat(),
        "wall": slot.wall,
        "state": slot.state.value,
        "attempts": slot.attempts,
        "next": slot.next_at.isoformat() if slot.state is SlotState.PENDING else None,
        "late_seconds": slot.late_seconds,
        "window": str(slot.window) if slot.window else None,
        "wave": slot.wave,
        "reason": str(slot.reason) if slot.reason else None,
    }


def sample_document(sample: DrawnSample) -> Document:
    """A drawn sample without its cases."""
    rule = sample.rule
    return {
        "id": sample_ref(sample.id),
        "workflow": sample.workflow,
        "window": str(sample.window),
        "revision": sample.revision,
        "stale": sample.stale,
        "draw_from": rule.draw_from,
        "for": rule.for_input,
        "share": rule.share,
        "at_least": rule.at_least,
        "per": rule.per,
        "seed": rule.seed,
        "population": sample.population,
        "drawn": sample.drawn,
        "strata": [asdict(one) for one in sample.quotas],
        "digest": sample.digest,
        "drawn_at": sample.drawn_at.isoformat(),
    }


def drawing_document(drawing: Drawing) -> Document:
    """The document ``loopqa.sample.draw/1``."""
    return {
        "schema": "loopqa.sample.draw/1",
        "fresh": drawing.fresh,
        "added": drawing.added,
        "left": drawing.left,
        "replaces": sample_ref(drawing.before.id) if drawing.before else None,
        "warnings": [str(one) for one in drawing.warnings],
        "sample": sample_document(drawing.sample),
    }


def case_documents(drawn: Any) -> list[Document]:
    """The drawn cases of a sample, by stratum and position."""
    return [_case(one) for one in drawn.to_pylist()]


def _case(row: Document) -> Document:
    own = ("case", "at", "stratum", "population", "draw:key", "draw:position")
    known = {name.removeprefix("draw:"): row[name] for name in own}
    kept = {name.removeprefix(KEPT_PREFIX): value for name, value in row.items() if name not in own}
    return {**known, "at": row["at"].isoformat(), "columns": kept}


def notice_document(notice: Notice) -> Document:
    """What people were told, in the current language."""
    return {
        "event": notice.event,
        "about": notice.about,
        "workflow": notice.workflow,
        "text": str(notice.text),
    }


def note_documents(notes: Iterable[Note]) -> list[Document]:
    """Remarks, oldest first."""
    return [{"text": note.text, "actor": note.actor, "at": note.at.isoformat()} for note in notes]
