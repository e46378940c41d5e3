"""What earlier windows of a workflow came to, cell by cell, as the control charts need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loopqa.calc.detection.control_charts import MOST, RUN
from loopqa.engine.continuity import apart
from loopqa.engine.waves import score_windows, thaw, workflow_of
from loopqa.errors import DataError
from loopqa.model.cycle import Scope, Wave, WaveKind, scope_of
from loopqa.plugin import PastScore

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window

Past = Mapping[tuple[str, Scope], tuple[PastScore, ...]]

FURTHEST = MOST + RUN  #: windows back; older ones set no limits any more


def past_scores(ws: Workspace, used: Standard, window: Window) -> Past:
    """Scores of earlier windows as long as this one, oldest first, by dimension and scope.

    What was scored by the rubric of today is taken as it was kept; windows of an earlier version
    are scored anew from their evidence. A window whose evidence is gone is left out.
    """
    cells: dict[tuple[str, Scope], list[PastScore]] = {}
    for wave in earlier_waves(ws, workflow_of(used).id, window)[-FURTHEST:]:
        document = wave.scores
        if wave.rubric_hash != used.rubric.hash:
            document = _scored_anew(ws, used, wave)
        for key, past in _cells(str(wave.window), document):
            cells.setdefault(key, []).append(past)
    return {key: tuple(past) for key, past in cells.items()}


def earlier_waves(ws: Workspace, workflow: str, window: Window) -> tuple[Wave, ...]:
    """Waves of windows of the same length that ended before this one began, oldest first."""
    with ws.reading() as reader:
        waves = reader.waves(workflow=workflow)
    earlier = [
        wave
        for wave in waves
        if wave.window.end < window.start and wave.kind is not WaveKind.RE_SURVEY
    ]
    return apart(earlier, window)


def _scored_anew(ws: Workspace, used: Standard, wave: Wave) -> Mapping[str, Any]:
    label = str(wave.window)
    try:
        scored = score_windows(ws, used, {label: thaw(ws, used, wave)})[label]
    except DataError:
        return {}
    return {
        **scored.card.to_dict(),
        "segments": [segment.to_dict() for segment in scored.segments],
    }


def _cells(
    window: str, document: Mapping[str, Any]
) -> Sequence[tuple[tuple[str, Scope], PastScore]]:
    """Every dimension of a ``loopqa.score/1`` document, as a whole and by segment."""
    parts: list[tuple[Scope, Mapping[str, Any]]] = [((), document)]
    parts += [(scope_of(one["by"]), one) for one in document.get("segments", ())]
    return [
        ((entry["id"], scope), _past(window, entry))
        for scope, part in parts
        for entry in part.get("dimensions", ())
        if not entry.get("carried")
    ]


def _past(window: str, entry: Mapping[str, Any]) -> PastScore:
    return PastScore(window, int(entry["n"] or 0), entry["score"], entry.get("bottom_share"))
