"""One round: which windows stand against each other, and what the comparison says.

Nothing is written to the state here; :mod:`loopqa.engine.settle` does that, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.calc.question.request import DrawnStarts, Request
from loopqa.engine.continuity import apart, dimension_of, rater_of
from loopqa.engine.evaluate import AFTER, BEFORE, evaluate
from loopqa.engine.follow_ups import with_unsampled
from loopqa.engine.lots import by_lots
from loopqa.engine.overlap import overlapping, told_apart
from loopqa.engine.reviewing import in_window, sample_warnings
from loopqa.engine.rollouts import waves_meanwhile
from loopqa.engine.waves import (
    Read,
    freeze,
    read_inputs,
    score_scope,
    score_windows,
    thaw,
    workflow_of,
)
from loopqa.errors import DataError
from loopqa.evidence.tallying import Part
from loopqa.language import text
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    ReSurvey,
    Scope,
    Wave,
    WaveKind,
    resurvey_ref,
)
from loopqa.model.verdict import Asked, Judgement
from loopqa.model.window import windows_alike

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.evidence.cases import Cases
    from loopqa.language import Text
    from loopqa.model.score import ScoreCard
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Reader

OF_A_WINDOW = (WaveKind.ROUTINE, WaveKind.SPECIAL, WaveKind.BACKFILL)


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


def has_comparison(workflow: Workflow, action: Action) -> bool:
    """Whether what lies outside the action's segment, or clusters that wait, are compared."""
    if action.rollout is not None:
        return True
    return bool(action.scope) and workflow.re_evaluate.comparison == "outside_scope"


@dataclass(frozen=True)
class Setting:
    """What the state knows about one round."""

    action: Action
    window: Window  #: of the follow-up
    baseline: Wave
    history: tuple[Wave, ...]
    findings: tuple[Finding, ...]
    meanwhile: tuple[Action, ...]  #: other actions on the same dimensions, at the same time
    between: tuple[Wave, ...] = ()  #: windows of a roll-out's steps, before the follow-up

    @property
    def elsewhere(self) -> Scope:
        """Segments of the comparison that another action may have changed."""
        return _union([other.scope for other in self.beside])

    @property
    def drawn(self) -> DrawnStarts | None:
        """Which clusters the lots let begin when; None where the action began everywhere."""
        rollout = self.action.rollout
        if rollout is None:
            return None
        waves = (*self.history, *self.between)
        windows = {str(wave.window): wave.window for wave in waves}
        own = {BEFORE: self.baseline.window, AFTER: self.window}
        return DrawnStarts(rollout.rule.by, rollout.starts, {**windows, **own}, rollout.rule.seed)

    @property
    def changed(self) -> Scope:
        """The segment that has the action in the follow-up: without the clusters that wait."""
        drawn = self.drawn
        if drawn is None:
            return self.action.scope
        return (*self.action.scope, (drawn.column, drawn.having(AFTER)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the follow-up has to be read with."""
        names = [column for column, _ in (*self.changed, *self.elsewhere)]
        return tuple(dict.fromkeys(names))

    @property
    def here(self) -> tuple[Action, ...]:
        """Actions in the same or an overlapping segment: their effects can't be told apart."""
        scope = self.action.scope
        return tuple(other for other in self.meanwhile if overlapping(other.scope, scope))

    @property
    def beside(self) -> tuple[Action, ...]:
        """Actions in other segments, which therefore leave the comparison."""
        return tuple(other for other in self.meanwhile if other not in self.here)


def setting_of(reader: Reader, resurvey: ReSurvey) -> Setting:
    """Gather what the state knows about a round whose window is named."""
    if resurvey.window is None:
        raise ValueError("a round that is compared has a window")
    action = reader.action(resurvey.action)
    baseline = baseline_of(reader, action)
    return Setting(
        action,
        resurvey.window,
        baseline,
        history_of(reader, baseline),
        tuple(reader.finding(number) for number in action.findings),
        _meanwhile(reader, action, baseline.window, resurvey.window),
        waves_meanwhile(reader, action, resurvey.window),
    )


def _meanwhile(reader: Reader, action: Action, before: Window, after: Window) -> tuple[Action, ...]:
    """Other actions on the same dimensions that were at work between the two windows."""
    active = (
        ActionState.STARTED,
        ActionState.CLOSED,
        ActionState.VERIFIED,
        ActionState.INEFFECTIVE,
    )
    return tuple(
        other
        for other in reader.actions(workflow=action.workflow, states=active)
        if other.id != action.id
        and set(other.dimensions) & set(action.dimensions)
        and other.started_on is not None
        and other.started_on <= after.end
        and (other.closed_on is None or other.closed_on >= before.start)
    )


@dataclass(frozen=True)
class Comparison:
    """Everything computed for one round, before anything is written."""

    wave: Wave
    baseline: Wave
    judgements: tuple[Judgement, ...]
    in_scope: ScoreCard  #: scores of the scope alone, after
    warnings: tuple[Text, ...] = ()  #: what weakens the reviews, where a sample was wanted


def compare_round(
    ws: Workspace, resurvey: ReSurvey, progress: Progress | None = None
) -> Comparison:
    """Read the named window, freeze it and judge it against the baseline; state is only read.

    Raises:
        DataError: the window holds no case, or a snapshot was altered.
        LoopQAError: definitions or sources fail.
    """
    with ws.reading() as reader:
        setting = setting_of(reader, resurvey)
    used = ws.standard(ws.workflow(setting.action.workflow))
    read = _follow_up(ws, used, resurvey, setting, progress)
    judgements = with_unsampled(_judged(ws, used, setting, read), used, read)
    label = str(setting.window)
    scored = score_windows(ws, used, {label: read.cases}, by_cadence=False)[label]
    in_scope = score_scope(ws, used, read.cases, setting.changed)
    wave = freeze(
        ws, used, read, scored, window=setting.window, kind=WaveKind.RE_SURVEY, revision=1
    )
    return Comparison(wave, setting.baseline, judgements, in_scope, sample_warnings(used, read))


def _follow_up(
    ws: Workspace,
    used: Standard,
    resurvey: ReSurvey,
    setting: Setting,
    progress: Progress | None,
) -> Read:
    window = setting.window
    read = read_inputs(ws, used, window=window, keep=setting.columns, progress=progress)
    read = in_window(ws, used, read, window, by_cadence=False)
    if read.empty:
        raise DataError(
            text(
                "workflow '{workflow}' has no case in {window}",
                workflow=setting.action.workflow,
                window=str(window),
            ),
            hint=text(
                "bring the data, then `loopqa resurvey now {resurvey}`",
                resurvey=resurvey_ref(resurvey.id),
            ),
        )
    return read


def _judged(ws: Workspace, used: Standard, setting: Setting, read: Read) -> tuple[Judgement, ...]:
    workflow = workflow_of(used)
    frozen = thaw(ws, used, setting.baseline, whole=False)
    _refuse_split_away(setting, frozen)
    named = (dimension_of(used.rubric, finding).id for finding in setting.findings)
    request = Request(
        scope=setting.action.scope,
        comparison=has_comparison(workflow, setting.action),
        asked=Asked(workflow.re_evaluate.asked),
        flagged=_flagged(setting.findings, setting.baseline),
        exclude=setting.elsewhere,
        cluster=tuple(column for column in workflow.cluster if _have(frozen, (column,))),
        dimensions=tuple(dict.fromkeys(named)),
        starts={BEFORE: setting.baseline.window.start, AFTER: setting.window.start},
    )
    earlier = (*setting.history, *setting.between)
    columns = tuple(dict.fromkeys((*request.columns, *setting.columns)))
    history = _thawed(ws, used, earlier, columns)
    windows = {BEFORE: frozen, AFTER: read.cases, **history}
    parts = [
        Part(label, rater_of(workflow, name), cases)
        for label, inputs in windows.items()
        for name, cases in inputs.items()
    ]
    if setting.drawn is not None:
        parts, request = by_lots(parts, request, setting.drawn)
    result = evaluate(ws.backend, used, parts, request, used.rubric.decide)
    judged = (*result.verdicts, *result.secondary)
    elsewhere = setting.elsewhere
    return tuple(told_apart(one, setting.here, setting.beside, elsewhere) for one in judged)


def _refuse_split_away(setting: Setting, frozen: Mapping[str, Cases]) -> None:
    """The baseline has to tell the action's segment from the rest, in one input at least."""
    lost = [
        column
        for column in setting.columns
        if not any(cases.has((column,)) for cases in frozen.values())
    ]
    if lost:
        window, workflow = str(setting.baseline.window), setting.action.workflow
        raise DataError(
            text(
                "the baseline {window} was read without {names}",
                window=window,
                names=", ".join(lost),
            ),
            hint=text(
                "name it in `segments` of workflow '{workflow}' again, then: "
                "loopqa run {workflow} --window {window} --again",
                workflow=workflow,
                window=window,
            ),
        )


def _flagged(findings: Sequence[Finding], baseline: Wave) -> str:
    """A cell is flagged by its own baseline only if it was found in that window."""
    return "lowest" if baseline.window in {one.window for one in findings} else "named"


def _have(inputs: Mapping[str, Cases], columns: Sequence[str]) -> bool:
    return all(cases.has(columns) for cases in inputs.values())


def _thawed(
    ws: Workspace, used: Standard, history: Sequence[Wave], columns: Sequence[str]
) -> dict[str, Mapping[str, Cases]]:
    """The frozen history; waves from before a segment or cluster was read tell nothing of it."""
    thawed = {str(wave.window): thaw(ws, used, wave, whole=False) for wave in history}
    return {label: inputs for label, inputs in thawed.items() if _have(inputs, columns)}


def _union(scopes: Sequence[Scope]) -> Scope:
    """All segments of several scopes; a scope of two columns is excluded by its first one."""
    values: dict[str, set[str]] = {}
    for scope in scopes:
        column, chosen = scope[0]
        values.setdefault(column, set()).update(chosen)
    return tuple((column, tuple(sorted(chosen))) for column, chosen in sorted(values.items()))
