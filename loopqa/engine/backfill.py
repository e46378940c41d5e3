"""Earlier windows of a workflow, which its first run fills in: evidence, but no findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import history_windows, next_complete_window
from loopqa.define.canonical import rubric_form
from loopqa.engine.pacing import with_carried
from loopqa.engine.reviewing import in_window
from loopqa.engine.waves import freeze, score_windows
from loopqa.model.cycle import Wave, WaveKind

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.waves import Read
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Writer


def unfilled(
    ws: Workspace, workflow: Workflow, target: Window, known: Wave | None
) -> tuple[Window, ...]:
    """The windows of the history that have no wave yet, oldest first, where a run fills them."""
    routine = known is None and kind_of(workflow, target) is WaveKind.ROUTINE
    if workflow.history is None or not routine:
        return ()
    windows = history_windows(target, workflow.window.previous, workflow.history)
    with ws.reading() as reader:
        return tuple(one for one in windows if not reader.waves(workflow.id, window=one))


def backfill(
    ws: Workspace, used: Standard, read: Read, windows: tuple[Window, ...]
) -> tuple[Wave, ...]:
    """Evaluate those windows of the history that have cases."""
    done: list[Wave] = []
    for window in windows:
        if read.within(window).empty:
            continue
        part = in_window(ws, used, read, window)
        scored = score_windows(ws, used, {str(window): part.cases})[str(window)]
        scored = with_carried(ws, used, scored, window)
        wave = freeze(ws, used, part, scored, window=window, kind=WaveKind.BACKFILL, revision=1)
        with ws.writing() as writer:
            done.append(pin_and_add(writer, used, wave))
    return tuple(done)


def pin_and_add(writer: Writer, used: Standard, wave: Wave) -> Wave:
    rubric = used.rubric
    writer.pin_rubric(rubric.hash, rubric.id, rubric.version, rubric_form(rubric))
    return writer.add_wave(wave)


def kind_of(workflow: Workflow, window: Window) -> WaveKind:
    """A whole calendar period of the workflow is routine; any other window is special."""
    period = workflow.window.previous
    regular = next_complete_window(window.start, period.unit, period.count)
    return WaveKind.ROUTINE if regular == window else WaveKind.SPECIAL
