"""Load a workflow file into the record that the rest of LoopQA works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from loopqa.calc.scoring.answers import normalise
from loopqa.define.canonical import digest, workflow_form
from loopqa.define.collapsing import collapse_record
from loopqa.define.deriving import derived_columns
from loopqa.define.durations import days, period
from loopqa.define.explaining import Notes, validate
from loopqa.define.fields import Wrong
from loopqa.define.labels import label
from loopqa.define.nodes import Document, Path_, plain
from loopqa.define.strict_yaml import read_yaml
from loopqa.define.workflow_document import (
    InputPart,
    PluginPart,
    ReEvaluatePart,
    ReportPart,
    RolloutPart,
    SchedulePart,
    WorkflowPart,
)
from loopqa.define.workflow_rules import check_plugins, check_workflow
from loopqa.errors import Problem
from loopqa.language import text
from loopqa.model.workflow import (
    Improve,
    Input,
    Period,
    PluginSpec,
    ReEvaluate,
    ReportRule,
    RolloutRule,
    Sample,
    Schedule,
    WindowRule,
    Workflow,
)

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

#: what is looked for where the workflow does not say
USUAL_DETECTORS = ("below_threshold", "bottom_share", "target_missed", "drop", "control_chart")

Value = TypeVar("Value")


def load_workflow(path: Path, host: PluginHost | None) -> Workflow:
    """The workflow in ``path``; without ``host`` the options of plugins stay unchecked.

    Raises:
        DefinitionError: with all problems of the file.
    """
    return load_with_document(path, host)[0]


def load_with_document(
    path: Path, host: PluginHost | None
) -> tuple[Workflow, Document, tuple[Problem, ...]]:
    """The workflow, its file's tree, and warnings: what is worth a look but not wrong.

    Raises:
        DefinitionError: with all problems of the file.
    """
    document = read_yaml(path)
    part, notes = validate(WorkflowPart, document)
    workflow = _record(part, path, notes)
    check_workflow(part, workflow, notes)
    if host is not None:
        check_plugins(workflow, host, notes)
    notes.finish()
    made = replace(workflow, hash=digest(workflow_form(workflow)))
    return made, document, tuple(notes.problems)


def _record(part: WorkflowPart, path: Path, notes: Notes) -> Workflow:
    return Workflow(
        id=part.workflow,
        rubric=part.rubric,
        inputs=tuple(_input(name, one, notes) for name, one in part.inputs.items()),
        title=label(part.title, part.workflow),
        path=path,
        hash="",
        window=_window(part, notes),
        history=_read(period, part.history, None, ("history",), notes),
        schedule=_schedule(part.schedule),
        segments=part.segments,
        derive=derived_columns(part, notes),
        cluster=part.cluster,
        sample=_sample(part),
        detect=_detect(part, notes),
        analyse=_plugins(("analyse",), part.analyse, notes),
        improve=_improve(part, notes),
        re_evaluate=_re_evaluate(part.re_evaluate, notes),
        notify=tuple(plain(one.model_dump()) for one in part.notify),
        report=_report(part.report, notes),
    )


def _report(part: ReportPart, notes: Notes) -> ReportRule:
    sections = _plugins(("report", "sections"), part.sections, notes)
    return ReportRule(part.formats, part.languages, part.sign_off, sections)


def _read(
    reader: Callable[[str], Value], written: str | None, otherwise: Any, at: Path_, notes: Notes
) -> Any:
    if written is None:
        return otherwise
    try:
        return reader(written)
    except Wrong as wrong:
        notes.wrong(at, wrong.message, wrong.hint)
        return otherwise


def _input(name: str, part: InputPart, notes: Notes) -> Input:
    place = str(notes.document.key_place(("inputs", name)))
    _check_strata(("inputs", name, "map"), part.map, notes)
    return Input(
        id=name,
        source=PluginSpec(part.type, plain(part.model_extra or {}), place),
        rater=part.rater,
        role=part.role,
        dates=part.dates,
        map=part.map,
        missing=frozenset(normalise(one) for one in part.missing) or None,
        collapse=None if part.collapse is None else collapse_record(part.collapse),
        day=part.day,
    )


def _check_strata(at: Path_, columns: Mapping[str, object], notes: Notes) -> None:
    """Strata need their sizes, sizes their strata, and both make weights of their own."""
    given = {"stratum", "population"} & columns.keys()
    if len(given) == 1:
        (one,) = given
        other = "population" if one == "stratum" else "stratum"
        notes.wrong(
            (*at, one),
            text("'{one}' is mapped without '{other}'", one=one, other=other),
            text("map both: the stratum a row was drawn from, and how many cases that has in all"),
            key=True,
        )
    elif given and "weight" in columns:
        notes.wrong(
            (*at, "weight"),
            text("'weight' is mapped beside 'stratum' and 'population'"),
            text("drop 'weight': strata and their sizes make the weights"),
            key=True,
        )


def _window(part: WorkflowPart, notes: Notes) -> WindowRule:
    usual = WindowRule()
    return WindowRule(
        _read(period, part.window.previous, usual.previous, ("window", "previous"), notes),
        _read(days, part.window.settle, usual.settle_days, ("window", "settle"), notes),
    )


def _schedule(part: SchedulePart | None) -> Schedule | None:
    if part is None:
        return None
    return Schedule(part.cron, part.every, part.day, part.at, part.catch_up)


def _sample(part: WorkflowPart) -> Sample | None:
    one = part.sample
    if one is None:
        return None
    return Sample(
        one.draw_from, one.for_input, one.strata, one.share, one.at_least, one.per, one.seed
    )


def _detect(part: WorkflowPart, notes: Notes) -> tuple[PluginSpec, ...]:
    if part.detect is None:
        return tuple(PluginSpec(type_) for type_ in USUAL_DETECTORS)
    return _plugins(("detect",), part.detect, notes)


def _plugins(at: Path_, parts: Sequence[PluginPart], notes: Notes) -> tuple[PluginSpec, ...]:
    return tuple(
        PluginSpec(
            part.type,
            plain(part.model_extra or {}),
            str(notes.document.key_place((*at, position))),
        )
        for position, part in enumerate(parts)
    )


def _improve(part: WorkflowPart, notes: Notes) -> Improve:
    one = part.improve
    return Improve(
        open=one.open,
        due_in_days=_read(days, one.due_in, 30, ("improve", "due_in"), notes),
        remind_days=_read(days, one.remind, 3, ("improve", "remind"), notes),
        escalate_days=_read(days, one.escalate, 7, ("improve", "escalate"), notes),
        rollout=_rollout(part, notes),
    )


def _rollout(part: WorkflowPart, notes: Notes) -> RolloutRule | None:
    if part.improve.rollout is None and not part.improve.holdout:
        return None
    rule = part.improve.rollout or RolloutPart()
    return RolloutRule(
        rule.by or next(iter(part.cluster), ""),
        rule.steps,
        rule.seed,
        _read(period, rule.every, None, ("improve", "rollout", "every"), notes),
        part.improve.holdout,
    )


def _re_evaluate(part: ReEvaluatePart, notes: Notes) -> ReEvaluate:
    asked = part.asked or (part.ask.who[0] if part.ask and part.ask.who else "random")
    return ReEvaluate(
        after=_read(period, part.after, Period("month"), ("re_evaluate", "after"), notes),
        source=part.source,
        asked=asked,
        comparison=part.comparison,
        rounds=part.rounds,
        ask=None if part.ask is None else plain(part.ask.model_dump()),
    )
