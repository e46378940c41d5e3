"""Re-evaluation: a closed action's follow-up window is compared with its baseline, once.

The stages of a round: *scheduled* (until its due date), *asking* (the window that its notice named
is still running or settling), *comparing* (claimed by one process), *done*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import due_instant, next_complete_window
from loopqa.calc.verdict.request import Request
from loopqa.engine.continuity import apart, dimension_of, rater_of, windows_alike
from loopqa.engine.evaluate import AFTER, BEFORE, evaluate
from loopqa.engine.waves import Scored, freeze, read_inputs, score_windows, thaw
from loopqa.errors import DataError, RefusedMove, UsageError
from loopqa.evidence.tallying import Part
from loopqa.language import text
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    Notice,
    ReSurvey,
    ReSurveyState,
    Scope,
    Wave,
    WaveKind,
    action_ref,
    resurvey_ref,
)
from loopqa.model.verdict import Asked, Judgement
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.evidence.cases import Cases
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Reader


OF_A_WINDOW = (WaveKind.ROUTINE, WaveKind.SPECIAL, WaveKind.BACKFILL)


@dataclass(frozen=True)
class Preview:
    """What a re-survey will do, before it does it."""

    resurvey: ReSurvey
    action: Action
    window: Window  #: the follow-up window, named or as it would be named today
    ready_on: date  #: first day on which the comparison can be made
    baseline: Wave
    history: int  #: earlier waves that tell how much scores move by themselves
    comparison: bool


def name_window(ws: Workspace, workflow: Workflow, due_on: date) -> tuple[Window, date]:
    """The first whole window that begins on or after the due date, and the day it is settled."""
    period = workflow.window.previous
    window = next_complete_window(due_on, period.unit, period.count)
    return window, window.end + timedelta(days=1 + workflow.window.settle_days)


def preview(ws: Workspace, number: int) -> Preview:
    """Say what would be compared with what."""
    with ws.reading() as reader:
        resurvey = reader.resurvey(number)
        action = reader.action(resurvey.action)
        workflow = ws.workflow(action.workflow)
        window, ready_on = name_window(ws, workflow, resurvey.due_on)
        baseline = baseline_of(reader, action)
        history = history_of(reader, baseline)
    return Preview(
        resurvey,
        action,
        resurvey.window or window,
        ready_on,
        baseline,
        len(history),
        _has_comparison(workflow, action),
    )


def _has_comparison(workflow: Workflow, action: Action) -> bool:
    return bool(action.scope) and workflow.re_evaluate.comparison == "outside_scope"


def baseline_of(reader: Reader, action: Action) -> Wave:
    """The wave an action is measured against.

    The wave of its finding, as late data revised it; if work started later, the last complete
    window before the start.
    """
    first = _revised(reader, reader.wave(reader.finding(action.findings[0]).wave))
    start = action.started_on or action.closed_on
    if start is None:
        return first
    later = [
        wave
        for wave in reader.waves(workflow=action.workflow)
        if wave.kind in {WaveKind.ROUTINE, WaveKind.SPECIAL}
        and first.window.end < wave.window.end < start
        and windows_alike(wave.window, first.window)
    ]
    return max(later, key=lambda wave: (wave.window.end, wave.revision), default=first)


def _revised(reader: Reader, wave: Wave) -> Wave:
    """The wave that replaced this one, if late data made it stale."""
    if not wave.stale:
        return wave
    return reader.latest_wave(wave.workflow, wave.window, OF_A_WINDOW) or wave


def history_of(reader: Reader, baseline: Wave) -> tuple[Wave, ...]:
    """Waves before the baseline, oldest first; their windows are as long and do not overlap."""
    earlier = (
        wave
        for wave in reader.waves(workflow=baseline.workflow)
        if wave.window.end < baseline.window.start and wave.kind is not WaveKind.RE_SURVEY
    )
    return apart(earlier, baseline.window)


def begin_asking(ws: Workspace, resurvey: ReSurvey) -> ReSurvey:
    """A due re-survey names its window, in its row and in its notice."""
    with ws.writing() as writer:
        current = writer.resurvey(resurvey.id)
        if current.state is not ReSurveyState.SCHEDULED:
            return current
        action = writer.action(current.action)
        window, ready_on = name_window(ws, ws.workflow(action.workflow), current.due_on)
        begun = writer.change_resurvey(
            current,
            event="resurvey.asking",
            state=ReSurveyState.ASKING,
            failure=None,
            window=window,
            ready_at=due_instant(ready_on, ws.settings.time_zone),
            late_days=max(0, (ws.today() - current.due_on).days),
        )
        writer.add_notice(_due_notice(ws, begun, action, window, ready_on))
    return begun


def _due_notice(
    ws: Workspace, resurvey: ReSurvey, action: Action, window: Window, ready_on: date
) -> Notice:
    return Notice(
        key=f"resurvey.due:{resurvey.action}:{resurvey.round}",
        event="resurvey.due",
        about=resurvey_ref(resurvey.id),
        text=text(
            "{resurvey} of {action} is due: window {window} will be compared, on {day}",
            resurvey=resurvey_ref(resurvey.id),
            action=action_ref(action.id),
            window=str(window),
            day=ready_on.isoformat(),
        ),
        at=ws.now(),
    )


@dataclass(frozen=True)
class Comparison:
    """Everything computed for one round, before anything is written."""

    wave: Wave
    baseline: Wave
    judgements: tuple[Judgement, ...]
    after: Scored
    in_scope: Scored  #: scores of the scope alone, after


def compare_round(
    ws: Workspace, resurvey: ReSurvey, *, progress: Progress | None = None
) -> Comparison:
    """Read the named window, freeze it and judge it against the baseline; state is only read.

    Raises:
        DataError: the window holds no case, or a snapshot was altered.
        LoopQAError: definitions or sources fail.
    """
    if resurvey.window is None:
        raise ValueError("a round that is compared has a window")
    with ws.reading() as reader:
        action = reader.action(resurvey.action)
        baseline = baseline_of(reader, action)
        history = history_of(reader, baseline)
        others = _other_scopes(reader, action, resurvey.window)
        findings = [reader.finding(number) for number in action.findings]
    workflow = ws.workflow(action.workflow)
    used = ws.standard(workflow)
    dimensions = tuple(dict.fromkeys(dimension_of(used.rubric, one).id for one in findings))
    segments = [column for column, _ in (*action.scope, *_union(others))]
    read = read_inputs(ws, used, window=resurvey.window, keep=segments, progress=progress).within(
        resurvey.window
    )
    if read.empty:
        raise DataError(
            text(
                "workflow '{workflow}' has no case in {window}",
                workflow=workflow.id,
                window=str(resurvey.window),
            ),
            hint=text(
                "bring the data, then `loopqa resurvey now {resurvey}`",
                resurvey=resurvey_ref(resurvey.id),
            ),
        )
    frozen = thaw(ws, used, baseline)
    request = Request(
        scope=action.scope,
        comparison=_has_comparison(workflow, action),
        asked=Asked(workflow.re_evaluate.asked),
        flagged=_flagged(findings, baseline),
        exclude=_union(others),
        cluster=tuple(column for column in workflow.cluster if _have(frozen, (column,))),
        dimensions=dimensions,
        starts={BEFORE: baseline.window.start, AFTER: resurvey.window.start},
    )
    windows = {BEFORE: frozen, AFTER: read.cases, **_thawed(ws, used, history, request.columns)}
    parts = [
        Part(label, rater_of(workflow, name), cases)
        for label, inputs in windows.items()
        for name, cases in inputs.items()
    ]
    result = evaluate(ws.backend, used, parts, request, used.rubric.decide)
    label = str(resurvey.window)
    scored = score_windows(ws, used, {label: read.cases})[label]
    inside = {name: cases.where(action.scope) for name, cases in read.cases.items()}
    in_scope = score_windows(ws, used, {label: inside})[label]
    wave = freeze(
        ws, used, read, scored, window=resurvey.window, kind=WaveKind.RE_SURVEY, revision=1
    )
    return Comparison(wave, baseline, result.verdicts, scored, in_scope)


def _flagged(findings: Sequence[Finding], baseline: Wave) -> str:
    """A cell is flagged by its own baseline only if it was found in that window."""
    return "lowest" if baseline.window in {one.window for one in findings} else "named"


def _have(inputs: Mapping[str, Cases], columns: Sequence[str]) -> bool:
    return all(cases.has(columns) for cases in inputs.values())


def _thawed(
    ws: Workspace, used: Standard, history: Sequence[Wave], columns: Sequence[str]
) -> dict[str, Mapping[str, Cases]]:
    """The frozen history; waves from before a segment or cluster was read tell nothing of it."""
    thawed = {str(wave.window): thaw(ws, used, wave) for wave in history}
    return {label: inputs for label, inputs in thawed.items() if _have(inputs, columns)}


def _other_scopes(reader: Reader, action: Action, window: Window) -> tuple[Scope, ...]:
    """Segments in which another action on the same dimension ran before the window ended."""
    active = (ActionState.STARTED, ActionState.CLOSED, ActionState.VERIFIED)
    return tuple(
        other.scope
        for other in reader.actions(workflow=action.workflow, states=active)
        if other.id != action.id
        and other.scope
        and other.scope != action.scope
        and set(other.dimensions) & set(action.dimensions)
        and other.started_on is not None
        and other.started_on <= window.end
    )


def _union(scopes: Sequence[Scope]) -> Scope:
    """All segments of several scopes; a scope of two columns is excluded by its first one."""
    values: dict[str, set[str]] = {}
    for scope in scopes:
        column, chosen = scope[0]
        values.setdefault(column, set()).update(chosen)
    return tuple((column, tuple(sorted(chosen))) for column, chosen in sorted(values.items()))


def reschedule(ws: Workspace, number: int, on: date) -> ReSurvey:
    """Move the due date of a re-survey that has not begun.

    Raises:
        RefusedMove: it has begun or ended.
        UsageError: the new day lies in the past.
    """
    if on < ws.today():
        raise UsageError(
            text(
                "{day} lies in the past; today is {today}",
                day=on.isoformat(),
                today=ws.today().isoformat(),
            )
        )
    with ws.writing() as writer:
        resurvey = writer.resurvey(number)
        if resurvey.state is not ReSurveyState.SCHEDULED:
            raise RefusedMove(
                text(
                    "{resurvey} is {state}, so its date can't be moved any more",
                    resurvey=resurvey_ref(number),
                    state=word(resurvey.state),
                )
            )
        return writer.change_resurvey(
            resurvey,
            event="resurvey.rescheduled",
            due_on=on,
            due_at=due_instant(on, ws.settings.time_zone),
        )


def cancel_resurvey(ws: Workspace, number: int, why: str) -> ReSurvey:
    """Give a round up; its action stays closed without a verdict from it.

    Raises:
        RefusedMove: it has ended already.
        UsageError: no reason was given.
    """
    if not why.strip():
        raise UsageError(
            text("cancelling a re-survey needs a reason"),
            hint=text("without it the action never gets a verdict; say why that is right"),
        )
    with ws.writing() as writer:
        return writer.change_resurvey(
            writer.resurvey(number),
            event="resurvey.cancelled",
            state=ReSurveyState.CANCELLED,
            failure=why.strip(),
        )
