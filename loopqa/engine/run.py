"""Run a workflow: evaluate a window, fill in history, and open what falls short as findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.cadence import pace_of
from loopqa.calc.loop.calendar import (
    history_windows,
    next_complete_window,
    previous_window,
    window_of,
)
from loopqa.calc.scoring.changes import indicator_changes
from loopqa.define.canonical import rubric_form
from loopqa.engine.analysing import Analysed, analyse, carried_out, record_analyses
from loopqa.engine.documents import analysis_document, finding_document, wave_document
from loopqa.engine.findings import Recorded, detect, record_findings
from loopqa.engine.first_window import window_with_cases
from loopqa.engine.pacing import evidence_of, with_carried
from loopqa.engine.past import earlier_waves, past_scores
from loopqa.engine.reports import make_missing, make_report
from loopqa.engine.waves import Read, freeze, read_inputs, score_windows, thaw, workflow_of
from loopqa.errors import DataError, Place, UsageError
from loopqa.language import Text, text
from loopqa.model.cycle import Finding, Wave, WaveKind
from loopqa.model.score import RejectedRow, Rows
from loopqa.model.window import Window
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.analysis import Analysis
    from loopqa.model.change import IndicatorChange
    from loopqa.model.workflow import Input, PluginSpec, Workflow
    from loopqa.store.door import Writer

OF_ITS_OWN = (WaveKind.ROUTINE, WaveKind.SPECIAL)


MANY_REJECTED = 0.05  #: share of rows above which a run warns


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
            "falling_short": self.falling_short,
            "missed": str(self.missed) if self.missed else None,
            "before": str(self.before) if self.before else None,
            "indicators": [one.to_dict() for one in self.changes],
            "scores": self.scores,
        }


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
    target = window or previous_window(ws.today(), workflow.window)
    _refuse_unfinished(ws, workflow, target)
    if dry_run:
        return _rehearse(ws, used, target, progress)
    known = _known_wave(ws, workflow, target)
    if known is not None and not (again or anew):
        return RunReport(
            workflow_id,
            target,
            known,
            unchanged=True,
            reports=make_missing(ws, known),
            **_changes(ws, workflow, known),
        )
    pace = pace_of(used.rubric, target)
    past = _unfilled(ws, workflow, target, known)
    hint = pace.reach if known else None
    read = read_inputs(ws, used, window=hint, windows=(target, *past), anew=anew, progress=progress)
    missed = None
    if read.within(target).empty and read.notes:
        read = read_inputs(ws, used, progress=progress)  # counting was asked for no more than that
    if read.within(target).empty and window is None and known is None:
        earlier = window_with_cases(ws, used, workflow, read)
        if earlier is not None:
            missed, target, pace = target, earlier, pace_of(used.rubric, earlier)
            past = _unfilled(ws, workflow, target, known)
    if read.within(target).empty:
        raise _nothing_in(workflow, target, read)
    current = evidence_of(used, read, target)
    if known is not None and (known.digest, known.rubric_hash) == (
        current.digest,
        used.rubric.hash,
    ):
        changes = _changes(ws, workflow, known)
        return RunReport(workflow_id, target, known, unchanged=True, rows=read.rows, **changes)
    kind = known.kind if known else _kind(workflow, target)
    backfilled = _backfill(ws, used, read, past)
    wave, recorded, analysed = _evaluate(ws, used, current, target, known, kind)
    fault("after-wave-committed")
    return RunReport(
        workflow_id,
        target,
        wave,
        backfilled=backfilled,
        opened=recorded.opened,
        seen=recorded.seen,
        analyses=recorded.analyses,
        rows=read.rows,
        rejected=read.rejected,
        warnings=(
            *read.warnings,
            *current.silent(target, pace.carried),
            *_many_rejected(read.rows),
            *analysed.warnings,
            *_not_done(workflow),
        ),
        notes=read.notes,
        reports=make_report(ws, workflow_id, wave=wave.id),
        missed=missed,
        **_changes(ws, workflow, wave),
    )


def _changes(ws: Workspace, workflow: Workflow, wave: Wave) -> dict[str, Any]:
    """The indicators of a wave against the window before, if there was one."""
    before = _wave_before(ws, workflow, wave.window)
    changes = indicator_changes(wave.scores, before.scores if before else None)
    return {"changes": changes, "before": before.window if before else None}


def _refuse_unfinished(ws: Workspace, workflow: Workflow, window: Window) -> None:
    ready = window.end + timedelta(days=1 + workflow.window.settle_days)
    if ws.today() < ready:
        raise UsageError(
            text(
                "window {window} can't be evaluated before {day}",
                window=str(window),
                day=ready.isoformat(),
            ),
            hint=text("wait until it is over and settled, or name an earlier one with --window"),
        )


def _many_rejected(rows: Rows) -> tuple[Text, ...]:
    """A warning where so many rows were rejected that the rest may mislead."""
    if rows.rejected <= MANY_REJECTED * rows.read:
        return ()
    share = f"{rows.rejected / rows.read:.0%}"
    return (
        text(
            "{share} of the rows were rejected: mend them before you trust the scores", share=share
        ),
    )


def _not_done(workflow: Workflow) -> tuple[Text, ...]:
    """What the workflow defines and this version leaves undone: nobody should wait for it."""
    undone = {
        "sample": workflow.sample is not None,
        "schedule": workflow.schedule is not None,
        **{f"analyse: {spec.type}": True for spec in _not_analysed(workflow)},
        "notify": bool(workflow.notify),
        "report: formats": set(workflow.report.formats) > {"html"},
        "report: sign_off": bool(workflow.report.sign_off),
    }
    names = ", ".join(name for name, defined in undone.items() if defined)
    if not names:
        return ()
    return (text("defined, but not carried out by this version: {names}", names=names),)


def _not_analysed(workflow: Workflow) -> list[PluginSpec]:
    done = [spec for _, spec in carried_out(workflow.analyse)]
    return [spec for spec in workflow.analyse if spec not in done]


def _nothing_in(workflow: Workflow, window: Window, read: Read) -> DataError:
    """The error of an empty window; it names the last one that has cases."""
    if not read.rows.loaded:
        return _nothing_at_all(workflow, read)
    last = read.last_day
    return DataError(
        text(
            "workflow '{workflow}' has no case in {window}",
            workflow=workflow.id,
            window=str(window),
        ),
        hint=text("check `map: at` and `dates`")
        if last is None
        else text(
            "the last case is of {day}; for its window: loopqa run {workflow} --window {last}",
            day=last.isoformat(),
            workflow=workflow.id,
            last=str(window_of(last, workflow.window.previous.unit)),
        ),
    )


def _nothing_at_all(workflow: Workflow, read: Read) -> DataError:
    """No input has a single sound row: the first rejected one tells most."""
    if read.rejected:
        first = read.rejected[0]
        return DataError(
            text(
                "all {n} rows were rejected; the first one: {reason}",
                n=read.rows.rejected,
                reason=Text(first.reason, {"value": first.value}),
            ),
            place=Place(first.file, first.row, first.column),
            hint=text(
                "mend the file, or say how it is to be read: header_row, delimiter, dates, map"
            ),
        )
    paths = [_path(one) for one in workflow.inputs]
    return DataError(
        text("there is no row below the column names"),
        place=Place(", ".join(paths)),
        hint=text("export it again, or name the right file in the workflow"),
    )


def _path(one: Input) -> str:
    path = one.source.options.get("path")
    return path if isinstance(path, str) else one.id


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
        raise _nothing_in(workflow_of(used), window, read.within(window))
    read = evidence_of(used, read, window)
    scored = score_windows(ws, used, {str(window): read.cases})[str(window)]
    cells = detect(used, scored, str(window), None)
    return RunReport(
        workflow_of(used).id,
        window,
        None,
        rows=read.rows,
        rejected=read.rejected,
        warnings=read.warnings,
        notes=read.notes,
        falling_short=len(cells),
    )


def _unfilled(
    ws: Workspace, workflow: Workflow, target: Window, known: Wave | None
) -> tuple[Window, ...]:
    """The windows of the history that have no wave yet, oldest first, where a run fills them."""
    routine = known is None and _kind(workflow, target) is WaveKind.ROUTINE
    if workflow.history is None or not routine:
        return ()
    windows = history_windows(target, workflow.window.previous, workflow.history)
    with ws.reading() as reader:
        return tuple(one for one in windows if not reader.waves(workflow.id, window=one))


def _backfill(
    ws: Workspace, used: Standard, read: Read, windows: tuple[Window, ...]
) -> tuple[Wave, ...]:
    """Evaluate those windows of the history that have cases."""
    done: list[Wave] = []
    for window in windows:
        if read.within(window).empty:
            continue
        part = evidence_of(used, read, window)
        scored = score_windows(ws, used, {str(window): part.cases})[str(window)]
        scored = with_carried(ws, used, scored, window)
        wave = freeze(ws, used, part, scored, window=window, kind=WaveKind.BACKFILL, revision=1)
        with ws.writing() as writer:
            done.append(_pin_and_add(writer, used, wave))
    return tuple(done)


def _pin_and_add(writer: Writer, used: Standard, wave: Wave) -> Wave:
    rubric = used.rubric
    writer.pin_rubric(rubric.hash, rubric.id, rubric.version, rubric_form(rubric))
    return writer.add_wave(wave)


def _evaluate(
    ws: Workspace,
    used: Standard,
    read: Read,
    window: Window,
    known: Wave | None,
    kind: WaveKind,
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
        kind=kind,
        revision=known.revision + 1 if known else 1,
    )
    fault("after-snapshots")
    with ws.writing() as writer:
        added = _pin_and_add(writer, used, wave)
        fault("after-wave-added")
        for replaced in _replaced(writer, added, known):
            _mark_stale(writer, replaced)
        recorded = record_findings(ws, writer, added, cells)
        recorded = record_analyses(ws, writer, added, analysed, recorded)
    return added, recorded, analysed


def _kind(workflow: Workflow, window: Window) -> WaveKind:
    """A whole calendar period of the workflow is routine; any other window is special."""
    period = workflow.window.previous
    regular = next_complete_window(window.start, period.unit, period.count)
    return WaveKind.ROUTINE if regular == window else WaveKind.SPECIAL


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
