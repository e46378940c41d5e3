"""Scores and comparisons of data at hand: the whole method, without a workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from loopqa.calc.question.questions import questions
from loopqa.calc.question.readings import own_scores
from loopqa.calc.question.request import Request
from loopqa.calc.scoring.answers import normalise
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.calc.scoring.segments import segments
from loopqa.calc.verdict.judgement import judge
from loopqa.engine.clock import clock_of_environment
from loopqa.engine.invitations import invitations_from
from loopqa.engine.lots import by_lots, drawn_starts
from loopqa.engine.overlap import with_exclusion
from loopqa.engine.parts import (
    as_window,
    feeds_at_hand,
    history_labels,
    read_parts,
    refuse_entangled,
    refuse_later_history,
    starts,
    windowed_parts,
)
from loopqa.engine.reading import Progress, Wanted
from loopqa.engine.refusals import refuse_no_case
from loopqa.engine.retest import retest
from loopqa.engine.scopes import inside
from loopqa.engine.separate import separate_dimensions
from loopqa.engine.standard import Standard, standard
from loopqa.errors import UsageError
from loopqa.evidence.backend import Backend, shared_backend
from loopqa.evidence.tallying import Part, tally
from loopqa.language import text
from loopqa.model.cycle import Scope, scope_of
from loopqa.model.rubric import Decide, Rubric
from loopqa.model.score import ScoreResult
from loopqa.model.verdict import Asked, CompareResult, Flagged, ModeChanged
from loopqa.model.workflow import Workflow
from loopqa.plugin.host import PluginHost

Columns = Mapping[str, str | list[str] | tuple[str, ...]]
"""Column values as people give them: ``{"channel": "phone"}`` or ``{"team": ["T1", "T2"]}``."""

BEFORE = "before"
AFTER = "after"
NOW = "now"  #: label of the only window of a score


def score(
    rubric: Rubric | Path | str,
    data: Any = None,
    *,
    workflow: Workflow | Path | str | None = None,
    map: Mapping[str, str] | None = None,
    by: Sequence[str] | str = (),
    where: Columns | None = None,
    host: PluginHost | None = None,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score data by a rubric.

    Args:
        rubric: a path, the name of a shipped rubric, or a loaded one.
        data: a path, ``"rater=path"``, an Arrow table, a pandas or polars frame, or several of
            these; bare ones are stacked as one input. None: the workflow's own inputs.
        workflow: a workflow whose ``map`` and ``dates`` say how the columns are called.
        map: indicator or dimension → column, where the data calls it otherwise.
        by: columns for which every value gets its own scores beside the whole.
        where: keep only cases whose columns have these values.

    Raises:
        DefinitionError: the rubric or workflow is wrong.
        DataError: the data can't be read, lacks a column or holds no case.
    """
    used = standard(rubric, workflow=workflow, host=host)
    groups = (by,) if isinstance(by, str) else tuple(by)
    condition = scope_from(where)
    now = clock_of_environment().now()
    wanted = Wanted(keep=_names(groups, condition), overrides=map or {}, now=now)
    feeds = feeds_at_hand(used, data)
    parts, rows, rejected = read_parts(used, feeds, wanted, NOW, progress)
    kept = [replace(part, cases=part.cases.where(condition)) for part in parts]
    refuse_no_case(feeds, kept, rows, rejected, condition)
    if condition and any(part.stratified for part in parts):
        # What the strata stand for can't be told from a part of the sample: all of it is counted.
        kept, counted_by = parts, _names(groups, condition)
    else:
        condition, counted_by = (), groups
    counts = tally(shared_backend(), used.rubric, used.schemes, kept, by=counted_by)
    within = inside(counts.by, condition)
    card = scorecard(used.rubric, used.schemes, counts, window=NOW, group=within)
    return ScoreResult(
        used.rubric.id,
        used.rubric.version,
        used.rubric.hash,
        rows,
        card,
        segments(used.rubric, used.schemes, counts, window=NOW, by=groups, group=within)
        if groups
        else (),
        rejected,
    )


def scope_from(columns: Columns | None) -> Scope:
    """Column values as cases carry them: normalised text."""
    chosen = {
        column: [normalise(str(value)) for value in _several(values)]
        for column, values in (columns or {}).items()
    }
    return scope_of(chosen)


def _several(values: Any) -> Sequence[Any]:
    """One value or several; frames hold numbers where files hold their text."""
    return [values] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)


def _names(*groups: Sequence[str] | Scope) -> tuple[str, ...]:
    """Column names of plain lists and scopes together, each once, in order."""
    names = [one if isinstance(one, str) else one[0] for group in groups for one in group]
    return tuple(dict.fromkeys(names))


def compare(
    rubric: Rubric | Path | str,
    data: Any = None,
    *,
    before: Any,
    after: Any,
    history: Any = None,
    at: str | None = None,
    scope: Columns | None = None,
    comparison: bool = True,
    asked: str = "random",
    low_at_most: float = 2,
    flagged: str = "lowest",
    customer: str | None = None,
    cluster: Sequence[str] | str | None = None,
    dimensions: Sequence[str] | str | None = None,
    mode_changed: str | None = None,
    exclude: Columns | None = None,
    rollout: Mapping[str, Mapping[str, Any]] | Path | str | None = None,
    workflow: Workflow | Path | str | None = None,
    material_change: float | None = None,
    local_drift: float | None = None,
    invited: Mapping[str, int] | None = None,
    case: str | None = None,
    host: PluginHost | None = None,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare two windows and say whether a change can be put down to an action.

    Args:
        rubric: a path, the name of a shipped rubric, or a loaded one.
        data: what holds the cases, as for :func:`score`; may be None if all windows are files.
        before: window ``"2026-03-01..2026-03-31"`` (inclusive), or a path or table of its own.
        after: the same for the follow-up.
        history: one or several earlier windows or files; eight months are worth having.
        at: the date column, needed where a window is given as dates.
        scope: where the action took place, e.g. ``{"channel": "phone"}``; None: everywhere.
        comparison: use what lies outside the scope as the comparison.
        asked: who answered the follow-up: random (fresh sample), same (paired), low.
        low_at_most: with ``asked="low"``: the highest score that was asked again.
        flagged: why this cell: lowest (of all cells), below (the threshold) or named.
        customer: column that identifies customers, for ``same`` and ``low``.
        cluster: column(s) that share shocks (team, agent), coarse to fine.
        dimensions: the dimensions named before the re-survey; None: all are primary. The others
            are judged as secondary: they never decide anything.
        mode_changed: "scope" or "both" where survey mode or wording changed.
        exclude: segments where another action ran; they leave the comparison.
        rollout: which clusters lots let begin when, ``{"team": {"T1": "2026-03-01", "T2": None}}``
            (None: held out) or a CSV file of two columns; they are then compared with each other.
            ``history`` takes all other windows, those of the steps, too.
        material_change: overrides the rubric's ``decide.material_change``, in points; indicators
            that are judged in their own unit keep theirs.
        local_drift: overrides the rubric's ``decide.local_drift``.
        invited: customers who were asked: ``{"before": 400, "after": 350}`` in the scope, and
            ``comparison-before``, ``comparison-after`` outside it. None: where the data holds rows
            without any answer in both periods, these count as invited.
        case: column with the number of the case, by which a blend knows cases that two raters
            rated; None: as the workflow maps it.

    Raises:
        DefinitionError: the rubric or workflow is wrong.
        DataError: the data can't be read or lacks a column.
        UsageError: the arguments contradict each other.
    """
    used = standard(rubric, workflow=workflow, host=host)
    windows = {BEFORE: before, AFTER: after, **history_labels(history)}
    request = Request(
        scope=scope_from(scope),
        comparison=comparison,
        asked=_choice(Asked, asked, "asked"),
        low_at_most=low_at_most,
        flagged=_choice(Flagged, flagged, "flagged").value,
        mode_changed=_choice(ModeChanged, mode_changed or "no", "mode_changed"),
        exclude=scope_from(exclude),
        cluster=(cluster,) if isinstance(cluster, str) else tuple(cluster or ()),
        dimensions=_dimensions(used.rubric, dimensions),
        starts=starts(windows),
        invited=invitations_from(invited),
    )
    paired = request.asked is not Asked.RANDOM
    wanted = Wanted(
        keep=request.columns,
        at=at,
        # Who is who matters where customers are paired; as a cluster they stay pseudonyms.
        customer=customer if paired or customer in request.columns else None,
        need_customer=paired,
        now=clock_of_environment().now(),
        case=case,
    )
    refuse_entangled(windows)
    drawn = None
    if rollout is None:
        refuse_later_history(windows)
    else:
        _refuse_beside_lots(request)
        drawn = drawn_starts(rollout, {label: as_window(one) for label, one in windows.items()})
        wanted = replace(wanted, keep=_names(request.columns, (drawn.column,)))
    parts = windowed_parts(used, data, windows, wanted, progress)
    if drawn is not None:
        parts, request = by_lots(parts, request, drawn)
    decide = _decide(used.rubric, material_change, local_drift)
    result = evaluate(shared_backend(), used, parts, request, decide)
    return with_exclusion(result, request)


def evaluate(
    backend: Backend,
    used: Standard,
    parts: Sequence[Part],
    request: Request,
    decide: Decide,
) -> CompareResult:
    """Tally the parts (labelled before, after, and earlier windows) and judge what was asked."""
    labels = tuple(dict.fromkeys(part.window for part in parts))
    named = replace(
        request,
        before=BEFORE,
        after=AFTER,
        history=tuple(label for label in labels if label not in {BEFORE, AFTER}),
        separate=separate_dimensions(used.rubric, used.schemes, parts),
    )
    asked_again = request.asked is not Asked.RANDOM
    own = own_scores(
        used.rubric,
        used.schemes,
        points=request.asked is Asked.LOW,
        separate=named.separate,
    )
    counts = tally(
        backend,
        used.rubric,
        used.schemes,
        parts,
        by=named.columns,
        values=False,
        pairs=(BEFORE, AFTER) if asked_again else None,
        low_at_most=request.low_at_most if request.asked is Asked.LOW else None,
        own=own,
        joint=True,
        responses=True,
    )
    asked_questions = questions(
        used.rubric,
        used.schemes,
        counts,
        replace(named, dimensions=None),
        retest=retest(backend, used, parts, named, own) if asked_again else None,
    )
    judged = judge(asked_questions, decide, primary=request.dimensions)
    return CompareResult(
        tuple(one for one in judged if one.primary),
        tuple(one for one in judged if not one.primary),
    )


def _refuse_beside_lots(request: Request) -> None:
    if request.exclude or not request.comparison:
        raise UsageError(
            text("a roll-out brings its own comparison: clusters that begin later, or not at all"),
            hint=text("leave out --no-comparison and --exclude; --scope says where lots fell"),
        )


def _choice(kind: Any, value: str, name: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(
            text(
                "{name} can't be '{value}'; it is one of {allowed}",
                name=name,
                value=value,
                allowed=", ".join(kind),
            )
        ) from None


def _dimensions(rubric: Rubric, named: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if named is None:
        return None
    wanted = (named,) if isinstance(named, str) else tuple(named)
    known = [dimension.id for dimension in rubric.dimensions]
    for one in wanted:
        if one not in known:
            raise UsageError(
                text("rubric '{rubric}' has no dimension '{name}'", rubric=rubric.id, name=one),
                hint=text("its dimensions are {names}", names=", ".join(known)),
            )
    return wanted or None


def _decide(rubric: Rubric, material_change: float | None, local_drift: float | None) -> Decide:
    decide, widest = rubric.decide, rubric.scale.high - rubric.scale.low
    for name, value in (("material_change", material_change), ("local_drift", local_drift)):
        if value is not None and not 0 <= value <= widest:
            raise UsageError(
                text("{name} can't be {value}; it is 0 or above", name=name, value=value)
                if not value > widest
                else text(
                    "{name} can't be {value}; the scale is {widest} points wide",
                    name=name,
                    value=value,
                    widest=f"{widest:g}",
                )
            )
    return replace(
        decide,
        material_change=decide.material_change if material_change is None else material_change,
        local_drift=decide.local_drift if local_drift is None else local_drift,
    )
