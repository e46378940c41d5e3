"""Dimensions with a cadence: what a run reads for them, and what it carries forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.cadence import Pace, pace_of
from loopqa.calc.loop.calendar import settled_instant
from loopqa.calc.scoring.carrying import carried_forward
from loopqa.model.cycle import WaveKind
from loopqa.model.score import Segment
from loopqa.model.window import Window

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.waves import Read, Scored
    from loopqa.engine.workspace import Workspace
    from loopqa.evidence.cases import Cases
    from loopqa.model.cycle import Wave


def evidence_of(used: Standard, read: Read, window: Window) -> Read:
    """The cases of a window; inputs of what is measured over a longer period, of all of that."""
    pace = pace_of(used.rubric, window)
    until = settled_instant(window, read.rule, read.zone)
    cases = {name: one.within(span_of(one, pace), until) for name, one in read.cases.items()}
    return replace(read, cases=cases)


def span_of(cases: Cases, pace: Pace) -> Window:
    """The days of an input that a run looks at."""
    here = {key.partition(".")[0] for key in cases.indicators}
    starts = [period.start for name, period in pace.periods.items() if name in here]
    return Window(min([pace.window.start, *starts]), pace.window.end)


def with_carried(ws: Workspace, used: Standard, scored: Scored, window: Window) -> Scored:
    """Scores of a window, with what is not due in it carried forward from earlier waves."""
    pace = pace_of(used.rubric, window)
    if not pace.carried or used.workflow is None:
        return scored
    waves = _earlier(ws, used.workflow.id, window)
    documents = [{**one.scores, "window": str(one.window)} for one in waves]
    segments = tuple(
        Segment(one.by, carried_forward(used.rubric, one.card, _segment(documents, one.by)))
        for one in scored.segments
    )
    return replace(
        scored, card=carried_forward(used.rubric, scored.card, documents), segments=segments
    )


def _earlier(ws: Workspace, workflow: str, window: Window) -> list[Wave]:
    """Waves that ended before the window began, the latest first; of a window its last revision."""
    with ws.reading() as reader:
        waves = reader.waves(workflow=workflow)
    past = [
        one for one in waves if one.window.end < window.start and one.kind is not WaveKind.RE_SURVEY
    ]
    return sorted(past, key=lambda one: (one.window.end, one.revision), reverse=True)


def _segment(documents: list[dict[str, Any]], by: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {**segment, "window": document["window"]}
        for document in documents
        for segment in document.get("segments", ())
        if segment["by"] == dict(by)
    ]
