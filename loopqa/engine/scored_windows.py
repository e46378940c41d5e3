"""What frozen scores tell of a segment and of the rest, without reading any evidence again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loopqa.model.cycle import Scope, Wave
from loopqa.model.tally import Moments
from loopqa.model.verdict import Period


@dataclass(frozen=True)
class SegmentScores:
    """One dimension of one wave: the scope's case scores, and those of the rest."""

    scope: Moments
    rest: Moments
    low_share: float | None  #: of the scope's case scores, in the rubric's bottom box

    def period(self, day: int) -> Period:
        """The same as a window of a history; ``day`` counts from the baseline's start."""
        return Period({"": self.scope}, {"": self.rest}, day)


def segment_scores(wave: Wave, dimension: str, scope: Scope) -> SegmentScores | None:
    """A dimension inside and outside ``scope``, as the wave's own document has it.

    None where the document does not break it down so: waves are scored column by column.
    """
    whole = _entry(wave.scores.get("dimensions", ()), dimension)
    if whole is None:
        return None
    everything = _moments(whole)
    if not scope:
        return SegmentScores(everything, Moments(), whole.get("bottom_share"))
    if len(scope) > 1:
        return None
    inside = list(_inside(wave.scores, dimension, scope))
    if not inside:
        return None
    own = sum((_moments(one) for one in inside), Moments())
    rest = Moments(
        everything.n - own.n, everything.total - own.total, everything.squares - own.squares
    )
    return SegmentScores(own, rest, _low_share(inside, own.n))


def _inside(scores: Mapping[str, Any], dimension: str, scope: Scope) -> Iterator[Any]:
    ((column, values),) = scope
    for segment in scores.get("segments", ()):
        by = segment["by"]
        if tuple(by) == (column,) and by[column] in values:
            entry = _entry(segment["dimensions"], dimension)
            if entry is not None:
                yield entry


def _entry(entries: Any, dimension: str) -> Any | None:
    known = (one for one in entries if one["id"] == dimension and one["n"])
    found = next(known, None)
    return found if found is not None and found.get("mean") is not None else None


def _moments(entry: Any) -> Moments:
    n, mean, sd = entry["n"], entry["mean"], entry.get("sd") or 0.0
    return Moments(n, n * mean, (n - 1) * sd**2 + n * mean**2)


def _low_share(entries: list[Any], n: float) -> float | None:
    shares = [(one["n"], one.get("bottom_share")) for one in entries]
    if any(share is None for _, share in shares):
        return None
    return float(sum(of * share for of, share in shares) / n)
