"""What a tick does outside transactions, where files are read and other machines are asked.

A tick reaches the outer world through this record and its workspace only, so that a simulator can
put cheap, deterministic work in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.engine.drawing import draw_missing
from loopqa.engine.leases import USUAL_PATIENCE, Patience
from loopqa.engine.outbox.sending import Send, send_parcel
from loopqa.engine.rounds import compare_round
from loopqa.engine.run import run_workflow

if TYPE_CHECKING:
    from loopqa.engine.drawing import Drawing
    from loopqa.engine.reading import Progress
    from loopqa.engine.rounds import Comparison
    from loopqa.engine.run_report import RunReport
    from loopqa.engine.workspace import Workspace
    from loopqa.language import Text
    from loopqa.model.cycle import ReSurvey
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow

Compare = Callable[["Workspace", "ReSurvey", "Progress | None"], "Comparison"]
Run = Callable[["Workspace", str, "Window", "Progress | None"], "RunReport"]
Draw = Callable[
    ["Workspace", "Workflow", "Window", "Progress | None"],
    "tuple[Drawing | None, tuple[Text, ...]]",
]


def run_window(
    ws: Workspace, workflow_id: str, window: Window, progress: Progress | None
) -> RunReport:
    """Run a workflow as `loopqa run --window` does."""
    return run_workflow(ws, workflow_id, window=window, progress=progress)


@dataclass(frozen=True)
class Work:
    """The slow parts of a tick; each may raise a LoopQAError, which is told and tried again."""

    run: Run = run_window  #: evaluates a window of a workflow, unless it has been evaluated
    compare: Compare = compare_round  #: reads the window of a claimed re-survey and judges it
    draw: Draw = draw_missing  #: draws the sample of a window that is over
    patience: Patience = USUAL_PATIENCE  #: how long claims hold while the work is done
    send: Send = send_parcel  #: sends one message; in a thread of its own if several are at once
    at_once: int = 8  #: messages that are claimed at once, and sent at the same time
    threads: bool = True  #: False: those that are claimed are sent one after the other


REAL_WORK = Work()
