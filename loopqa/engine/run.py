"""Run a workflow: evaluate a window, fill in history, and open what falls short as findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.cadence import pace_of
from loopqa.calc.loop.calendar import previous_window
from loopqa.calc.scoring.changes import indicator_changes
from loopqa.engine.analysing import Analysed, analyse, record_analyses
from loopqa.engine.backfill import backfill, kind_of, pin_and_add, unfilled
from loopqa.engine.drawing import draw_missing
from loopqa.engine.findings import Recorded, detect, record_findings
from loopqa.engine.first_window import window_with_cases
from loopqa.engine.pacing import evidence_of, with_carried
from loopqa.engine.past import earlier_waves, past_scores
from loopqa.engine.reports import make_missing, make_report
from loopqa.engine.reviewing import coverage_in, in_window, sample_warnings
from loopqa.engine.run_report import RunReport
from loopqa.engine.run_words import (
    many_rejected,
    not_done,
    nothing_in,
    refuse_unfinished,
    split_anew,
    unsampled,
)
from loopqa.engine.waves import Read, freeze, read_inputs, score_windows, thaw, workflow_of
from loopqa.language import Text
from loopqa.model.cycle import Wave, WaveKind
from loopqa.model.window import Window
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Writer

OF_ITS_OWN = (WaveKind.ROUTINE, WaveKind.SPECIAL)


def run_workflow(
    ws: Workspace,
    workflow_id: str,
    *,
    window: Window | None = None,
    again: bool = False,
    dry_run: bool = False,
    anew: bool = False,
    progress: Progress | None = None,
) -> RunReport:
    """Evaluate one window of a workflow: the previous whole period, unless one is named.

    The first run of a workflow whose data end before that window evaluates the last whole window
    that has enough cases, and says so.

    A window that was evaluated before stays as it is; with ``again`` its inputs are read anew, and
    where late data changed them a new revision is made and the old one marked stale. With ``anew``
    the rows that have landed of incremental inputs count no more and are read from the start.

    Raises:
        UsageError: unknown workflow, or the window is not over yet.
        DataError: an input can't be read, or holds no case in the window.
        NotYetSupported: the definitions use something this version can't carry out.
    """
    workflow = ws.workflow(workflow_id)
    used = ws.standard(workflow)
    asked = window or previous_window(ws.today(), workflow.window)
    refuse_unfinished(ws, workflow, asked)
    if dry_run:
        return _rehearse(ws, used, asked, progress)
    known = _known_wave(ws, workflow, asked)
    if known is not None and not (again or anew):
        return _nothing_new(ws, workflow, asked, known, progress)
    read = _read(ws, used, asked, known, anew, progress)
    target = asked
    if window is None and known is None:
        target = _with_cases(ws, used, read, asked)
    if read.within(target).empty:
        raise nothing_in(workflow, target, read)
    current = in_window(ws, used, read, target)
    if known is not None and _same(known, used, current):
        return replace(_nothing_new(ws, workflow, target, known, progress), rows=read.rows)
    done = _evaluated(ws, used, read, current, target, known, progress)
    return done if target == asked else replace(done, missed=asked)


def _evaluated(
    ws: Workspace,
    used: Standard,
    read: Read,
    current: Read,
    window: Window,
    known: Wave | None,
    progress: Progress | None,
) -> RunReport:
    """Evaluate a window and the history before it; ``current``: what was read of the window."""
    workflow = workflow_of(used)
    backfilled = backfill(ws, used, read, unfilled(ws, workflow, window, known))
    wave, recorded, analysed = _evaluate(ws, used, current, window, known)
    fault("after-wave-committed")
    drawing, why_not = draw_missing(ws, workflow, window, progress)
    return RunReport(
        workflow.id,
        window,
        wave,
        backfilled=backfilled,
        opened=recorded.opened,
        seen=recorded.seen,
        analyses=recorded.analyses,
        rows=read.rows,
        rejected=read.rejected,
        warnings=(*_warnings(used, current, window), *analysed.warnings, *why_not),
        notes=(*read.notes, *_not_split_before(ws, workflow, wave)),
        drawing=drawing,
        coverage=current.coverage,
        reports=make_report(ws, workflow.id, wave=wave.id),
        **_changes(ws, workflow, wave),
    )


def _read(
    ws: Workspace,
    used: Standard,
    window: Window,
    known: Wave | None,
    anew: bool,
    progress: Progress | None,
) -> Read:
    """The inputs, as far back as the window and the history before it ask for."""
    windows = (window, *unfilled(ws, workflow_of(used), window, known))
    hint = pace_of(used.rubric, window).reach if known else None
    read = read_inputs(ws, used, window=hint, windows=windows, anew=anew, progress=progress)
    if read.within(window).empty and read.notes:
        # Where rows were counted in their database, only these windows were asked for.
        read = read_inputs(ws, used, progress=progress)
    return read


def _with_cases(ws: Workspace, used: Standard, read: Read, window: Window) -> Window:
    """The window, or where it has no case and nothing ever ran the last one that has."""
    if not read.within(window).empty:
        return window
    return window_with_cases(ws, used, workflow_of(used), read) or window


def _same(known: Wave, used: Standard, current: Read) -> bool:
    return (known.digest, known.rubric_hash) == (current.digest, used.rubric.hash)


def _warnings(used: Standard, current: Read, window: Window) -> tuple[Text, ...]:
    return (
        *current.warnings,
        *current.silent(window, pace_of(used.rubric, window).carried),
        *many_rejected(current.rows),
        *not_done(workflow_of(used)),
        *sample_warnings(used, current),
    )


def _nothing_new(
    ws: Workspace, workflow: Workflow, window: Window, known: Wave, progress: Progress | None
) -> RunReport:
    """A run that finds its window evaluated; what a killed run left undone is made up for."""
    drawing, why_not = draw_missing(ws, workflow, window, progress)
    return RunReport(
        workflow.id,
        window,
        known,
        unchanged=True,
        drawing=drawing,
        coverage=coverage_in(known),
        warnings=why_not,
        reports=make_missing(ws, known),
        **_changes(ws, workflow, known),
    )


def _changes(ws: Workspace, workflow: Workflow, wave: Wave) -> dict[str, Any]:
    """The indicators of a wave against the window before, if there was one."""
    before = _wave_before(ws, workflow, wave.window)
    changes = indicator_changes(wave.scores, before.scores if before else None)
    return {"changes": changes, "before": before.window if before else None}


def _not_split_before(ws: Workspace, workflow: Workflow, wave: Wave) -> tuple[Text, ...]:
    before = _wave_before(ws, workflow, wave.window)
    return split_anew(wave, before) if before else ()


def _known_wave(ws: Workspace, workflow: Workflow, window: Window) -> Wave | None:
    with ws.reading() as reader:
        return reader.latest_wave(workflow.id, window, OF_ITS_OWN)


def _rehearse(
    ws: Workspace, used: Standard, window: Window, progress: Progress | None
) -> RunReport:
    """Read and score the window without touching the folder: no state, no key, no snapshot."""
    reach = pace_of(used.rubric, window).reach
    read = read_inputs(ws, used, window=reach, kept=False, progress=progress)
    if read.within(window).empty:
        raise nothing_in(workflow_of(used), window, read.within(window))
    read = evidence_of(used, read, window)
    scored = score_windows(ws, used, {str(window): read.cases})[str(window)]
    cells = detect(used, scored, str(window), None)
    return RunReport(
        workflow_of(used).id,
        window,
        None,
        rows=read.rows,
        rejected=read.rejected,
        warnings=(*read.warnings, *unsampled(workflow_of(used))),
        notes=read.notes,
        falling_short=len(cells),
    )


def _evaluate(
    ws: Workspace,
    used: Standard,
    read: Read,
    window: Window,
    known: Wave | None,
) -> tuple[Wave, Recorded, Analysed]:
    label = str(window)
    before = _wave_before(ws, workflow_of(used), window)
    windows = {label: read.cases}
    if before is not None:
        windows[str(before.window)] = thaw(ws, used, before)
    scored = {
        name: with_carried(ws, used, one, Window.parse(name))
        for name, one in score_windows(ws, used, windows).items()
    }
    previous = scored[str(before.window)] if before else None
    cells = detect(used, scored[label], label, previous, past_scores(ws, used, window))
    analysed = analyse(ws, used, read.within(window), scored[label], label, cells)
    wave = freeze(
        ws,
        used,
        read,
        scored[label],
        window=window,
        kind=known.kind if known else kind_of(workflow_of(used), window),
        revision=known.revision + 1 if known else 1,
    )
    fault("after-snapshots")
    with ws.writing() as writer:
        added = pin_and_add(writer, used, wave)
        fault("after-wave-added")
        for replaced in _replaced(writer, added, known):
            _mark_stale(writer, replaced)
        recorded = record_findings(ws, writer, added, cells)
        recorded = record_analyses(ws, writer, added, analysed, recorded)
    return added, recorded, analysed


def _wave_before(ws: Workspace, workflow: Workflow, window: Window) -> Wave | None:
    """The wave of the latest window of the same length that ended before this one began."""
    earlier = earlier_waves(ws, workflow.id, window)
    return max(earlier, key=lambda wave: wave.window, default=None)


def _replaced(writer: Writer, added: Wave, known: Wave | None) -> list[Wave]:
    """The waves that a new one makes stale: its earlier revision, and those of other kinds.

    A window may have been read before as history, or to judge an action. Where that evidence was
    another one, and not just coded by another rubric, late data has come in since.
    """
    others = [
        wave
        for wave in writer.waves(workflow=added.workflow, window=added.window)
        if wave.id != added.id
        and wave.kind is not added.kind
        and wave.rubric_hash == added.rubric_hash
        and wave.digest != added.digest
    ]
    return [known, *others] if known is not None else others


def _mark_stale(writer: Writer, wave: Wave) -> None:
    """Late data replaced a wave: say so on it, on its findings and on the verdicts that used it."""
    writer.change_wave(wave, event="wave.stale", stale=True)
    writer.mark_findings_stale(wave.id)
    writer.mark_verdicts_stale(wave.id)
