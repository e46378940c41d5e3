"""What a run did, for people and programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loopqa.engine.documents import (
    analysis_document,
    finding_document,
    sample_document,
    wave_document,
)
from loopqa.model.score import RejectedRow, Rows

if TYPE_CHECKING:
    from pathlib import Path

    from loopqa.engine.drawing import Drawing
    from loopqa.language import Text
    from loopqa.model.analysis import Analysis
    from loopqa.model.change import IndicatorChange
    from loopqa.model.cycle import Finding, Wave
    from loopqa.model.sample import Coverage
    from loopqa.model.window import Window


@dataclass(frozen=True)
class RunReport:
    """What a run did."""

    workflow: str
    window: Window
    wave: Wave | None  #: None in a dry run
    unchanged: bool = False  #: the same evidence had been evaluated before
    backfilled: tuple[Wave, ...] = ()
    opened: tuple[Finding, ...] = ()
    seen: tuple[Finding, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    rows: Rows = field(default_factory=Rows)
    rejected: tuple[RejectedRow, ...] = ()
    warnings: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()  #: how inputs were read, where there is a choice
    reports: tuple[Path, ...] = ()
    changes: tuple[IndicatorChange, ...] = ()  #: every indicator, against the window before
    before: Window | None = None  #: the window before
    drawing: Drawing | None = None  #: the sample of the window, where the workflow draws one
    coverage: Coverage | None = None  #: how much of it is reviewed
    falling_short: int | None = None  #: cells that a dry run would open or see again as findings
    missed: Window | None = None  #: held no case: a first run went back to where the data end

    @property
    def scores(self) -> dict[str, Any] | None:
        """Scores by dimension and the composite, as ``loopqa.score/1`` has them."""
        if self.wave is None:
            return None
        return {key: self.wave.scores[key] for key in ("dimensions", "composite")}

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.run/1``."""
        return {
            "schema": "loopqa.run/1",
            "workflow": self.workflow,
            "window": str(self.window),
            "wave": wave_document(self.wave) if self.wave else None,
            "unchanged": self.unchanged,
            "backfilled": [str(one.window) for one in self.backfilled],
            "opened": [finding_document(one) for one in self.opened],
            "seen": [finding_document(one) for one in self.seen],
            "analyses": [analysis_document(one) for one in self.analyses],
            "rows": self.rows.to_dict(),
            "rejected": [row.to_dict() for row in self.rejected],
            "warnings": [str(one) for one in self.warnings],
            "notes": [str(one) for one in self.notes],
            "reports": [str(one) for one in self.reports],
            "sample": sample_document(self.drawing.sample) if self.drawing else None,
            "coverage": self.coverage.to_dict() if self.coverage else None,
            "falling_short": self.falling_short,
            "missed": str(self.missed) if self.missed else None,
            "before": str(self.before) if self.before else None,
            "indicators": [one.to_dict() for one in self.changes],
            "scores": self.scores,
        }
