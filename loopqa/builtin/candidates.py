"""What all built-in detectors hand over: a cell with the reason why it falls short."""

from __future__ import annotations

from loopqa.calc.detection.cells import Cell
from loopqa.model.cycle import Candidate, Reason
from loopqa.plugin import DetectContext


def candidate(context: DetectContext, cell: Cell, reason: Reason) -> Candidate:
    """The cell as a candidate for a finding."""
    return Candidate(
        dimension=cell.dimension,
        lineage=context.rubric.dimension(cell.dimension).lineage,
        scope=cell.scope,
        reason=reason,
        n=cell.score.n,
        score=cell.value,
    )
