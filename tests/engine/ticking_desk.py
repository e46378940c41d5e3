"""A desk where a tick finds something to do at every stage, and work that costs nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from loopqa.engine.clock import Clock
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.rounds import Comparison, compare_round
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.engine.work import Work
from loopqa.engine.workspace import Workspace
from loopqa.errors import DataError
from loopqa.language import text
from loopqa.model.cycle import ReSurveyState

FLOW = "desk-monthly"
NEW_YEAR = datetime(2027, 1, 2, 12, tzinfo=UTC)


@dataclass
class BusyDesk:
    """A folder on the second of January 2027.

    A-1 is overdue since the 30th of December. R-1 (of A-2) can be compared. R-2 (of A-3) falls due.
    The rubric was to be revised by the end of the year.
    """

    root: Path
    told: dict[int, Comparison] = field(default_factory=dict)  #: what comparisons find

    def at(self, moment: datetime = NEW_YEAR, **later: float) -> Workspace:
        """The workspace at a moment, or so much later."""
        return Workspace.open(self.root, clock=Clock(moment + timedelta(**later)), actor="li")

    def copy(self, to: Path) -> BusyDesk:
        """The same desk in another folder."""
        shutil.copytree(self.root, to)
        return BusyDesk(to, self.told)

    @property
    def work(self) -> Work:
        """Finds what the real comparison found, at once."""
        return Work(compare=self._compare)

    def _compare(self, ws: Workspace, resurvey: Any, progress: Any) -> Comparison:
        if resurvey.id not in self.told:
            self.told[resurvey.id] = compare_round(ws, resurvey, progress)
        return self.told[resurvey.id]


def busy(desk: Any) -> BusyDesk:
    """Live through three actions of a desk."""
    rubric = desk.root / "rubrics" / "desk.yaml"
    rubric.write_text(
        rubric.read_text("utf-8").replace("scale:", "review_by: 2026-12-31\nscale:", 1), "utf-8"
    )
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
        open_action(ws, ActionDraft((1,), "A sign at the door", due=date(2026, 12, 30)))
        for title in ("Second line at noon", "Third line at noon"):
            start_action(ws, open_action(ws, ActionDraft((1,), title)).id)
    for number, day in ((2, "2026-10-31"), (3, "2026-12-01")):
        with desk.on(day) as ws:
            close_action(ws, number, "rota")
    with desk.on("2026-12-01") as ws:
        (begun,) = tick(ws).begun
    assert begun.state is ReSurveyState.ASKING
    desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=200)
    return BusyDesk(desk.root)


def no_data(*_: Any) -> Comparison:
    """A comparison whose data are not there yet."""
    raise DataError(text("there is no case yet"))


def stop_after(items: int) -> Callable[[], bool]:
    """Let so many questions pass, then ask to stop."""
    left = iter(range(items))
    return lambda: next(left, None) is None
