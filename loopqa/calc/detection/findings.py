"""What several detectors say about one cell becomes one finding with all their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loopqa.model.cycle import Candidate, FindingGrade, Reason, Scope

_RANK = {grade: rank for rank, grade in enumerate(FindingGrade)}  # watch, observed, confirmed


@dataclass(frozen=True)
class MergedCandidate:
    """One cell that falls short, by whatever detectors."""

    dimension: str
    lineage: str
    scope: Scope
    grade: FindingGrade  #: the highest of its reasons
    reasons: tuple[Reason, ...]  #: highest grade first
    n: int
    score: float | None


def merge(candidates: Iterable[Candidate]) -> tuple[MergedCandidate, ...]:
    """One per (lineage, scope), the surest first; equally sure ones as they came."""
    cells: dict[tuple[str, Scope], list[Candidate]] = {}
    for candidate in candidates:
        cells.setdefault((candidate.lineage, candidate.scope), []).append(candidate)
    merged = [_merged(group) for group in cells.values()]
    return tuple(sorted(merged, key=lambda one: -_RANK[one.grade]))


def _merged(group: list[Candidate]) -> MergedCandidate:
    ordered = sorted(group, key=lambda one: -_RANK[one.reason.grade])
    surest = ordered[0]
    return MergedCandidate(
        dimension=surest.dimension,
        lineage=surest.lineage,
        scope=surest.scope,
        grade=surest.reason.grade,
        reasons=tuple(one.reason for one in ordered),
        n=surest.n,
        score=surest.score,
    )
