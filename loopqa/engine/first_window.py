"""What the first run of a workflow evaluates where its data end long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.last_window import last_window

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.waves import Read
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow


def window_with_cases(
    ws: Workspace, used: Standard, workflow: Workflow, read: Read
) -> Window | None:
    """The last whole window with enough cases to be a finding, for a workflow that never ran.

    None where it ran before, so that a routine run never goes back by itself, and without cases.
    """
    if _has_run(ws, workflow):
        return None
    ended = ws.today() - timedelta(days=1 + workflow.window.settle_days)
    return last_window(read.by_day(), workflow.window.previous, ended, used.rubric.finding.min_n)


def _has_run(ws: Workspace, workflow: Workflow) -> bool:
    with ws.reading() as reader:
        return bool(reader.waves(workflow=workflow.id))
