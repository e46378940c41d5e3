"""How the value of an indicator moved since the period before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loopqa.model.score import Interval
from loopqa.model.verdict import ScoreChange


@dataclass(frozen=True)
class ValueChange:
    """A difference of two values in their own unit; of percentages it is in percentage points."""

    before: float
    difference: float
    interval: Interval | None  #: 95 %; None where one of the values has none

    @property
    def moved(self) -> ScoreChange | None:
        """Which way, if chance alone would hardly do that; None where it can't be told."""
        if self.interval is None:
            return None
        low, high = self.interval
        if low <= 0 <= high:
            return ScoreChange.UNCLEAR
        return ScoreChange.UP if low > 0 else ScoreChange.DOWN


@dataclass(frozen=True)
class IndicatorChange:
    """One indicator of a wave: actual, target and gap, and the change since the wave before."""

    dimension: str
    indicator: str
    unit: str
    n: int
    value: float | None
    target: float | None
    gap: float | None
    change: ValueChange | None  #: None: nothing to compare with, or carried forward
    measured: str | None = None  #: window it was measured over, if not the wave's own
    carried: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The JSON form inside ``loopqa.run/1``."""
        change = self.change
        return {
            "dimension": self.dimension,
            "indicator": self.indicator,
            "unit": self.unit,
            "n": self.n,
            "value": self.value,
            "target": self.target,
            "gap": self.gap,
            "before": change.before if change else None,
            "change": change.difference if change else None,
            "interval": list(change.interval) if change and change.interval else None,
            "moved": change.moved.value if change and change.moved else None,
            "measured": self.measured,
            "carried": self.carried,
        }
